--- What the user is told.

local M = {}

--- @param level integer
local function teller(level)
  --- @param sentence string
  return function(sentence)
    vim.schedule(function()
      vim.notify("Nextline: " .. sentence, level)
    end)
  end
end

M.tell = teller(vim.log.levels.INFO)
M.warn = teller(vim.log.levels.WARN)
M.fail = teller(vim.log.levels.ERROR)

return M
