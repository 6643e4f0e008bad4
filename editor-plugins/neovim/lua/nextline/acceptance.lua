--- Inserts what is shown, or some of it.
---
--- What is inserted is one step of undo. It is inserted as a paste is, so that `.` repeats it together
--- with what was typed.

local server = require("nextline.server")
local subsequence = require("nextline.subsequence")
local suggestions = require("nextline.suggestion")
local typing = require("nextline.typing")

local M = {}

--- A word with the blanks before it, or signs that are none.
local WORD = [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)]]

--- How much of a text each way of accepting takes.
--- @type table<string, fun(text: string): string>
local PARTS = {
  whole = function(text)
    return text
  end,
  word = function(text)
    local word = vim.fn.matchstr(text, WORD)
    return word ~= "" and word or text
  end,
  line = function(text)
    return text:match("^\n*[^\n]+") or text
  end,
}

--- How much of what stands behind the cursor goes when a part of a suggestion is inserted: what the
--- part has in itself and the rest has not.
--- @param replaced string
--- @param part string
--- @param rest string
--- @return integer
local function replaced_by_part(replaced, part, rest)
  if rest == "" then
    return #replaced
  end
  for count = 0, #replaced do
    if
      subsequence.is_in(replaced:sub(count + 1), rest) and subsequence.is_in(replaced:sub(1, count), part)
    then
      return count
    end
  end
  return 0
end

--- Inserts a text at the cursor as a paste, but past whatever the user's configuration does with pastes.
--- @param text string
local function paste(text)
  local configured = vim.paste
  vim.paste = function(lines)
    vim.api.nvim_put(lines, "c", false, true)
    return true
  end
  local is_done, problem = pcall(vim.api.nvim_paste, text, false, -1)
  vim.paste = configured
  if not is_done then
    error(problem, 0)
  end
end

--- Tells the server what was accepted, for its statistics and its drafts.
--- @param rest nextline.Rest
--- @param bytes integer
local function tell(rest, bytes)
  local item, buffer = rest.candidate.item, rest.place.buffer
  if bytes < #rest.text then
    local units = suggestions.accepted_units(rest, bytes)
    server.tell(buffer, "textDocument/didPartiallyAcceptCompletion", { item = item, acceptedLength = units })
  elseif item.command then
    server.execute(buffer, item.command)
  end
end

--- Inserts what is shown at the cursor, in Insert mode. This is what `accept` has Neovim do.
--- @param part "whole"|"word"|"line"
function M.insert(part)
  local rest = typing.shown()
  if not rest then
    return
  end
  local text = PARTS[part](rest.text)
  local place = rest.place
  local behind = place:behind():sub(1, rest.replaced)
  local replaced = replaced_by_part(behind, text, rest.text:sub(#text + 1))
  if replaced > 0 then
    vim.api.nvim_buf_set_text(place.buffer, place.row, place.column, place.row, place.column + replaced, {})
  end
  paste(text)
  tell(rest, #text)
  typing.has_inserted(#text == #rest.text)
end

--- Has Neovim insert what is shown, or a part of it, before it sees to further keys.
--- @param part "whole"|"word"|"line"
--- @return boolean Whether something is shown.
function M.accept(part)
  if not typing.shown() then
    return false
  end
  -- CTRL-G u ends a step of undo, which only keys can do in Insert mode.
  local keys = ("<C-g>u<Cmd>lua require('nextline.acceptance').insert('%s')<CR><C-g>u"):format(part)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, true, true), "in", false)
  return true
end

return M
