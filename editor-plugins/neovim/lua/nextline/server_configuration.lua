--- What the server is started with, in the terms of Neovim's client.

local config = require("nextline.config")
local language = require("nextline.language")
local program = require("nextline.program")
local switches = require("nextline.switches")

local M = {}

M.NAME = "nextline"

--- The settings that are objects: to JSON, an empty table of Lua is a list.
local OBJECTS = { "languages", "context" }

--- The settings as the server reads them.
--- @return table
function M.settings()
  local settings = vim.tbl_extend("force", vim.empty_dict(), switches.settings())
  for _, name in ipairs(OBJECTS) do
    if settings[name] then
      settings[name] = vim.tbl_extend("force", vim.empty_dict(), settings[name])
    end
  end
  return settings
end

--- @param folder string
--- @return lsp.WorkspaceFolder
function M.workspace_folder(folder)
  return { uri = vim.uri_from_fname(folder), name = folder }
end

--- @return lsp.ClientCapabilities
local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  -- Neovim 0.11 does not know these itself.
  all.textDocument.inlineCompletion = { dynamicRegistration = false }
  return all
end

--- @class nextline.ClientEvents
--- @field on_ready fun(client: vim.lsp.Client)
--- @field on_end fun(code: integer, signal: integer)

--- @param root string?
--- @param events nextline.ClientEvents
--- @return vim.lsp.ClientConfig
function M.client_configuration(root, events)
  return {
    name = M.NAME,
    cmd = function(dispatchers)
      local on_exit = dispatchers.on_exit
      local own = vim.tbl_extend("force", dispatchers, {
        on_exit = function(code, signal)
          -- Neovim would say of a failure that there was one; what is said of it here is more.
          on_exit(0, 0)
          vim.schedule(function()
            events.on_end(code, signal)
          end)
        end,
      })
      return vim.lsp.rpc.start(program.serve_command(), own)
    end,
    root_dir = root,
    workspace_folders = root and { M.workspace_folder(root) } or nil,
    settings = { nextline = M.settings() },
    init_options = M.settings(),
    capabilities = capabilities(),
    flags = { debounce_text_changes = config.current.debounce },
    get_language_id = function(_, filetype)
      return language.name_of(filetype)
    end,
    on_init = function(client)
      -- What Neovim does not know that the server can do, it does not do beside this plugin.
      client.server_capabilities.inlineCompletionProvider = nil
      events.on_ready(client)
    end,
  }
end

return M
