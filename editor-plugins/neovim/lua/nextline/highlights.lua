--- How ghost text looks. A colour scheme, or the user, may define these groups otherwise.

local M = {}

M.SUGGESTION = "NextlineSuggestion"
--- Which of several suggestions it is.
M.COUNT = "NextlineCount"
--- What stands in the text and will be replaced.
M.REPLACED = "NextlineReplaced"
--- What stands in the text and will stand further down.
M.MOVED = "NextlineMoved"

function M.define()
  -- Neovim 0.12 has a group for hints of completion, which most colour schemes make too faint to be read.
  vim.api.nvim_set_hl(0, M.SUGGESTION, { default = true, link = "Comment" })
  vim.api.nvim_set_hl(0, M.COUNT, { default = true, link = "MoreMsg" })
  vim.api.nvim_set_hl(0, M.REPLACED, { default = true, strikethrough = true })
  vim.api.nvim_set_hl(0, M.MOVED, { default = true, link = "Normal" })
  vim.api.nvim_create_autocmd("ColorScheme", {
    group = vim.api.nvim_create_augroup("nextline.highlights", {}),
    callback = M.define,
  })
end

return M
