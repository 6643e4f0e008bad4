-- Is read when Neovim starts, or when a plugin manager loads Nextline. It may be read by any version of
-- Neovim that knows Lua, so that old ones say what is wrong instead of failing somewhere.

if vim.g.loaded_nextline then
  return
end
vim.g.loaded_nextline = true

if not require("nextline.version").check() then
  return
end

require("nextline.highlights").define()
require("nextline.command").define()
require("nextline.keymaps").define_plugs()

-- Whoever calls setup() does so before this: in init.lua, or, with a plugin manager, right behind the
-- reading of this file.
vim.schedule(function()
  require("nextline").start()
end)
