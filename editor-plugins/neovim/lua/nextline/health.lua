--- `:checkhealth nextline`: what is needed, what is there, and what is off and why.

local version = require("nextline.version")

local M = {}

--- How long the program may take; it loads the model.
local PATIENCE_MS = 60 * 1000

--- What a command of the program says; nil if it fails, which is told of.
--- @param arguments string[]
--- @return table?
local function ask(arguments)
  local object, problem, is_done
  require("nextline.program").ask(arguments, function(said, complaint)
    object, problem, is_done = said, complaint, true
  end)
  vim.wait(PATIENCE_MS, function()
    return is_done
  end, 20)
  if not object then
    vim.health.error(problem or "The program does not answer.")
  end
  return object
end

--- @return boolean Whether there is any sense in going on.
local function check_neovim()
  if not version.is_supported() then
    vim.health.error(version.complaint())
    return false
  end
  vim.health.ok("Neovim " .. version.running())
  return true
end

--- @return table? findings What the program's doctor finds.
local function check_program()
  local program = require("nextline.program")
  local problem = program.problem()
  if problem then
    vim.health.error(problem, { "Build it with `make build`; then it is build/release/nextline." })
    return nil
  end
  local model = require("nextline.config").current.model
  local findings = ask(model and { "doctor", "--model", model } or { "doctor" })
  if findings then
    local path = vim.fn.exepath(program.command()[1])
    vim.health.ok(("nextline %s: %s"):format(findings.version or "of unknown version", path))
  end
  return findings
end

--- @param findings table
local function check_model(findings)
  local model = findings.model or {}
  if not model.present then
    vim.health.error(
      ("The model %s is not on this machine."):format(model.name or "?"),
      { ":Nextline fetch" }
    )
  elseif not model.usable then
    vim.health.error(("The model %s cannot be used: %s"):format(model.name, model.error or "unknown why."))
  else
    vim.health.ok(("model %s (%.0f MB): %s"):format(model.name, model.bytes / 1e6, model.path))
  end
  for _, device in ipairs(findings.devices or {}) do
    if device.chosen then
      vim.health.ok(("device %s: %s"):format(device.name or device.device, device.reason))
    end
  end
end

local function check_server()
  local server = require("nextline.server")
  local client = server.client()
  if not client then
    local state = require("nextline.status").server_state()
    return vim.health.warn(
      "No server is attached: " .. state .. ".",
      { ":Nextline restart", ":Nextline log" }
    )
  end
  local buffers = vim.tbl_count(client.attached_buffers)
  vim.health.ok(
    ("server %s, told of %d %s, positions in %s"):format(
      require("nextline.status").server_state(),
      buffers,
      buffers == 1 and "buffer" or "buffers",
      client.offset_encoding
    )
  )
  for _, other in ipairs(vim.lsp.get_clients({ name = client.name })) do
    if other.id ~= client.id then
      vim.health.warn("A second server is there, which this plugin has not started.", {
        "Take vim.lsp.enable('nextline') out of your configuration.",
      })
    end
  end
end

local function check_switches()
  local switches = require("nextline.switches")
  local settings = switches.settings()
  if not switches.is_on() then
    vim.health.warn("Switched off everywhere.", { ":Nextline enable" })
  end
  for name, on in vim.spairs(settings.languages or {}) do
    if not on then
      vim.health.info(
        ("Switched off for %s."):format(name == "*" and "all languages that are not named" or name)
      )
    end
  end
  if not switches.is_automatic() then
    vim.health.info("Suggestions do not come by themselves (settings.automatic).")
  end
end

local function check_keys()
  local config = require("nextline.config")
  if config.current.keymaps == false then
    return vim.health.info("No keys are mapped (option keymaps).")
  end
  local client = require("nextline.server").client()
  local buffer = client and next(client.attached_buffers)
  for _, action in ipairs(config.actions) do
    local key = config.current.keymaps[action]
    if key and buffer then
      local mapping = vim.api.nvim_buf_call(buffer, function()
        return vim.fn.maparg(key, "i", false, true)
      end)
      if not vim.startswith(mapping.desc or "", "Nextline") then
        vim.health.warn(("The key %s of %s is mapped by something else."):format(key, action))
      end
    end
  end
end

function M.check()
  vim.health.start("Nextline: what is needed")
  if not check_neovim() then
    return
  end
  local findings = check_program()
  if findings then
    check_model(findings)
  end
  vim.health.start("Nextline: what is going on")
  check_server()
  check_switches()
  check_keys()
end

return M
