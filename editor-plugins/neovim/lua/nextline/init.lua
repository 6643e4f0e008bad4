--- Nextline completes the next line of code with a model that runs on your own machine. This is all
--- that a user's configuration calls.

local M = {}

local is_started = false

--- Begins, if nothing has yet.
function M.start()
  if is_started or not require("nextline.version").check() then
    return
  end
  is_started = true
  require("nextline.typing").watch()
  require("nextline.cursor").watch()
  require("nextline.server").watch()
end

--- Takes what the user has set, and begins. Calling it is optional: without, everything has its default.
--- @param options? nextline.Options
function M.setup(options)
  if not require("nextline.version").check() then
    return
  end
  local problems = require("nextline.config").set(options or {})
  for _, problem in ipairs(problems) do
    require("nextline.messages").warn(problem)
  end
  require("nextline.switches").reset()
  M.start()
end

--- Inserts what is shown.
--- @return boolean Whether something is shown.
function M.accept()
  return require("nextline.acceptance").accept("whole")
end

--- Inserts the next word of what is shown.
--- @return boolean Whether something is shown.
function M.accept_word()
  return require("nextline.acceptance").accept("word")
end

--- Inserts the next line of what is shown.
--- @return boolean Whether something is shown.
function M.accept_line()
  return require("nextline.acceptance").accept("line")
end

--- Shows the next suggestion.
--- @return boolean Whether something is shown.
function M.next()
  return require("nextline.typing").turn(1)
end

--- Shows the suggestion before.
--- @return boolean Whether something is shown.
function M.previous()
  return require("nextline.typing").turn(-1)
end

--- Takes away what is shown.
--- @return boolean Whether something was shown.
function M.dismiss()
  return require("nextline.typing").dismiss()
end

--- Asks for suggestions here, also where they do not come by themselves.
--- @return true
function M.suggest()
  require("nextline.typing").suggest()
  return true
end

--- Whether something is shown, for mappings of one's own.
--- @return boolean
function M.is_visible()
  return require("nextline.typing").shown() ~= nil
end

--- What Nextline is doing, in a few words, for a status line; empty in buffers that are no files of code.
--- @return string
function M.status()
  if not is_started or vim.bo.buftype ~= "" then
    return ""
  end
  local off = require("nextline.switches").why_off(vim.api.nvim_get_current_buf())
  return require("nextline.status").line(off)
end

return M
