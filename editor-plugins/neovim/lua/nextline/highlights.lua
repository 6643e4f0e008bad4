--- How ghost text looks. A colour scheme, or the user, may define these groups otherwise.

local M = {}

M.SUGGESTION = "NextlineSuggestion"
--- Which of several suggestions it is.
M.COUNT = "NextlineCount"
--- What stands in the text and will be replaced.
M.REPLACED = "NextlineReplaced"
--- What stands in the text and will stand further down.
M.MOVED = "NextlineMoved"

--- @param name string
--- @return boolean
local function exists(name)
  return not vim.tbl_isempty(vim.api.nvim_get_hl(0, { name = name }))
end

function M.define()
  vim.api.nvim_set_hl(0, M.SUGGESTION, { default = true, link = exists("ComplHint") and "ComplHint" or "Comment" })
  vim.api.nvim_set_hl(0, M.COUNT, { default = true, link = exists("ComplHintMore") and "ComplHintMore" or "MoreMsg" })
  vim.api.nvim_set_hl(0, M.REPLACED, { default = true, strikethrough = true, link = nil })
  vim.api.nvim_set_hl(0, M.MOVED, { default = true, link = "Normal" })
  vim.api.nvim_create_autocmd("ColorScheme", {
    group = vim.api.nvim_create_augroup("nextline.highlights", {}),
    callback = M.define,
  })
end

return M
