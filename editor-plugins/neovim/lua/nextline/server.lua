--- The one server of this Neovim: which buffers it is told of, its start, its end, and its start again.
---
--- All buffers share it, from whatever repositories, so that the model is in memory once. It is started
--- with the first file, once its model is on this machine. Where it fails it is started again, a few
--- times, and told of the same buffers; what it had computed comes from its snapshots.

local config = require("nextline.config")
local files = require("nextline.files")
local keymaps = require("nextline.keymaps")
local messages = require("nextline.messages")
local models = require("nextline.models")
local program = require("nextline.program")
local restarts = require("nextline.restarts")
local server_configuration = require("nextline.server_configuration")
local status = require("nextline.status")
local switches = require("nextline.switches")

local M = {}

--- The status with which the program ends when it is called in a wrong way. Trying again is of no use.
local WRONG_USAGE = 2

--- The buffers that it is to be told of.
--- @type table<integer, true>
local buffers = {}

--- @type vim.lsp.Client?
local client

--- Whether one is being started: the model is looked for, or the server not yet initialized.
local is_starting = false

--- Whether its end is wanted.
local is_stopping = false

--- Counts the starts, so that what belongs to an earlier one is known.
local generation = 0

--- @param pattern string
local function announce(pattern)
  vim.api.nvim_exec_autocmds("User", { pattern = pattern, modeline = false })
end

--- Tells the server of a repository that it does not know yet.
--- @param root string?
local function add_root(root)
  if not root or not client then
    return
  end
  local folder = server_configuration.workspace_folder(root)
  client.workspace_folders = client.workspace_folders or {}
  for _, known in ipairs(client.workspace_folders) do
    if known.uri == folder.uri then
      return
    end
  end
  table.insert(client.workspace_folders, folder)
  client:notify("workspace/didChangeWorkspaceFolders", { event = { added = { folder }, removed = {} } })
end

--- @param buffer integer
local function attach_to_client(buffer)
  add_root(files.root_of(buffer))
  if vim.lsp.buf_attach_client(buffer, client.id) then
    keymaps.map(buffer)
    announce("NextlineAttached")
  end
end

--- @param ready vim.lsp.Client
local function take_client(ready)
  client, is_starting = ready, false
  status.set_server("loading")
  for buffer in pairs(buffers) do
    if files.is_wanted(buffer) then
      attach_to_client(buffer)
    else
      buffers[buffer] = nil
    end
  end
end

local start

--- @param code integer
--- @param signal integer
local function take_end(code, signal)
  local was_stopping = is_stopping
  client, is_starting, is_stopping = nil, false, false
  status.set_server("stopped")
  announce("NextlineDetached")
  if was_stopping or vim.v.exiting ~= vim.NIL then
    return
  end
  if code == WRONG_USAGE then
    status.set_server("failed")
    return messages.fail(
      "The program does not know what it is asked to do; see the options command, arguments and "
        .. "model. `:Nextline log` has its own words."
    )
  end
  local how = signal ~= 0 and ("signal %d"):format(signal) or ("status %d"):format(code)
  local delay = restarts.delay_after_failure()
  if not delay then
    status.set_server("failed")
    return messages.fail(
      (
        "The server has ended again (%s) and stays off. `:Nextline log` may tell why; "
        .. "`:Nextline restart` starts it."
      ):format(how)
    )
  end
  messages.warn(("The server has ended unexpectedly (%s) and is started again."):format(how))
  local of_generation = generation
  vim.defer_fn(function()
    if generation == of_generation then
      start()
    end
  end, delay)
end

--- The buffer whose repository is the first that the server is told of: the user's, if it is wanted.
--- @return integer?
local function first_buffer()
  local current = vim.api.nvim_get_current_buf()
  return buffers[current] and current or next(buffers)
end

local function launch()
  local buffer = first_buffer()
  if not buffer then
    is_starting = false
    return
  end
  local of_generation = generation
  local configuration = server_configuration.client_configuration(files.root_of(buffer), {
    on_ready = take_client,
    on_end = function(code, signal)
      if generation == of_generation then
        take_end(code, signal)
      end
    end,
  })
  -- Whatever other client has this name is not ours.
  local id = vim.lsp.start(configuration, {
    attach = false,
    silent = true,
    reuse_client = function()
      return false
    end,
  })
  if not id then
    is_starting = false
    status.set_server("failed")
    messages.fail("The server could not be started. `:checkhealth nextline` says more.")
  end
end

--- Whether a server on another machine is to complete, and no model here.
local function asks_elsewhere()
  for _, word in ipairs(config.current.arguments) do
    if word == "--remote" or vim.startswith(word, "--remote=") then
      return true
    end
  end
  return false
