--- Where the user is: a buffer in some state, and the cursor in it.

--- @class nextline.Place
--- @field buffer integer
--- @field row integer From 0.
--- @field column integer In bytes, from 0.
--- @field tick integer What Neovim counts a buffer's changes with.
local Place = {}
Place.__index = Place

local M = {}

--- The cursor's place in the current window.
--- @return nextline.Place
function M.here()
  local buffer = vim.api.nvim_get_current_buf()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local place = {
    buffer = buffer,
    row = row - 1,
    column = column,
    tick = vim.api.nvim_buf_get_changedtick(buffer),
  }
  return setmetatable(place, Place)
end

--- @param other nextline.Place?
--- @return boolean
function Place:is(other)
  return other ~= nil and self:has_same_text(other) and self.row == other.row and self.column == other.column
end

--- Whether it is in a buffer that has not changed.
--- @param other nextline.Place?
--- @return boolean
function Place:has_same_text(other)
  return other ~= nil and self.buffer == other.buffer and self.tick == other.tick
end

--- The line that it is in, without its end.
--- @return string
function Place:line()
  return vim.api.nvim_buf_get_lines(self.buffer, self.row, self.row + 1, false)[1] or ""
end

--- The rest of the line.
--- @return string
function Place:behind()
  return self:line():sub(self.column + 1)
end

--- The text from another place of the buffer up to this one; nil if that is further down.
--- @param row integer
--- @param column integer
--- @return string?
function Place:text_since(row, column)
  if row > self.row or (row == self.row and column > self.column) then
    return nil
  end
  local lines = vim.api.nvim_buf_get_lines(self.buffer, row, self.row + 1, false)
  if #lines ~= self.row - row + 1 then
    return nil
  end
  lines[#lines] = lines[#lines]:sub(1, self.column)
  lines[1] = lines[1]:sub(column + 1)
  return table.concat(lines, "\n")
end

--- What the protocol calls it.
--- @param encoding string The encoding that its columns are counted in.
--- @return lsp.TextDocumentPositionParams
function Place:parameters(encoding)
  return {
    textDocument = { uri = vim.uri_from_bufnr(self.buffer) },
    position = { line = self.row, character = vim.str_utfindex(self:line(), encoding, self.column, false) },
  }
end

return M
