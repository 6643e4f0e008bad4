--- The program `nextline`: how it is called, and what its commands say as JSON.

local config = require("nextline.config")

local M = {}

--- @param ... string
--- @return string[]
function M.command(...)
  return vim.list_extend(vim.deepcopy(config.current.command), { ... })
end

--- What is wrong with the program, for the user; nil if it can be executed.
--- @return string?
function M.problem()
  local name = config.current.command[1]
  if vim.fn.executable(name) == 0 then
    return ("There is no program '%s'. Put nextline on your PATH, or say in the option command where it is."):format(
      name
    )
  end
end

--- The command that serves an editor.
--- @return string[]
function M.serve_command()
  local command = M.command("serve", "--stdio")
  if config.current.model then
    vim.list_extend(command, { "--model", config.current.model })
  end
  return vim.list_extend(command, config.current.arguments)
end

--- What went wrong with a command, as it says so itself.
--- @param outcome vim.SystemCompleted
--- @return string
function M.complaint_of(outcome)
  local is_json, said = pcall(vim.json.decode, outcome.stdout or "")
  if is_json and type(said) == "table" and said.error then
    return said.error
  end
  local last = vim.trim(outcome.stderr or ""):match("[^\n]*$")
  return last ~= "" and last or ("The program ended with status %d."):format(outcome.code)
end

--- Calls a command that prints one JSON object.
--- @param arguments string[]
--- @param take fun(object: table?, problem: string?) Called on the main loop.
function M.ask(arguments, take)
  local problem = M.problem()
  if problem then
    return take(nil, problem)
  end
  local command = M.command(unpack(arguments))
  table.insert(command, "--json")
  vim.system(
    command,
    { text = true },
    vim.schedule_wrap(function(outcome)
      local is_json, object = pcall(vim.json.decode, outcome.stdout or "")
      if outcome.code == 0 and is_json then
        take(object)
      else
        take(nil, M.complaint_of(outcome))
      end
    end)
  )
end

return M
