"""Neovim's plugin in all kinds of text, and in all that Neovim can be doing: it is right, or silent."""

import unittest

from tests.editors.neovim_with_plugin import PluginTestCase, in_each_neovim
from tests.editors.oracle import SOURCE

del PluginTestCase  # It is a fixture, not a test.


@in_each_neovim
class Text:
    def test_other_scripts_and_emoji(self):
        self.open("# größe 🙂 語\n" + SOURCE)
        self.instead((" + '語🙂é\u0301'", 0))
        self.press("Goprint('🙂 größe 語'")
        self.assert_becomes(" + '語🙂é\u0301'", self.ghost)
        (self.folder / "instead.json").unlink()
        self.type(" + '語")
        self.assertEqual(self.ghost(), "🙂é\u0301'")
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), f"# größe 🙂 語\n{SOURCE}    print('🙂 größe 語' + '語🙂é\u0301'\n")

    def test_a_real_suggestion_behind_other_scripts(self):
        self.open("# größe 🙂 語\n" + SOURCE)
        self.press("Gos = '🙂 größe 語'; return a")
        self.assert_ghost_text()
        expected = self.expected_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), expected)

    def test_lines_that_end_with_carriage_returns(self):
        source = SOURCE.replace("\n", "\r\n")
        self.open(source)
        self.press("Goreturn a * b")
        ghost = self.assert_ghost_text()
        self.assertIn("\n", ghost)
        self.assertNotIn("\r", ghost)
        self.press("<Tab>")
        expected = f"{source}    return a * b" + ghost.replace("\n", "\r\n") + "\r\n"
        self.assertEqual(self.on_disk(), expected)

    def test_carriage_returns_in_a_file_of_another_format_stay(self):
        self.open(SOURCE + "a = 1\r\nb = 2\n")
        self.assertEqual(self.neovim.eval("&fileformat"), "unix")
        self.instead((" 3\r\nd = 4", 0))
        self.press("Goc =")
        self.assert_ghost_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "a = 1\r\nb = 2\nc = 3\r\nd = 4\n")

    def test_tabs_are_shown_as_wide_as_they_are(self):
        self.open("def f(a):\n\tx = a\n")
        self.neovim.command("setlocal noexpandtab tabstop=4")
        self.instead(("if a:\n\t\treturn\t1", 0))
        self.press("o")
        self.assert_becomes("if a:\n        return  1", self.ghost)
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), "def f(a):\n\tx = a\n\tif a:\n\t\treturn\t1\n")

    def test_bytes_that_are_no_text(self):
        self.open(b"# \xff\xfe\x80\n" + SOURCE.encode())
        self.neovim.command("edit ++enc=utf-8 ++bad=keep")
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<Tab>")
        self.neovim.command("silent write")
        self.assertTrue(self.path.read_bytes().startswith(b"# \xff\xfe\x80\n" + SOURCE.encode() + b"    return a"))

    def test_an_empty_file(self):
        self.open("")
        self.instead(("import os\n", 0))
        self.press("i")
        self.assert_becomes("import os\n", self.ghost)
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), "import os\n\n")

    def test_a_large_file(self):
        source = "# 語 of a long file\n" * 60_000 + SOURCE
        self.open(source)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<Tab>")
        self.assertTrue(self.on_disk().startswith(source + "    return a"))


