--- Which buffers the server is told of, and in which repositories they are.

local config = require("nextline.config")

local M = {}

--- Whether a buffer is a file that can be completed.
--- @param buffer integer
--- @return boolean
function M.is_wanted(buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) or vim.bo[buffer].buftype ~= "" then
    return false
  end
  local name, filetype = vim.api.nvim_buf_get_name(buffer), vim.bo[buffer].filetype
  if name == "" or name:match("^%a[%w+.-]+://") or filetype == "" then
    return false
  end
  local filetypes = config.current.filetypes
  return not filetypes or vim.list_contains(filetypes, filetype)
end

--- The repository that a file is in; nil if it is in none. What is in no repository has no workspace:
--- its folder may be the user's home.
--- @param buffer integer
--- @return string?
function M.root_of(buffer)
  return vim.fs.root(buffer, ".git")
end

return M
