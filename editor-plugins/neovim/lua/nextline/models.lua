--- Models: which there are, which are on this machine, and fetching one. Nothing is fetched that the
--- user has not said yes to.

local messages = require("nextline.messages")
local program = require("nextline.program")
local status = require("nextline.status")

local M = {}

--- @class nextline.Model
--- @field name string
--- @field bytes integer
--- @field present boolean
--- @field licence string

--- The fetch that is under way.
--- @type { name: string, process: vim.SystemObj, is_cancelled: boolean }?
local fetch

--- Models that the user has been asked about.
--- @type table<string, true>
local asked = {}

--- @param take fun(models: nextline.Model[]?, problem: string?)
function M.list(take)
  program.ask({ "models", "list" }, function(object, problem)
    take(object and object.models, problem)
  end)
end

--- @param model nextline.Model
--- @return string
function M.describe(model)
  return ("%s (%.0f MB, %s%s)"):format(
    model.name,
    model.bytes / 1e6,
    model.licence,
    model.present and ", on this machine" or ""
  )
end

--- The model that the program chooses by itself, if it is not on this machine; nil if it is.
--- @param models nextline.Model[]
--- @param take fun(model: nextline.Model?)
local function find_missing_choice(models, take)
  -- The first is the program's own; only where that is missing the program must say what it chooses.
  if models[1] == nil or models[1].present then
    return take(nil)
  end
  program.ask({ "doctor" }, function(findings)
    local chosen = findings and findings.model
    if not chosen or chosen.present then
      return take(nil)
    end
    take(vim.iter(models):find(function(model)
      return model.name == chosen.name
    end))
  end)
end

--- The model that is wanted but missing; nil if none is, or nothing is known of it.
--- @param name string? A name or a path; nil: the program's own choice.
--- @param take fun(model: nextline.Model?)
local function find_missing(name, take)
  if name and vim.uv.fs_stat(vim.fs.normalize(name)) then
    return take(nil)
  end
  M.list(function(models)
    if not models then
      return take(nil)
    elseif not name then
      return find_missing_choice(models, take)
    end
    take(vim.iter(models):find(function(model)
      return model.name == name and not model.present
    end))
  end)
end

--- Sees to it that a model is on this machine: asks, once, whether a missing one shall be fetched.
--- @param name string? A name or a path; nil: the program's own choice.
--- @param take fun(is_there: boolean)
function M.provide(name, take)
  find_missing(name, function(missing)
    if not missing then
      return take(true)
    elseif asked[missing.name] then
      return take(false)
    end
    asked[missing.name] = true
    local yes = ("Fetch it (%.0f MB)"):format(missing.bytes / 1e6)
    messages.ask({ yes, "Not now" }, {
      prompt = ("Nextline needs the model %s, which is not on this machine."):format(missing.name),
    }, function(answer)
      if answer ~= yes then
        messages.tell("`:Nextline fetch` fetches the model later.")
        return take(false)
      end
      M.fetch(missing.name, take)
    end)
  end)
end

--- Shows how far a fetch is.
--- @param said string? What the program writes to standard error, a line for each tenth.
local function show_progress(said)
  local percentage = said and said:match("(%d+) %%[^\n]*\n?$")
  if percentage and fetch then
    status.set_server("fetching", percentage .. " %")
  end
end

--- Says what came of a fetch.
--- @param name string
--- @param outcome vim.SystemCompleted
--- @return boolean is_there
local function take_end(name, outcome)
  local was_cancelled = fetch ~= nil and fetch.is_cancelled
  fetch = nil
  if outcome.code == 0 then
    messages.tell(("The model %s is fetched."):format(name))
    return true
  end
  status.set_server("no model")
  if was_cancelled then
    messages.tell("Fetching is cancelled. What has been fetched is kept for the next time.")
  else
    messages.fail(program.complaint_of(outcome))
  end
  return false
end

--- Fetches a model, and says what came of it.
--- @param name string
--- @param take fun(is_there: boolean)
function M.fetch(name, take)
  local problem = program.problem()
  if problem or fetch then
    messages.fail(problem or ("The model %s is being fetched."):format(fetch.name))
    return take(false)
  end
  messages.tell(("Fetching the model %s. `:Nextline fetch cancel` ends that."):format(name))
  local errors = {}
  local options = {
    text = true,
    stderr = function(_, said)
      table.insert(errors, said)
      vim.schedule(function()
        show_progress(said)
      end)
    end,
  }
  local on_end = vim.schedule_wrap(function(outcome)
    outcome.stderr = table.concat(errors)
    take(take_end(name, outcome))
  end)
  local process = vim.system(program.command("models", "fetch", name), options, on_end)
  fetch = { name = name, process = process, is_cancelled = false }
  status.set_server("fetching", "0 %")
end

--- Ends the fetch that is under way.
--- @return boolean Whether there was one.
function M.cancel_fetch()
  if not fetch then
    return false
  end
  fetch.is_cancelled = true
  fetch.process:kill("sigint")
  return true
end

return M
