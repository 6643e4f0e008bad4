"""Draws docs/images/neovim.svg: Neovim with the plugin, the default model, and what it suggests.

    NEXTLINE_BINARY=build/release/nextline python3 -m tests.editors.neovim_screenshot
"""

import sys
import time

from tests.editors.neovim_screen import Screen
from tests.editors.neovim_with_plugin import PROGRAMS, PluginTestCase
from tests.integration.nextline import DEFAULT_MODEL, REPOSITORY, model_path

PICTURE = REPOSITORY / "docs/images/neovim.svg"
COLUMNS, ROWS = 84, 24

SOURCE = '''"""Temperatures of a day, hour by hour."""

from dataclasses import dataclass


@dataclass
class Reading:
    hour: int
    celsius: float


def warmest(readings):
    """The reading with the highest temperature."""
    return max(readings, key=lambda reading: reading.celsius)


def coldest(readings):
    """The reading with the lowest temperature."""
'''


class Picture(PluginTestCase):
    program = PROGRAMS["Neovim012"]
    options = {"model": str(model_path(DEFAULT_MODEL))}
    is_watched = False
    is_shared = False
    before_setup = """
    vim.o.termguicolors, vim.o.laststatus, vim.o.number, vim.o.ruler = true, 2, true, false
    vim.o.statusline = " %f %=%{v:lua.require'nextline'.status()} "
    vim.cmd.syntax('on')
    """

    def runTest(self):
        """Not a test: types, waits, and draws."""
        screen = Screen(self.folder / "socket", COLUMNS, ROWS)
        self.open(SOURCE, "temperatures.py")
        self.neovim.command(f"cd {self.folder}")
        self.neovim.command("file temperatures.py | silent write!")
        self.press("Goret")
        self.assert_ghost_text()
        self.assert_becomes("nextline", lambda: self.lua("return require('nextline').status()"))
        time.sleep(0.3)  # The status line follows in the next turn.
        PICTURE.write_text(screen.svg())
        print(screen.text(), file=sys.stderr)


if __name__ == "__main__":
    picture = Picture()
    picture.setUp()
    try:
        picture.runTest()
    finally:
        picture.doCleanups()
