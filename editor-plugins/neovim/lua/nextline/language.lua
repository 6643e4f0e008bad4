--- What languages are called: by Neovim, which names filetypes, and by the protocol and the server.

local M = {}

--- Filetypes that the protocol calls otherwise.
local NAMES = {
  bash = "shellscript",
  cs = "csharp",
  cuda = "cuda-cpp",
  objc = "objective-c",
  objcpp = "objective-cpp",
  sh = "shellscript",
  zsh = "shellscript",
}

--- The protocol's name of a filetype, which is also the one in the setting `languages`.
--- @param filetype string
--- @return string
function M.name_of(filetype)
  -- "c.doxygen" is C with something on top.
  local first = filetype:match("^[^.]*")
  return NAMES[first] or first
end

--- @param buffer integer
--- @return string
function M.of_buffer(buffer)
  return M.name_of(vim.bo[buffer].filetype)
end

return M