@in_each_neovim
class Circumstances:
    def test_several_lines_of_a_block_are_inserted_into_in_silence(self):
        self.open("aaa = 1\naaa = 2\naaa = 3\n")
        self.instead(("never", 0))
        self.press("gg0<C-v>jjI")
        self.assertEqual(self.neovim.api.get_mode()["mode"], "i")
        self.type("b")
        self.assert_nothing_comes()
        self.press("<Esc>")
        self.assertEqual(self.text(), "baaa = 1\nbaaa = 2\nbaaa = 3\n")
        self.press("A")
        self.assert_becomes("never", self.ghost, "It has gone silent for good.")

    def test_a_change_of_a_block_is_silent_too(self):
        self.open("aaa = 1\naaa = 2\n")
        self.instead(("never", 0))
        self.press("gg0<C-v>jc")
        self.type("b")
        self.assert_nothing_comes()
        self.press("<Esc>")
        self.assertEqual(self.text(), "baa = 1\nbaa = 2\n")

    def test_a_count_repeats_what_is_typed(self):
        self.open("x = 1\n")
        self.instead(("y", 0))
        self.press("3A!")
        self.assert_becomes("y", self.ghost)
        self.press("<Tab><Esc>")
        self.assertEqual(self.text(), "x = 1!y!y!y\n")

    def test_a_command_amid_insert_mode_hides_it_until_it_is_done(self):
        self.open(SOURCE)
        self.instead((" + b", 0))
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<C-o>")
        self.assertEqual(self.marks(), [])
        self.press("$")
        self.assert_becomes(" + b", self.ghost)
        self.press("<Tab>")
        self.assertEqual(self.text(), SOURCE + "    return a + b\n")

    def test_a_macro_is_recorded_and_executed_in_silence(self):
        self.open("a\nb\nc\n")
        self.instead((" = 1", 0))
        self.press("ggqqA;")
        self.assert_nothing_comes()
        self.press("<Esc>jq2@q")
        self.assertEqual(self.text(), "a;\nb;\nc;\n")
        self.press("A")
        self.assert_becomes(" = 1", self.ghost, "It has gone silent for good.")

    def test_in_replace_mode_nothing_comes(self):
        self.open("aaaa\n")
        self.instead(("never", 0))
        self.press("ggRb")
        self.assert_nothing_comes()

    def test_while_a_menu_is_open_nothing_comes(self):
        self.open("alpha = 1\nalphabet = 2\n")
        self.neovim.command("set completeopt=menu,menuone,noselect")
        self.instead((" + 1", 0))
        self.press("Goalph")
        self.assert_becomes(" + 1", self.ghost)
        self.press("<C-n>")
        self.assertEqual(self.neovim.eval("pumvisible()"), 1)
        self.assert_nothing_comes()
        self.press("<C-n><C-y>")
        self.assert_becomes(" + 1", self.ghost, "It does not come back.")
        self.press("<Tab>")
        self.assertEqual(self.text(), "alpha = 1\nalphabet = 2\nalpha + 1\n")

    def test_while_a_snippet_is_filled_in_its_keys_jump(self):
        self.open(SOURCE)
        self.instead(("never", 0))
        self.press("Go")
        self.lua("vim.snippet.expand('for ${1:name} in ${2:values}:\\n\\t$0')")
        self.type("x")
        self.assert_nothing_comes()
        self.press("<Tab>")
        self.type("y")
        self.assertEqual(self.text(), SOURCE + "    for x in y:\n        \n")
        (self.folder / "instead.json").unlink()
        self.instead(("pass", 0))
        self.press("<Tab>")
        self.press("<Esc>A")
        self.assert_becomes("pass", self.ghost, "It does not come behind the snippet.")
        self.press("<Tab>")
        self.assertEqual(self.text(), SOURCE + "    for x in y:\n        pass\n")

    def test_hide_when_says_when_nothing_is_shown(self):
        self.open(SOURCE)
        self.lua("require('nextline.config').current.hide_when = function() return hidden end")
        self.addCleanup(self.lua, "require('nextline.config').current.hide_when = nil")
        self.lua("hidden = true")
        self.press("Goreturn a")
        self.assert_nothing_comes()
        self.lua("hidden = false")
        self.press(" ")
        self.assert_ghost_text()

    def test_a_key_is_itself_where_nothing_is_shown(self):
        self.open(SOURCE)
        self.addCleanup(self.neovim.command, "iunmap <M-Right>")
        self.hold()
        self.neovim.command("inoremap <expr> <M-Right> 'one'")
        self.press("Go<M-Right>")
        self.neovim.command("inoremap <M-Right> two")
        self.press("<M-Right>")
        self.neovim.command("imap <M-Right> <C-r>='three'<CR>")
        self.press("<M-Right>")
        self.lua("vim.keymap.set('i', '<M-Right>', function() return 'four' end, { expr = true })")
        self.press("<M-Right>")
        self.lua("vim.keymap.set('i', '<M-Right>', function() vim.api.nvim_feedkeys('five', 'n', false) end)")
        self.press("<M-Right>")
        self.assert_becomes(SOURCE + "    onetwothreefourfive\n", self.text)

    def test_another_window_of_the_buffer_is_left_alone(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<C-o><C-w>s")
        self.assert_ghost_text()
        self.press("<Esc>")
        self.neovim.command("only")
        self.assertEqual(self.marks(), [])


if __name__ == "__main__":
    unittest.main()
