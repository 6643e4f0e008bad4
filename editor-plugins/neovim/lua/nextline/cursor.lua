--- Tells the server where the cursor is when it has moved and rests, so that what a suggestion there
--- needs is computed before anybody asks. Where text changes, the server knows by itself.

local config = require("nextline.config")
local place_module = require("nextline.place")
local server = require("nextline.server")
local switches = require("nextline.switches")

local M = {}

local timer = assert(vim.uv.new_timer())

--- @type nextline.Place?
local told

local function tell()
  local place = place_module.here()
  local client = server.client_of(place.buffer)
  if not client or place:is(told) or switches.why_off(place.buffer) then
    return
  end
  told = place
  client:notify("nextline/didMoveCursor", place:parameters(client.offset_encoding))
end

--- @type nextline.Place?
local last

local function take_move()
  local place = place_module.here()
  local is_typed = last and last.buffer == place.buffer and not last:has_same_text(place)
  last = place
  if is_typed then
    timer:stop()
  else
    timer:start(config.current.cursor_debounce, 0, vim.schedule_wrap(tell))
  end
end

function M.watch()
  local group = vim.api.nvim_create_augroup("nextline.cursor", {})
  vim.api.nvim_create_autocmd(
    { "CursorMoved", "CursorMovedI", "BufEnter" },
    { group = group, callback = take_move }
  )
  vim.api.nvim_create_autocmd("User", {
    group = group,
    pattern = "NextlineAttached",
    callback = function()
      told = nil
      timer:start(config.current.cursor_debounce, 0, vim.schedule_wrap(tell))
    end,
  })
end

return M