end

--- Starts the server, unless it runs: with a program, buffers and a model.
function start()
  if client or is_starting or not first_buffer() or not switches.is_on() then
    return
  end
  local problem = program.problem()
  if problem then
    if status.server_state() ~= "failed" then
      messages.fail(problem)
    end
    return status.set_server("failed")
  end
  is_starting = true
  generation = generation + 1
  local of_generation = generation
  status.set_server("starting")
  local function go_on(is_there)
    if generation ~= of_generation then
      return
    elseif is_there then
      launch()
    else
      is_starting = false
      status.set_server("no model")
    end
  end
  if asks_elsewhere() then
    go_on(true)
  else
    models.provide(config.current.model, go_on)
  end
end

M.start = start

--- Has the server told of a buffer, if it is a file that can be completed.
--- @param buffer integer
function M.attach(buffer)
  if not files.is_wanted(buffer) or buffers[buffer] then
    return
  end
  buffers[buffer] = true
  if client then
    attach_to_client(buffer)
  elseif status.server_state() ~= "failed" and status.server_state() ~= "no model" then
    start()
  end
end

--- Ends the server, if it runs. Its snapshots are written.
function M.stop()
  if client then
    is_stopping = true
    client:stop()
  end
end

--- Ends the server and starts another.
function M.restart()
  restarts.forget()
  generation = generation + 1
  local old = client
  client, is_starting, is_stopping = nil, false, false
  announce("NextlineDetached")
  status.set_server("stopped")
  if old then
    old:stop()
  end
  start()
end

--- The client of a buffer; nil if there is none, or it is not ready.
--- @param buffer integer
--- @return vim.lsp.Client?
function M.client_of(buffer)
  if client and not client:is_stopped() and client.attached_buffers[buffer] then
    return client
  end
end

--- @return vim.lsp.Client?
function M.client()
  return client
end

--- Why the server does nothing for a buffer, for the user; nil if it can.
--- @param buffer integer
--- @return string?
function M.why_not_serving(buffer)
  if M.client_of(buffer) then
    return nil
  end
  local state = status.server_state()
  if state == "no model" then
    return "The model is not on this machine; `:Nextline fetch` fetches it."
  elseif state == "fetching" then
    return "The model is being fetched."
  elseif state == "failed" then
    return program.problem() or "The server has failed; `:Nextline restart` starts it again."
  elseif not files.is_wanted(buffer) then
    return "The buffer is no file that Nextline is told of."
  end
  return "The server is not ready yet."
end

--- Sends a notification about a buffer, if the server knows that.
--- @param buffer integer
--- @param method string
--- @param parameters table
function M.tell(buffer, method, parameters)
  local ready = M.client_of(buffer)
  if ready then
    ready:notify(method, parameters)
  end
end

--- Has the server execute a command of its own.
--- @param buffer integer
--- @param command lsp.Command
--- @param take? fun(result: any, problem: string?)
function M.execute(buffer, command, take)
  local ready = M.client_of(buffer)
  if not ready then
    return take and take(nil, M.why_not_serving(buffer))
  end
  local parameters = { command = command.command, arguments = command.arguments }
  ready:request("workspace/executeCommand", parameters, function(error, result)
    if take then
      take(result, error and error.message)
    end
  end, buffer)
end

--- Tells the server what is set now. Without anything switched on, none is started.
local function tell_settings()
  if client then
    client.settings = { nextline = server_configuration.settings() }
    client:notify("workspace/didChangeConfiguration", { settings = client.settings })
  else
    start()
  end
end

--- @param event { data: { client_id: integer, params: { token: any, value: table } } }
local function take_progress(event)
  local told = event.data.params
  if not client or event.data.client_id ~= client.id or told.token ~= "nextline/model" then
    return
  end
  local value = told.value
  if value.kind == "end" then
    status.set_server("ready")
  else
    local percentage = value.percentage and ("%d %%"):format(value.percentage)
    status.set_server("loading", percentage)
  end
end

--- Begins to look for files.
function M.watch()
  local group = vim.api.nvim_create_augroup("nextline.server", {})
  vim.api.nvim_create_autocmd({ "FileType", "BufWritePost", "BufFilePost" }, {
    group = group,
    callback = function(event)
      M.attach(event.buf)
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = group,
    callback = function(event)
      if client and event.data.client_id == client.id then
        keymaps.unmap(event.buf)
        if not client:is_stopped() then
          buffers[event.buf] = nil
        end
      end
    end,
  })
  vim.api.nvim_create_autocmd("LspProgress", { group = group, pattern = "*", callback = take_progress })
  switches.on_change(tell_settings)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    M.attach(buffer)
  end
end

return M
