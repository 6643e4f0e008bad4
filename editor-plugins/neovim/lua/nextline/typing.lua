--- What is suggested while the user types: follows text, cursor and mode, asks, and shows.
---
--- With each event there is a place. What is shown and goes on there is drawn anew at once; else it is
--- taken away, and after a short pause the server is asked. Neovim tells of most keys twice (text and
--- cursor), so a place that was seen to is not seen to again.
---
--- Neovim 0.12 can show inline completions by itself, and this is used in its place there, too: its
--- client waits for 200 ms, never cancels a request, draws an answer that comes late at the new cursor,
--- hides what stands behind it, and goes on to show what no longer fits what is typed. None of that can
--- be changed from outside. Nextline asks and draws in one way in each version.

local circumstances = require("nextline.circumstances")
local config = require("nextline.config")
local ghost_text = require("nextline.ghost_text")
local place_module = require("nextline.place")
local requests = require("nextline.requests")
local server = require("nextline.server")
local suggestions = require("nextline.suggestion")
local switches = require("nextline.switches")

local M = {}

--- What is shown, or would be at another place.
--- @type nextline.Suggestion?
local suggestion

--- What is seen at the cursor.
--- @type nextline.Rest?
local shown

--- Whether the suggestion's candidates were asked for by hand: then there are all.
local is_complete = false

--- The place that was seen to last.
--- @type nextline.Place?
local last_place

local timer = assert(vim.uv.new_timer())

local function hide()
  shown = nil
  ghost_text.clear()
end

--- Takes away what is shown, and awaits nothing.
local function forget()
  timer:stop()
  requests.cancel()
  suggestion, is_complete = nil, false
  hide()
end

--- @param rest nextline.Rest
local function show(rest)
  shown = rest
  local count = #suggestion.candidates
  local number = is_complete and count > 1 and ("%d/%d"):format(suggestion.index, count) or nil
  ghost_text.draw(rest, number)
  local candidate = rest.candidate
  if not candidate.is_shown then
    candidate.is_shown = true
    server.tell(rest.place.buffer, "textDocument/didShowCompletion", { item = candidate.item })
  end
end

--- Why nothing is suggested in a buffer now, for the user; nil if something may be.
--- @param buffer integer The current buffer.
--- @return string?
function M.obstacle(buffer)
  return switches.why_off(buffer) or server.why_not_serving(buffer) or circumstances.obstacle(buffer)
end

--- Asks for suggestions at the cursor, and shows them.
--- @param kind integer
--- @param step? 1|-1 Shows the one behind, or before, that which is shown now.
local function ask(kind, step)
  local place = place_module.here()
  if M.obstacle(place.buffer) then
    return
  end
  local before = shown and shown.text
  requests.ask(place, kind, function(items, encoding)
    -- A menu may have opened meanwhile, which changes neither text nor cursor.
    if M.obstacle(place.buffer) then
      return
    end
    local answer = suggestions.new(items, place, encoding)
    if not answer then
      return
    end
    suggestion, is_complete = answer, kind == requests.INVOKED
    local rest = answer:rest_at(place)
    if rest and step and rest.text == before then
      rest = answer:turn(place, step)
    end
    if rest then
      show(rest)
    end
  end)
end

--- Sees to the place where the user is now.
function M.follow()
  local place = place_module.here()
  if M.obstacle(place.buffer) then
    last_place = nil
    return forget()
  end
  if place:is(last_place) then
    return
  end
  last_place = place
  local rest = suggestion and suggestion:rest_at(place)
  if rest then
    -- What was asked for elsewhere is not wanted any more.
    timer:stop()
    requests.cancel()
    return show(rest)
  end
  forget()
  if switches.is_automatic() then
    timer:start(
      config.current.debounce,
      0,
      vim.schedule_wrap(function()
        if place_module.here():is(place) then
          ask(requests.AUTOMATIC)
        end
      end)
    )
  end
end

--- Sees to the place anew, though nothing has changed there.
function M.follow_again()
  last_place = nil
  if suggestion == nil then
    M.follow()
  end
end

--- What is seen at the cursor; nil if nothing is. What Neovim has not told of yet is looked at.
--- @return nextline.Rest?
function M.shown()
  local place = place_module.here()
  if shown and not shown.place:is(place) then
    M.follow()
  end
  return shown and not M.obstacle(place.buffer) and shown or nil
end

--- Says that some of what is shown has been inserted, and follows the rest.
--- @param is_whole boolean
function M.has_inserted(is_whole)
  if is_whole then
    forget()
  end
  last_place = nil
  M.follow()
end

--- Takes away what is shown, until the text or the cursor changes.
--- @return boolean Whether there was something.
function M.dismiss()
  if not M.shown() then
    return false
  end
  forget()
  return true
end

--- Asks for suggestions at the cursor, where they would not come by themselves, too.
function M.suggest()
  timer:stop()
  ask(requests.INVOKED)
end

--- Shows the suggestion behind the one that is shown, or before it. One comes by itself; the others are
--- asked for now.
--- @param step 1|-1
--- @return boolean Whether something is shown.
function M.turn(step)
  if not M.shown() then
    return false
  end
  if not is_complete then
    ask(requests.INVOKED, step)
    return true
  end
  local rest = suggestion:turn(place_module.here(), step)
  if rest then
    show(rest)
  end
  return true
end

--- Begins to follow what the user does.
function M.watch()
  circumstances.watch_modes()
  switches.on_change(function()
    forget()
    M.follow_again()
  end)
  local group = vim.api.nvim_create_augroup("nextline.typing", {})
  vim.api.nvim_create_autocmd(
    { "TextChangedI", "TextChangedP", "CursorMovedI", "InsertEnter", "CompleteDone" },
    { group = group, callback = M.follow }
  )
  vim.api.nvim_create_autocmd("ModeChanged", {
    group = group,
    pattern = { "*:i*", "i*:*" },
    callback = M.follow,
  })
  vim.api.nvim_create_autocmd({ "BufLeave", "WinLeave", "RecordingEnter" }, {
    group = group,
    callback = function()
      last_place = nil
      forget()
    end,
  })
  -- From the server's start on, also if that was awaited with the cursor in its place.
  vim.api.nvim_create_autocmd("User", {
    group = group,
    pattern = { "NextlineAttached", "NextlineDetached" },
    callback = M.follow_again,
  })
end

return M
