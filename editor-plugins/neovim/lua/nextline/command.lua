--- The command `:Nextline`, its subcommands and their completion.

local M = {}

--- @class nextline.Subcommand
--- @field arguments string What follows its name, for the help.
--- @field about string
--- @field run fun(argument: string?)
--- @field complete? fun(): string[] What its argument may be.

--- The current buffer's language, or a named one; nil, with a message, if there is none.
--- @param argument string?
--- @return string?
local function language_of(argument)
  local name = argument
  if argument == nil or argument == "language" then
    name = require("nextline.language").of_buffer(vim.api.nvim_get_current_buf())
  end
  if name == "" then
    return require("nextline.messages").warn("This buffer has no filetype.")
  end
  return name
end

--- Switches, and says what holds then.
--- @param argument string? Nothing: everywhere; "language": the current buffer's; else a language.
--- @param on boolean? Nil: the other way round.
local function switch(argument, on)
  local switches = require("nextline.switches")
  local tell = require("nextline.messages").tell
  if argument == nil then
    if on == nil then
      on = not switches.is_on()
    end
    switches.switch(on)
    return tell(on and "On." or "Off.")
  end
  local name = language_of(argument)
  if name then
    if on == nil then
      on = not switches.is_language_on(name)
    end
    switches.switch_language(name, on)
    tell(("%s for %s."):format(on and "On" or "Off", name))
  end
end

--- @return string[]
local function languages()
  local names = { "language" }
  for _, client in ipairs(vim.lsp.get_clients({ name = "nextline" })) do
    for buffer in pairs(client.attached_buffers) do
      table.insert(names, require("nextline.language").of_buffer(buffer))
    end
  end
  table.sort(names)
  return vim.fn.uniq(names)
end

--- The names of models. Completion cannot wait for long.
--- @return string[]
local function models()
  local program = require("nextline.program")
  if program.problem() then
    return {}
  end
  local outcome = vim.system(program.command("models", "list", "--json"), { text = true }):wait(1000)
  local is_json, object = pcall(vim.json.decode, outcome.stdout or "")
  if not is_json or not object.models then
    return {}
  end
  return vim.tbl_map(function(model)
    return model.name
  end, object.models)
end

--- @type table<string, nextline.Subcommand>
M.subcommands = {
  status = {
    arguments = "",
    about = "Says how things are: the server, its model, and this buffer.",
    run = function()
      require("nextline.messages").tell(table.concat(require("nextline.report").status(), " "))
    end,
  },
  toggle = {
    arguments = "[language]",
    about = "Switches Nextline off, or on again: everywhere, for this buffer's language (`language`), or "
      .. "for a named one.",
    run = function(argument)
      switch(argument)
    end,
    complete = languages,
  },
  enable = {
    arguments = "[language]",
    about = "Switches it on.",
    run = function(argument)
      switch(argument, true)
    end,
    complete = languages,
  },
  disable = {
    arguments = "[language]",
    about = "Switches it off. Nothing is asked for then.",
    run = function(argument)
      switch(argument, false)
    end,
    complete = languages,
  },
  why = {
    arguments = "",
    about = "Says why nothing is suggested.",
    run = function()
      require("nextline.report").why()
    end,
  },
  statistics = {
    arguments = "",
    about = "Says what was suggested, accepted and kept.",
    run = function()
      require("nextline.report").statistics()
    end,
  },
  model = {
    arguments = "[name]",
    about = "Has you choose a model, fetches it if it is missing, and goes on with it.",
    run = function(argument)
      require("nextline.model_choice").choose(argument)
    end,
    complete = models,
  },
  fetch = {
    arguments = "[name | cancel]",
    about = "Fetches a model to this machine; `cancel` ends that. What has been fetched is kept.",
    run = function(argument)
      if argument ~= "cancel" then
        require("nextline.model_choice").fetch(argument)
      elseif not require("nextline.models").cancel_fetch() then
        require("nextline.messages").tell("No model is being fetched.")
      end
    end,
    complete = function()
      return vim.list_extend({ "cancel" }, models())
    end,
  },
  restart = {
    arguments = "",
    about = "Ends the server and starts another.",
    run = function()
      require("nextline.server").restart()
    end,
  },
  log = {
    arguments = "",
    about = "Shows what the log of Neovim's clients has of the server.",
    run = function()
      require("nextline.report").log()
    end,
  },
  health = {
    arguments = "",
    about = "Checks everything, as `:checkhealth nextline` does.",
    run = function()
      vim.cmd("checkhealth nextline")
    end,
  },
}

--- The names, in the order of the alphabet.
--- @return string[]
function M.names()
  local names = vim.tbl_keys(M.subcommands)
  table.sort(names)
  return names
end

--- @param arguments string[]
local function execute(arguments)
  local name = arguments[1] or "status"
  local subcommand = M.subcommands[name]
  if not subcommand then
    require("nextline.messages").fail(
      ("There is no subcommand '%s'; there are %s."):format(name, table.concat(M.names(), ", "))
    )
  elseif #arguments > (subcommand.arguments == "" and 1 or 2) then
    require("nextline.messages").fail(("`:Nextline %s` takes no more arguments."):format(name))
  else
    subcommand.run(arguments[2])
  end
end

--- @param line string The command line up to the cursor.
--- @return string[]
local function complete(line)
  local words = vim.split(line, "%s+")
  -- Behind modifiers and a range there is the command, then its words.
  while #words > 0 and not words[1]:match("Nextline") do
    table.remove(words, 1)
  end
  local candidates = {}
  if #words == 2 then
    candidates = M.names()
  elseif #words == 3 and M.subcommands[words[2]] and M.subcommands[words[2]].complete then
    candidates = M.subcommands[words[2]].complete()
  end
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, words[#words])
  end, candidates)
end

function M.define()
  vim.api.nvim_create_user_command("Nextline", function(command)
    require("nextline").start()
    execute(command.fargs)
  end, {
    nargs = "*",
    desc = "Nextline: what there is to be seen and switched",
    complete = function(_, line, cursor)
      return complete(line:sub(1, cursor))
    end,
  })
end

return M
