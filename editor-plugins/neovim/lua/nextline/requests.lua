--- Asks the server for suggestions, for one place at a time.
---
--- A request that is no longer wanted is cancelled, so that the server stops computing. Its answer may
--- be on its way already: whatever comes for any but the last request, or finds another text, cursor or
--- window than it was asked for, is dropped. So no late answer is ever seen.

local place_module = require("nextline.place")
local server = require("nextline.server")
local status = require("nextline.status")

local M = {}

M.METHOD = "textDocument/inlineCompletion"
M.INVOKED = 1
M.AUTOMATIC = 2

--- @class nextline.Request
--- @field place nextline.Place
--- @field kind integer
--- @field client vim.lsp.Client
--- @field id integer?

--- The one whose answer is awaited.
--- @type nextline.Request?
local awaited

--- Whether an answer is awaited.
--- @return boolean
function M.is_waiting()
  return awaited ~= nil
end

function M.cancel()
  local request = awaited
  if not request then
    return
  end
  awaited = nil
  status.set_thinking(false)
  if request.id and not request.client:is_stopped() then
    request.client:cancel_request(request.id)
  end
end

--- Asks for suggestions in place of what was asked for before.
--- @param place nextline.Place The current one.
--- @param kind integer INVOKED or AUTOMATIC.
--- @param on_answer fun(items: table[], encoding: string) Called only if the user is still at this place.
function M.ask(place, kind, on_answer)
  M.cancel()
  local client = server.client_of(place.buffer)
  if not client then
    return
  end
  local request = { place = place, kind = kind, client = client }
  awaited = request
  status.set_thinking(true)
  local parameters = place:parameters(client.offset_encoding)
  parameters.context = { triggerKind = kind }
  local function take(error, result)
    if awaited ~= request then
      return
    end
    awaited = nil
    status.set_thinking(false)
    if not error and result and place_module.here():is(place) then
      on_answer(result.items or result, client.offset_encoding)
    end
  end
  local is_sent, id = client:request(M.METHOD, parameters, take, place.buffer)
  if is_sent then
    request.id = id
  else
    M.cancel()
  end
end

return M
