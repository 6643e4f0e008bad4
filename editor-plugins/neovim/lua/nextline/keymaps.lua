--- Keys in Insert mode. They are the buffer's own, and are themselves wherever nothing is shown: then
--- the user's mapping of all buffers is executed, or the key that Neovim knows.

local config = require("nextline.config")

local M = {}

--- @type table<string, { run: fun(): boolean, about: string }>
local ACTIONS = {
  accept = {
    run = function()
      return require("nextline").accept()
    end,
    about = "Accept the suggestion",
  },
  accept_word = {
    run = function()
      return require("nextline").accept_word()
    end,
    about = "Accept the suggestion's next word",
  },
  accept_line = {
    run = function()
      return require("nextline").accept_line()
    end,
    about = "Accept the suggestion's next line",
  },
  next = {
    run = function()
      return require("nextline").next()
    end,
    about = "Show the next suggestion",
  },
  previous = {
    run = function()
      return require("nextline").previous()
    end,
    about = "Show the previous suggestion",
  },
  dismiss = {
    run = function()
      return require("nextline").dismiss()
    end,
    about = "Hide the suggestion",
  },
  suggest = {
    run = function()
      return require("nextline").suggest()
    end,
    about = "Suggest something here",
  },
}

--- What an action does, for the help.
--- @param action string
--- @return string
function M.about(action)
  return ACTIONS[action].about
end

--- @param keys string
--- @return string
local function key_codes(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

--- The mapping of all buffers for a key.
--- @param key string
--- @return table<string, any>?
local function global_mapping(key)
  local codes = key_codes(key)
  return vim.iter(vim.api.nvim_get_keymap("i")):find(function(mapping)
    return (mapping.lhsraw or key_codes(mapping.lhs)) == codes or mapping.lhsrawalt == codes
  end)
end

--- What an expression mapping returns to do what another mapping does.
--- @param mapping table<string, any>
--- @return string
local function keys_of(mapping)
  if mapping.expr == 1 then
    local keys = mapping.callback and mapping.callback() or vim.api.nvim_eval(mapping.rhs)
    keys = type(keys) == "string" and keys or ""
    return mapping.replace_keycodes == 1 and key_codes(keys) or keys
  elseif mapping.callback then
    vim.schedule(mapping.callback)
    return ""
  end
  local keys = key_codes(mapping.rhs or "")
  if mapping.noremap == 1 then
    return keys
  end
  vim.api.nvim_feedkeys(keys, "im", false)
  return ""
end

--- @param buffer integer
function M.map(buffer)
  for action, key in pairs(config.current.keymaps or {}) do
    if key then
      vim.keymap.set("i", key, function()
        if ACTIONS[action].run() then
          return ""
        end
        local mapping = global_mapping(key)
        return mapping and keys_of(mapping) or key_codes(key)
      end, {
        buffer = buffer,
        expr = true,
        replace_keycodes = false,
        desc = "Nextline: " .. ACTIONS[action].about,
      })
    end
  end
end

--- @param buffer integer
function M.unmap(buffer)
  for _, key in pairs(config.current.keymaps or {}) do
    if key then
      pcall(vim.keymap.del, "i", key, { buffer = buffer })
    end
  end
end

--- Mappings by name, for those who map their own keys.
function M.define_plugs()
  for action, what in pairs(ACTIONS) do
    local name = ("<Plug>(nextline-%s)"):format(action:gsub("_", "-"))
    vim.keymap.set("i", name, function()
      what.run()
    end, { desc = "Nextline: " .. what.about })
  end
end

return M
