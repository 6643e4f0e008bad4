--- Whether ghost text has a place now. It has where the user inserts text by hand, at one cursor; all
--- else would be in the way, or go wrong when it is accepted.

local config = require("nextline.config")

local M = {}

--- Whether what is inserted now goes into several lines, of a Visual block. It becomes known when the
--- mode changes, and is so until Insert mode ends.
local inserts_block = false

function M.watch_modes()
  vim.api.nvim_create_autocmd("ModeChanged", {
    group = vim.api.nvim_create_augroup("nextline.circumstances", {}),
    callback = function()
      local old, new = vim.v.event.old_mode, vim.v.event.new_mode
      if new:match("^i") then
        -- "\22" is a Visual block. Menus, and commands amid Insert mode, are modes of their own.
        inserts_block = old == "\22" or (inserts_block and old:match("^n?i") ~= nil)
      end
    end,
  })
end

--- Why nothing is shown in the current window, for the user; nil if nothing speaks against it.
--- @param buffer integer The current buffer.
--- @return string?
function M.obstacle(buffer)
  local mode = vim.api.nvim_get_mode().mode
  if vim.fn.pumvisible() == 1 then
    return "A completion menu is open."
  elseif mode ~= "i" then
    return "Suggestions come in Insert mode only."
  elseif inserts_block then
    return "What you insert goes into several lines of a block."
  elseif vim.fn.reg_recording() ~= "" or vim.fn.reg_executing() ~= "" then
    return "A macro is recorded or executed, which would go otherwise the next time."
  elseif vim.snippet.active() then
    return "A snippet is being filled in, and its keys jump to the next field."
  elseif not vim.bo[buffer].modifiable then
    return "The buffer is not to be changed."
  elseif vim.o.paste then
    return "The option 'paste' is set."
  elseif config.current.hide_when and config.current.hide_when(buffer) then
    return "The option hide_when says so."
  end
end

return M
