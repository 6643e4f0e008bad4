--- Writes the help, whose lists come from the tables that they are about.
---
---     nvim --clean -l scripts/help.lua [--check]      --check: says whether doc/nextline.txt is as it should be

local folder = vim.fs.dirname(vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p")))
package.path = folder .. "/lua/?.lua;" .. folder .. "/lua/?/init.lua;" .. package.path

local command = require("nextline.command")
local config = require("nextline.config")
local keymaps = require("nextline.keymaps")

local WIDTH = 78

--- A text in lines that begin with an indentation.
--- @param text string
--- @param indent integer
--- @return string
local function wrapped(text, indent)
  local lines, line = {}, nil
  for word in text:gmatch("%S+") do
    if line and #line + 1 + #word > WIDTH then
      table.insert(lines, line)
      line = nil
    end
    line = line and line .. " " .. word or (" "):rep(indent) .. word
  end
  table.insert(lines, line)
  return table.concat(lines, "\n")
end

--- A line with something at its left, and a tag at its right.
--- @param left string
--- @param tag string
--- @return string
local function headed(left, tag)
  local marked = "*" .. tag .. "*"
  return left .. (" "):rep(math.max(1, WIDTH - #left - #marked)) .. marked
end

--- A value as it is written in Lua.
--- @param value any
--- @return string
local function lua_of(value)
  return value == nil and "nil" or (vim.inspect(value, { newline = " ", indent = "" }))
end

local function options()
  local parts = {}
  for _, option in ipairs(config.options) do
    local default = option.name == "keymaps" and "|nextline-keys|" or "`" .. lua_of(option.default) .. "`"
    table.insert(parts, headed(option.name, "nextline-option-" .. option.name))
    table.insert(parts, wrapped(("Must be %s. Default: %s."):format(option.type, default), 4))
    table.insert(parts, wrapped(option.about, 4) .. "\n")
  end
  return table.concat(parts, "\n")
end

local function keys()
  local lines = {}
  local defaults = vim.iter(config.options):find(function(option)
    return option.name == "keymaps"
  end).default
  for _, action in ipairs(config.actions) do
    table.insert(lines, ("    %-12s %-10s %s"):format(action, defaults[action], keymaps.about(action)))
  end
  return table.concat(lines, "\n")
end

local function commands()
  local parts = {}
  for _, name in ipairs(command.names()) do
    local subcommand = command.subcommands[name]
    local call = vim.trim((":Nextline %s %s"):format(name, subcommand.arguments))
    table.insert(parts, headed(call, ":Nextline-" .. name))
    table.insert(parts, wrapped(subcommand.about, 4) .. "\n")
  end
  return table.concat(parts, "\n")
end

--- @param path string
--- @return string
local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- The table of the page on the language server, which is about the same settings.
local function settings()
  local page = read(folder .. "/../../docs/language-server.md")
  local parts = {}
  for name, default, about in page:gmatch("\n| `([%w.]+)` | ([^|]+) | ([^\n]+) |") do
    table.insert(parts, headed(name, "nextline-setting-" .. name))
    table.insert(parts, wrapped(("%s Default: %s."):format(about, default), 4) .. "\n")
  end
  return table.concat(parts, "\n")
end

local path = folder .. "/doc/nextline.txt"
local lists = { options = options, keys = keys, commands = commands, settings = settings }
local help = read(folder .. "/scripts/help_template.txt"):gsub("{{(%w+)}}\n", function(name)
  return lists[name]():gsub("%s+$", "") .. "\n"
end)

if _G.arg[1] == "--check" then
  local is_there, found = pcall(read, path)
  if not is_there or found ~= help then
    io.stderr:write("doc/nextline.txt is not what scripts/help.lua writes; run that.\n")
    os.exit(1)
  end
else
  local file = assert(io.open(path, "wb"))
  file:write(help)
  file:close()
end
