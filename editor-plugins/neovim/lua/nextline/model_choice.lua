--- Choosing a model, and fetching one, by hand.

local config = require("nextline.config")
local messages = require("nextline.messages")
local models = require("nextline.models")
local server = require("nextline.server")

local M = {}

--- Goes on with another model, until Neovim ends.
--- @param model nextline.Model
local function use(model)
  local function go_on()
    config.current.model = model.name
    messages.tell(("The model is %s now, until Neovim ends; the option model sets it."):format(model.name))
    server.restart()
  end
  if model.present then
    return go_on()
  end
  models.fetch(model.name, function(is_there)
    if is_there then
      go_on()
    end
  end)
end

--- Has the user choose one of the models, unless its name is given.
--- @param name string?
function M.choose(name)
  models.list(function(all, problem)
    if not all then
      return messages.fail(problem or "There is no list of models.")
    elseif not name then
      return messages.ask(
        all,
        { prompt = "Model of Nextline", format_item = models.describe },
        function(model)
          if model then
            use(model)
          end
        end
      )
    end
    for _, model in ipairs(all) do
      if model.name == name then
        return use(model)
      end
    end
    messages.fail(("There is no model named '%s'; `:Nextline model` shows all."):format(name))
  end)
end

--- Fetches a model: the named one, or else the one that is set, or the program's own.
--- @param name string?
function M.fetch(name)
  models.list(function(all, problem)
    local wanted = name or config.current.model or (all and all[1] and all[1].name)
    if not wanted then
      return messages.fail(problem or "There is no list of models.")
    end
    models.fetch(wanted, function(is_there)
      if is_there and not server.client() then
        server.restart()
      end
    end)
  end)
end

return M
