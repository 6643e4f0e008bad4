--- What the server suggests at a place, as one or several candidates, and what is left of that when the
--- user types on. What is typed along with a suggestion keeps it, without asking the server again.

local subsequence = require("nextline.subsequence")

--- @class nextline.Candidate
--- @field text string All that is to stand behind the suggestion's beginning; lines end with "\n".
--- @field replaced integer How much of what stood behind the cursor it takes the place of, in bytes.
--- @field item table The protocol's item, for what the server is told of it.
--- @field is_shown boolean Whether the server has been told that the user sees it.

--- What is left to be inserted at a place.
--- @class nextline.Rest
--- @field place nextline.Place
--- @field text string
--- @field replaced integer How much of what stands behind the cursor it takes the place of, in bytes.
--- @field candidate nextline.Candidate

--- @class nextline.Suggestion
--- @field buffer integer
--- @field row integer Where it begins.
--- @field column integer
--- @field before string What stands before that on its line.
--- @field behind string What stood behind the cursor on its line.
--- @field candidates nextline.Candidate[]
--- @field index integer The one that is shown.
local Suggestion = {}
Suggestion.__index = Suggestion

local M = {}

--- Closing brackets and quotes, which many users have a plugin set behind what they open.
local CLOSERS = "^[%)%]}>\"'`]+$"

--- What `nvim_buf_get_lines` would say of a text: in a file whose lines end with carriage returns these
--- are no part of the lines, in any other file they are.
--- @param text string
--- @param file_format string
--- @return string
local function with_line_feeds(text, file_format)
  if file_format == "unix" then
    return text
  end
  return (text:gsub("\r\n", "\n"):gsub("\r", "\n"))
end

--- An item as a candidate; nil if it does not belong to the place.
--- @param item table
--- @param place nextline.Place
--- @param encoding string
--- @return nextline.Candidate? candidate
--- @return integer? column Where it begins.
local function candidate_of(item, place, encoding)
  if type(item.insertText) ~= "string" then
    return nil -- A snippet, which the server never sends.
  end
  local line = place:line()
  local first, last = place.column, place.column
  if item.range then
    if item.range.start.line ~= place.row or item.range["end"].line ~= place.row then
      return nil
    end
    first = vim.str_byteindex(line, encoding, item.range.start.character, false)
    last = vim.str_byteindex(line, encoding, item.range["end"].character, false)
  end
  if first > place.column or last < place.column then
    return nil
  end
  local candidate = {
    text = with_line_feeds(item.insertText, vim.bo[place.buffer].fileformat),
    replaced = last - place.column,
    item = item,
    is_shown = false,
  }
  return candidate, first
end

--- The server's items as a suggestion at the place that they were asked for; nil if none is left.
--- @param items table[]
--- @param place nextline.Place
--- @param encoding string The encoding of positions.
--- @return nextline.Suggestion?
function M.new(items, place, encoding)
  local candidates, column = {}, nil
  for _, item in ipairs(items) do
    local candidate, first = candidate_of(item, place, encoding)
    if candidate and (column == nil or column == first) then
      column = first
      table.insert(candidates, candidate)
    end
  end
  if #candidates == 0 then
    return nil
  end
  local suggestion = {
    buffer = place.buffer,
    row = place.row,
    column = column,
    before = place:line():sub(1, column),
    behind = place:behind(),
    candidates = candidates,
    index = 1,
  }
  return setmetatable(suggestion, Suggestion)
end

--- How much of what stands behind the cursor now a candidate takes the place of; nil if something else
--- stands there than when it was made. The user may have typed over what was to be replaced, and what
--- was opened in typing along may have been closed behind the cursor.
--- @param candidate nextline.Candidate
--- @param then_behind string
--- @param now_behind string
--- @param text string What is left of the candidate.
--- @return integer?
local function replaced_now(candidate, then_behind, now_behind, text)
  if vim.endswith(now_behind, then_behind) then
    local set_behind = now_behind:sub(1, #now_behind - #then_behind)
    local replaced = #set_behind + candidate.replaced
    if set_behind == "" then
      return replaced
    end
    local fits = set_behind:match(CLOSERS) and subsequence.is_in(now_behind:sub(1, replaced), text)
    return fits and replaced or nil
  end
  local typed_over = #then_behind - #now_behind
  if vim.endswith(then_behind, now_behind) and typed_over <= candidate.replaced then
    return candidate.replaced - typed_over
  end
end

--- @param candidate nextline.Candidate
--- @param place nextline.Place
--- @param typed string
--- @return nextline.Rest?
function Suggestion:_rest_of(candidate, place, typed)
  if not vim.startswith(candidate.text, typed) or #typed == #candidate.text then
    return nil
  end
  local text = candidate.text:sub(#typed + 1)
  local replaced = replaced_now(candidate, self.behind, place:behind(), text)
  return replaced and { place = place, text = text, replaced = replaced, candidate = candidate }
end

--- What has been typed since its beginning; nil if the place is none of this suggestion's.
--- @param place nextline.Place
--- @return string?
function Suggestion:_typed(place)
  if place.buffer ~= self.buffer then
    return nil
  end
  local typed = place:text_since(self.row, self.column)
  local first_line = vim.api.nvim_buf_get_lines(self.buffer, self.row, self.row + 1, false)[1]
  return typed and first_line:sub(1, self.column) == self.before and typed or nil
end

--- What is left of the first candidate that fits, which is the one that is shown from then on; nil if none
--- does.
--- @param place nextline.Place
--- @param first integer Where to begin, counted from the one that is shown.
--- @param step 1|-1
--- @return nextline.Rest?
function Suggestion:_first_that_fits(place, first, step)
  local typed = self:_typed(place)
  if not typed then
    return nil
  end
  local count, begin = #self.candidates, self.index - 1 + first
  for steps = 0, count - 1 do
    local index = (begin + step * steps) % count + 1
    local rest = self:_rest_of(self.candidates[index], place, typed)
    if rest then
      self.index = index
      return rest
    end
  end
end

--- What is left of the candidate that is shown, or else of the first one that fits; nil if none does.
--- @param place nextline.Place
--- @return nextline.Rest?
function Suggestion:rest_at(place)
  return self:_first_that_fits(place, 0, 1)
end

--- Goes on to the next candidate that fits, or back to the one before.
--- @param place nextline.Place
--- @param step 1|-1
--- @return nextline.Rest?
function Suggestion:turn(place, step)
  return self:_first_that_fits(place, step, step)
end

--- How much of a candidate the user has, in UTF-16 code units, when so many bytes of a rest are taken.
--- @param rest nextline.Rest
--- @param bytes integer
--- @return integer
function M.accepted_units(rest, bytes)
  local text = rest.candidate.text
  local accepted = text:sub(1, #text - #rest.text + bytes)
  -- Each carriage return that was left out of the text is a unit, too.
  local _, returns = rest.candidate.item.insertText:gsub("\r\n", "")
  local lines = returns > 0 and select(2, accepted:gsub("\n", "")) or 0
  return vim.str_utfindex(accepted, "utf-16", #accepted, false) + lines
end

return M
