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

--- Has the user choose one of the items. What is said next stands where the question stood; behind it,
--- it would have to be sent away with <Enter>.
--- @param items any[]
--- @param options table As those of vim.ui.select.
--- @param take fun(item: any?) nil: none of them.
function M.ask(items, options, take)
  vim.ui.select(items, options, function(item)
    vim.cmd.redraw()
    take(item)
  end)
end

return M
