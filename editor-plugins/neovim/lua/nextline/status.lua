--- What Nextline is doing, as far as several parts of it know a bit, and in a few words for a status
--- line. Whenever it changes, the status line is drawn anew and the event `User NextlineStatus` is there.

local M = {}

--- @alias nextline.ServerState "stopped"|"starting"|"loading"|"ready"|"fetching"|"no model"|"failed"

--- @type nextline.ServerState
local server_state = "stopped"

--- What the server says of its loading, or how far a model is fetched.
--- @type string?
local progress

--- Whether a suggestion is being computed.
local is_thinking = false

local is_told = false

local function tell()
  if is_told then
    return
  end
  is_told = true
  vim.schedule(function()
    is_told = false
    vim.api.nvim_exec_autocmds("User", { pattern = "NextlineStatus", modeline = false })
    vim.cmd.redrawstatus()
  end)
end

--- @param state nextline.ServerState
--- @param said string? Further words.
function M.set_server(state, said)
  if state ~= server_state or said ~= progress then
    server_state, progress = state, said
    tell()
  end
end

--- @param thinks boolean
function M.set_thinking(thinks)
  if thinks ~= is_thinking then
    is_thinking = thinks
    tell()
  end
end

--- @return nextline.ServerState
function M.server_state()
  return server_state
end

--- @return string?
function M.progress()
  return progress
end

--- In a few words: "nextline", and what is the matter.
--- @param off string? Why nothing is completed in the current buffer.
--- @return string
function M.line(off)
  if off then
    return "nextline off"
  elseif server_state ~= "ready" then
    return "nextline " .. (progress or server_state)
  end
  return is_thinking and "nextline …" or "nextline"
end

return M
