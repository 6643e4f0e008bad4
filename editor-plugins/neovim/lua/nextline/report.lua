--- What the user is told on demand: how things are, why there is nothing, and what came of suggestions.

local config = require("nextline.config")
local language = require("nextline.language")
local messages = require("nextline.messages")
local server = require("nextline.server")
local status = require("nextline.status")
local switches = require("nextline.switches")
local typing = require("nextline.typing")

local M = {}

--- How things are, in sentences.
--- @return string[]
function M.status()
  local buffer = vim.api.nvim_get_current_buf()
  local state, progress = status.server_state(), status.progress()
  local sentences = { "The server is " .. state .. (progress and " (" .. progress .. ")" or "") .. "." }
  if state == "no model" then
    sentences = { "The model is not on this machine; `:Nextline fetch` fetches it." }
  end
  local client = server.client()
  if client then
    local about = client.server_info or {}
    table.insert(
      sentences,
      ("It is %s %s%s."):format(
        about.name or "nextline",
        about.version or "",
        config.current.model and " with the model " .. config.current.model or ""
      )
    )
  end
  local off = switches.why_off(buffer)
  if off then
    table.insert(sentences, off)
  elseif server.client_of(buffer) then
    table.insert(sentences, ("This buffer is completed, as %s."):format(language.of_buffer(buffer)))
  elseif client then
    table.insert(sentences, server.why_not_serving(buffer))
  end
  return sentences
end

--- Says why nothing is suggested at the cursor. In Normal mode, where commands are given, that is why
--- nothing was the last time.
function M.why()
  local buffer = vim.api.nvim_get_current_buf()
  local obstacle = switches.why_off(buffer) or server.why_not_serving(buffer)
  if obstacle then
    return messages.tell(obstacle)
  end
  server.execute(buffer, { title = "", command = "nextline.whyNothing" }, function(sentence, problem)
    local now = vim.api.nvim_get_mode().mode:match("^i") and typing.obstacle(buffer)
    messages.tell(now or problem or sentence)
  end)
end

--- Says what was asked, shown, accepted and kept.
function M.statistics()
  local buffer = vim.api.nvim_get_current_buf()
  server.execute(buffer, { title = "", command = "nextline.statistics" }, function(report, problem)
    messages.tell(report and table.concat(report.sentences, "\n") or problem or "There are no statistics.")
  end)
end

--- Shows what the log of Neovim's clients has of the server, the newest at the end.
function M.log()
  local path = vim.lsp.log.get_filename()
  local lines = {}
  if vim.uv.fs_stat(path) then
    for line in io.lines(path) do
      if line:find("nextline", 1, true) then
        table.insert(lines, (line:gsub("\\n", " "):gsub("%z", "")))
      end
    end
  end
  vim.cmd("botright new")
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].buftype, vim.bo[buffer].bufhidden, vim.bo[buffer].swapfile = "nofile", "wipe", false
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  pcall(vim.api.nvim_buf_set_name, buffer, "nextline://log")
  vim.cmd("normal! G")
end

return M
