"""The archive's plugin for Neovim, with the archive's program behind it."""

import tests.editors.neovim_with_plugin as neovim
from tests.editors.oracle import SOURCE
from tests.release.archive import ArchiveTestCase


class NeovimTest(ArchiveTestCase, neovim.PluginTestCase):
    is_watched = False

    @classmethod
    def setUpClass(cls):
        ArchiveTestCase.setUpClass.__func__(cls)
        unpacked = cls.unpacked
        own = neovim.PLUGIN, neovim.BINARY
        neovim.PLUGIN, neovim.BINARY = unpacked / "editor-plugins/neovim", unpacked / "bin/nextline"
        try:
            cls.start()
        finally:
            neovim.PLUGIN, neovim.BINARY = own

    def test_what_is_typed_is_completed(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        ghost = self.assert_ghost_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), f"{SOURCE}    return a{ghost}\n")
