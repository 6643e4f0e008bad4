--- Draws what is left of a suggestion at the cursor.

local highlights = require("nextline.highlights")
local subsequence = require("nextline.subsequence")

local M = {}

M.namespace = vim.api.nvim_create_namespace("nextline")

--- The buffer that something is drawn in.
--- @type integer?
local drawn_in

--- A text as it is displayed from a column of the screen on: virtual text knows no tabs.
--- @param text string
--- @param screen_column integer
--- @param tab_width integer
--- @return string
local function without_tabs(text, screen_column, tab_width)
  if not text:find("\t", 1, true) then
    return text
  end
  local shown, width = {}, screen_column
  for piece, tab in text:gmatch("([^\t]*)(\t?)") do
    width = width + vim.api.nvim_strwidth(piece)
    local blanks = tab ~= "" and tab_width - width % tab_width or 0
    width = width + blanks
    table.insert(shown, piece .. (" "):rep(blanks))
  end
  return table.concat(shown)
end

--- @param place nextline.Place
--- @param column integer
--- @param details vim.api.keyset.set_extmark
local function mark(place, column, details)
  details.hl_mode = "combine"
  vim.api.nvim_buf_set_extmark(place.buffer, M.namespace, place.row, column, details)
end

--- Pieces of a line, between which stands what is replaced.
--- @param rest nextline.Rest
--- @param chunk fun(text: string): table
--- @param count table[]
local function draw_line(rest, chunk, count)
  local place = rest.place
  local replaced = place:behind():sub(1, rest.replaced)
  local pieces = subsequence.pieces(replaced, rest.text)
  if not pieces then
    pieces = { { before = 0, text = rest.text } }
    mark(place, place.column, { end_col = place.column + #replaced, hl_group = highlights.REPLACED })
  end
  for index, piece in ipairs(pieces) do
    local chunks = { chunk(piece.text) }
    if index == #pieces then
      vim.list_extend(chunks, count)
    end
    mark(place, place.column + piece.before, { virt_text = chunks, virt_text_pos = "inline" })
  end
end

--- Several lines. What stands behind the cursor and stays will stand behind the last of them.
--- @param rest nextline.Rest
--- @param lines string[]
--- @param chunk fun(text: string, screen_column: integer?): table
--- @param count table[]
local function draw_lines(rest, lines, chunk, count)
  local place = rest.place
  local behind = place:behind()
  local first = { chunk(lines[1]) }
  if behind ~= "" then
    -- It is covered.
    local missing = vim.fn.strdisplaywidth(behind) - vim.api.nvim_strwidth(first[1][1])
    table.insert(first, { (" "):rep(math.max(0, missing)), "Normal" })
  end
  local below = {}
  for index = 2, #lines do
    table.insert(below, { chunk(lines[index], 0) })
  end
  local stays = behind:sub(rest.replaced + 1)
  if stays ~= "" then
    table.insert(below[#below], { stays, highlights.MOVED })
  end
  vim.list_extend(below[#below], count)
  mark(place, place.column, {
    virt_text = first,
    virt_text_pos = behind == "" and "inline" or "overlay",
    virt_lines = below,
  })
end

--- Draws the rest in place of what was drawn before.
--- @param rest nextline.Rest
--- @param count string? Which of several it is, as "2/3".
function M.draw(rest, count)
  M.clear()
  local place = rest.place
  local tab_width = vim.bo[place.buffer].tabstop
  local cursor_column = vim.fn.strdisplaywidth(place:line():sub(1, place.column))
  local function chunk(text, screen_column)
    return { without_tabs(text, screen_column or cursor_column, tab_width), highlights.SUGGESTION }
  end
  local counted = count and { { (" (%s)"):format(count), highlights.COUNT } } or {}
  local lines = vim.split(rest.text, "\n", { plain = true })
  drawn_in = place.buffer
  if #lines == 1 then
    draw_line(rest, chunk, counted)
  else
    draw_lines(rest, lines, chunk, counted)
  end
end

function M.clear()
  if drawn_in and vim.api.nvim_buf_is_valid(drawn_in) then
    vim.api.nvim_buf_clear_namespace(drawn_in, M.namespace, 0, -1)
  end
  drawn_in = nil
end

return M
