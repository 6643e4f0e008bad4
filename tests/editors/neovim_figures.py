"""How long Neovim's user waits from a key to ghost text: prints a row for each version.

    NEXTLINE_BINARY=build/release/nextline python3 -m tests.editors.neovim_figures [MODEL]

A file of this repository is typed into, at several places, a key at a time, each once ghost text for the
one before is there. The time is from the key's arrival in Neovim until the ghost text is set, with the
plugin's pause (its option debounce) in it. Keys that go along with what is shown, and those for which the
server is asked, are counted apart.
"""

import random
import statistics
import sys
import time

from tests.editors.neovim_with_plugin import PROGRAMS, PluginTestCase
from tests.integration.nextline import DEFAULT_MODEL, REPOSITORY, model_path

KEYS = 50  # Of each kind, for a version.
PAUSE = 0.15  # Seconds between keys, at least: a fast typist's.
MOST_PLACES = 60
SETTLED = 0.06  # Seconds after which the server has been asked. There are places where nothing comes.
SOURCE = (REPOSITORY / "scripts/language_client.py").read_text()

MEASURE = """
key_at, asked, times = nil, false, { asked = {}, along = {} }
vim.on_key(function(_, typed)
  if typed ~= '' then
    key_at, asked = vim.uv.hrtime(), false
  end
end)
requests = require('nextline.requests')
local ghost_text = require('nextline.ghost_text')
local ask, draw = requests.ask, ghost_text.draw
requests.ask = function(...)
  asked = true
  return ask(...)
end
ghost_text.draw = function(...)
  draw(...)
  if key_at then
    table.insert(times[asked and 'asked' or 'along'], (vim.uv.hrtime() - key_at) / 1e6)
    key_at = nil
  end
end
"""


def lines_to_type():
    """Lines of code, each with all that stands before it."""
    before = ""
    for line in SOURCE.splitlines(keepends=True):
        if len(line.split()) > 3 and not line.strip().startswith(("#", '"')):
            yield before, line.rstrip("\n")
        before += line


class Typist(PluginTestCase):
    is_watched = False
    is_shared = False

    def runTest(self):
        """Not a test: types until there are figures."""
        places = list(lines_to_type())
        random.Random(1).shuffle(places)
        for before, line in places[:MOST_PLACES]:
            self.type_line(before, line)
            if min(map(len, self.lua("return times").values())) >= KEYS:
                break

    def type_line(self, before, line):
        self.open(before + "\n")
        if self.lua("return requests_are_measured") is None:
            self.lua(MEASURE + "requests_are_measured = true")
        indent = len(line) - len(line.lstrip())
        self.press("S" + line[:indent + 3].replace("<", "<lt>"))
        self.assert_settled()
        for key in line[indent + 3:][:16]:
            self.lua("key_at = nil")
            began = time.monotonic()
            self.type(key)
            while self.lua("return key_at ~= nil") and (time.monotonic() < began + SETTLED or self.is_waiting()):
                time.sleep(0.005)
            time.sleep(max(0.0, began + PAUSE - time.monotonic()))
        self.press("<Esc>")

    def is_waiting(self):
        return self.lua("return requests.is_waiting()")


def row(times):
    ordered = sorted(times)
    return f"{statistics.median(ordered):7.1f} {ordered[int(0.95 * (len(ordered) - 1))]:7.1f} {len(ordered):5}"


def main():
    model = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_MODEL
    print(f"{model}: milliseconds from a key to ghost text, with the plugin's pause of 20 ms")
    print(f"{'':22}  median    p95  keys")
    for name, program in PROGRAMS.items():
        typist = type(name, (Typist,), {"program": program, "options": {"model": str(model_path(model))},
                                        "arguments": "--no-share"})()
        typist.setUp()
        try:
            typist.runTest()
            times = typist.lua("return times")
            print(f"{name}, asked for    {row(times['asked'][:KEYS])}")
            print(f"{name}, typed along  {row(times['along'][:KEYS])}", flush=True)
        finally:
            typist.doCleanups()


if __name__ == "__main__":
    main()
