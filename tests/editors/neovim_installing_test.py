"""Neovim's plugin as it is installed, set up and described, in all versions, old ones too."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.editors.neovim_with_plugin import PLUGIN, PROGRAMS
from tests.editors.oracle import SOURCE
from tests.integration.nextline import REPOSITORY

OLD_NEOVIM = "/usr/bin/nvim"  # Debian 12's.


class InstallingTest(unittest.TestCase):
    """Nextline as plugin managers, packages and old versions of Neovim load it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_neovim(self, program, *arguments):
        """What Neovim writes, without the user's own configuration."""
        environment = {**os.environ, "HOME": str(self.folder),
                       **{f"XDG_{kind}_HOME": str(self.folder) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}}
        outcome = subprocess.run([program, "--headless", "--cmd", "let g:loaded_python3_provider = 0", *arguments], env=environment, cwd=self.folder,
                                 stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=30)
        return (outcome.stdout + outcome.stderr).replace("\r", "")

    def package(self):
        """The plugin in the folder of packages."""
        packages = self.folder / "nvim/site/pack/nextline/start"
        packages.mkdir(parents=True)
        (packages / "nextline").symlink_to(PLUGIN)

    def test_a_package_begins_by_itself(self):
        self.package()
        (self.folder / "code.py").write_text(SOURCE)
        for name, program in PROGRAMS.items():
            with self.subTest(name):
                said = self.run_neovim(program, "code.py", "+sleep 100m", "+lua vim.wait(2000, function() "
                                       "return require('nextline').status() ~= '' end, 5)",
                                       "+lua io.write(require('nextline').status())", "+qall!")
                # There is no program on the PATH, which is told of.
                self.assertIn("There is no program 'nextline'", said)
                self.assertIn("nextline failed", said)

    def test_setup_comes_before_or_behind_the_plugin(self):
        for name, program in PROGRAMS.items():
            for order in (["setup", "plugin"], ["plugin", "setup"]):
                with self.subTest(name, order=order):
                    lines = {"setup": "require('nextline').setup({ command = { 'no-such-program' } })",
                             "plugin": f"vim.cmd.source('{PLUGIN}/plugin/nextline.lua')"}
                    (self.folder / "init.lua").write_text(
                        f"vim.opt.rtp:prepend('{PLUGIN}')\n" + "\n".join(lines[part] for part in order))
                    (self.folder / "code.py").write_text(SOURCE)
                    said = self.run_neovim(program, "--noplugin", "-u", "init.lua", "code.py",
                                           "+set filetype=python", "+sleep 50m", "+qall!")
                    self.assertEqual(said.count("There is no program 'no-such-program'"), 1, said)
                    self.assertNotIn("'nextline'.", said)

    def test_what_is_set_wrongly_is_named(self):
        (self.folder / "init.lua").write_text(
            f"vim.opt.rtp:prepend('{PLUGIN}')\nrequire('nextline').setup({{ debounce = 'soon', colour = 1, "
            "keymaps = { jump = 'x' } })")
        said = self.run_neovim(PROGRAMS["Neovim012"], "--noplugin", "-u", "init.lua", "+sleep 50m", "+qall!")
        for sentence in ["The option debounce must be a whole number of milliseconds.",
                         "There is no option 'colour'.", "There is no action 'jump' in keymaps"]:
            self.assertIn(sentence, said)

    def test_an_old_version_is_told_in_one_sentence(self):
        if not os.path.exists(OLD_NEOVIM):
            self.skipTest("Debian's neovim is not installed: scripts/bootstrap editors")
        self.package()
        (self.folder / "init.lua").write_text("require('nextline').setup({})")
        (self.folder / "code.py").write_text(SOURCE)
        said = self.run_neovim(OLD_NEOVIM, "-u", "init.lua", "code.py", "+sleep 50m", "+qall!")
        self.assertEqual(said.strip(), "Nextline needs Neovim 0.11 or later; this is Neovim 0.7.2.")


class HelpTest(unittest.TestCase):
    def test_it_is_what_the_tables_say(self):
        outcome = subprocess.run([PROGRAMS["Neovim012"], "--clean", "-l", PLUGIN / "scripts/help.lua", "--check"],
                                 capture_output=True, encoding="utf-8")
        self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))

    def test_its_tags_are_all_there(self):
        with tempfile.TemporaryDirectory() as folder:
            help_file = shutil.copy(PLUGIN / "doc/nextline.txt", folder)
            outcome = subprocess.run([PROGRAMS["Neovim012"], "--clean", "--headless", f"+helptags {folder}", "+qall"],
                                     capture_output=True, encoding="utf-8", timeout=30)
            self.assertEqual(outcome.stderr, "")
            text = pathlib.Path(help_file).read_text()
            tags = {line.split("\t")[0] for line in (pathlib.Path(folder) / "tags").read_text().splitlines()}
        self.assertEqual(set(re.findall(r"\|(nextline[\w.()-]*)\|", text)) - tags, set())

    def test_the_settings_have_types(self):
        page = (REPOSITORY / "docs/language-server.md").read_text()
        # Name, default and description; the page's other tables have other columns.
        documented = re.findall(r"^\| `([\w.]+)` \| [^|]+ \| .+ \|$", page, re.MULTILINE)
        source = (PLUGIN / "lua/nextline/config.lua").read_text()
        annotated = re.search(r"@class nextline.Settings\n(.*?)\n\n", source, re.DOTALL)[1]
        settings = {name.split(".")[0] for name in documented}
        self.assertEqual(settings, set(re.findall(r"@field (\w+)\?", annotated)))


if __name__ == "__main__":
    unittest.main()
