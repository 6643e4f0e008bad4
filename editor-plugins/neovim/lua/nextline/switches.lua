--- What is switched on and off: everywhere, or for a language. These are two of the server's settings,
--- and are looked at here as well, so that nothing is asked for where it is off.

local config = require("nextline.config")
local language = require("nextline.language")

local M = {}

--- The server's settings as they are now; nil until something reads or changes them.
--- @type nextline.Settings?
local settings

--- @type fun()[]
local listeners = {}

--- @return nextline.Settings
function M.settings()
  settings = settings or vim.deepcopy(config.current.settings)
  return settings
end

--- Forgets what was switched, and takes what is configured.
function M.reset()
  settings = nil
end

--- `listener` is called whenever something has been switched.
--- @param listener fun()
function M.on_change(listener)
  table.insert(listeners, listener)
end

local function tell()
  for _, listener in ipairs(listeners) do
    listener()
  end
end

--- @return boolean
function M.is_on()
  return M.settings().enabled ~= false
end

--- @param name string A language's name.
--- @return boolean
function M.is_language_on(name)
  local languages = M.settings().languages or {}
  if languages[name] ~= nil then
    return languages[name]
  end
  return languages["*"] ~= false
end

--- Whether suggestions come by themselves.
--- @return boolean
function M.is_automatic()
  return M.settings().automatic ~= false
end

--- Why nothing is completed in a buffer, for the user; nil if something is.
--- @param buffer integer
--- @return string?
function M.why_off(buffer)
  if not M.is_on() then
    return "Nextline is switched off."
  end
  local name = language.of_buffer(buffer)
  if not M.is_language_on(name) then
    return ("Nextline is switched off for %s."):format(name)
  end
end

--- @param on boolean
function M.switch(on)
  M.settings().enabled = on
  tell()
end

--- @param name string A language's name.
--- @param on boolean
function M.switch_language(name, on)
  local now = M.settings()
  now.languages = now.languages or {}
  now.languages[name] = on
  tell()
end

return M
