--- Which Neovim Nextline runs in. Any version that knows Lua can read this file.

local M = {}

--- The first version whose client lets a plugin ask for what it does not know itself, offers UTF-8
--- positions, and says what it does by `vim.lsp.Client` methods.
M.NEEDED = "0.11"

--- @return boolean
function M.is_supported()
  return vim.fn.has("nvim-" .. M.NEEDED) == 1
end

--- The version that runs, as "0.7.2".
--- @return string
function M.running()
  local version = vim.version()
  return version.major .. "." .. version.minor .. "." .. version.patch
end

--- What is said in an older version.
--- @return string
function M.complaint()
  return "Nextline needs Neovim " .. M.NEEDED .. " or later; this is Neovim " .. M.running() .. "."
end

--- Whether Nextline can run here; says once why not.
--- @return boolean
function M.check()
  if M.is_supported() then
    return true
  end
  if not vim.g.nextline_complained then
    vim.g.nextline_complained = true
    -- Before Neovim has started up, a message would be drawn over.
    vim.schedule(function()
      vim.notify(M.complaint(), vim.log.levels.WARN)
    end)
  end
  return false
end

return M
