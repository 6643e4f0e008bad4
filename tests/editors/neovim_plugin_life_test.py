"""Neovim's plugin and its server: started, switched off and on, killed, asked for, and examined."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from tests.editors.neovim_with_plugin import INLINE_COMPLETION, PLUGIN, PROGRAMS, PluginTestCase, in_each_neovim
from tests.editors.oracle import SOURCE
from tests.integration.loopback_server import Behaviour, serving
from tests.integration.nextline import DEFAULT_MODEL, REPOSITORY, TEST_MODEL, model_path

OLD_NEOVIM = "/usr/bin/nvim"  # Debian 12's.
ABOUT_DOCUMENTS = (INLINE_COMPLETION, "textDocument/completion", "nextline/didMoveCursor")


@in_each_neovim
class Killed:
    is_shared = False

    def test_a_killed_server_is_told_of_once_and_comes_back_with_its_cache(self):
        self.open(SOURCE * 4)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<Esc>")
        # The snapshot is written when the cache is exact.
        snapshots = self.folder / "nextline/snapshots"
        self.assert_becomes(True, lambda: any(snapshots.glob("*.snapshot")), "There is no snapshot.")
        self.kill_server()
        self.assert_becomes(1, lambda: len(self.ended()))
        self.assertIn("signal 9", self.ended()[0])
        self.assert_becomes(True, self.is_served, "The server does not come back.")
        self.press("a + ")
        self.assert_ghost_text()
        tokens = next(message["result"]["items"][0]["data"]["tokens"] for message in reversed(self.messages("server"))
                      if isinstance(message.get("result"), dict) and message["result"].get("items"))
        self.assertGreater(tokens["reused"], tokens["encoded"])
        expected = self.expected_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), expected)
        self.assertEqual(len(self.said()), 1)

    def test_one_that_fails_again_and_again_stays_off_until_it_is_restarted(self):
        self.open(SOURCE)
        for times in range(1, 5):
            self.assert_becomes(True, self.is_served)
            self.kill_server()
            self.assert_becomes(times, lambda: len(self.ended()))
        self.assertIn("stays off", self.ended()[-1])
        self.assertEqual(self.lua("return require('nextline').status()"), "nextline failed")
        self.neovim.command("Nextline restart")
        self.assert_becomes(True, self.is_served)
        self.press("Goreturn a")
        self.assert_ghost_text()

    def test_one_that_is_called_wrongly_is_not_tried_again(self):
        self.lua("require('nextline.config').current.arguments = { '--nonsense' }")
        self.open(SOURCE, wait=False)
        self.assert_becomes(1, lambda: len(self.said()))
        self.assertIn("see the options command, arguments", self.said()[0])
        time.sleep(0.5)  # As long as another try would take to begin.
        self.assertEqual((self.folder / "calls").read_text().count("serve"), 1)

    def test_the_server_ends_with_neovim(self):
        self.open(SOURCE)
        pid = int((self.folder / "server.pid").read_text())
        with self.assertRaises(OSError):
            self.neovim.command("qall!")
        self.process.wait(20)
        self.assert_becomes(False, lambda: os.path.exists(f"/proc/{pid}"), "The server is left behind.")

    def ended(self):
        return [sentence for sentence in self.said() if "ended" in sentence]


@in_each_neovim
class Switched:
    options = {"settings": {"languages": {"lua": False}}}

    def test_off_for_a_language_nothing_is_asked_for(self):
        self.open("local a = 1\n", "off.lua")
        before = len(self.messages("client"))
        self.press("ggolocal b = a")
        self.assert_nothing_comes()
        self.press("<M-\\><Esc>ggOlocal c =")
        self.assert_nothing_comes()
        self.assertEqual([message["method"] for message in self.messages("client")[before:]
                          if message.get("method") in ABOUT_DOCUMENTS], [])
        self.assertEqual(self.lua("return require('nextline').status()"), "nextline off")

    def test_a_language_can_be_switched(self):
        self.open(SOURCE)
        self.addCleanup(self.neovim.command, "silent Nextline enable python")
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<C-o>:Nextline disable python<CR>")
        self.assertEqual(self.ghost(), "")
        asked = len(self.requests())
        self.press("<BS>b")
        self.assert_nothing_comes()
        self.assertEqual(len(self.requests()), asked)
        self.assert_becomes({"languages": {"lua": False, "python": False}}, self.told_settings)
        self.press("<C-o>:Nextline toggle language<CR>")
        self.assert_ghost_text()
        self.assertEqual(self.said(), ["Nextline: Off for python.", "Nextline: On for python."])

    def test_all_can_be_switched(self):
        self.open(SOURCE)
        self.neovim.command("Nextline toggle")
        self.addCleanup(self.neovim.command, "silent Nextline enable")
        self.press("Goreturn a")
        self.assert_nothing_comes()
        self.neovim.command("Nextline why")
        self.assert_becomes(["Nextline: Off.", "Nextline: Nextline is switched off."], self.said)
        self.neovim.command("Nextline toggle")
        self.assert_ghost_text()

    def told_settings(self):
        return self.messages("client", "workspace/didChangeConfiguration")[-1]["params"]["settings"]["nextline"]


@in_each_neovim
class Commands:
    def test_status_says_what_there_is(self):
        self.open(SOURCE)
        self.assert_becomes("nextline", lambda: self.lua("return require('nextline').status()"))
        self.neovim.command("Nextline")
        self.assert_becomes(1, lambda: len(self.said()))
        self.assertRegex(self.said()[0], r"The server is ready\. It is Nextline \d.*completed, as python\.")

    def test_why_has_the_server_say_why_there_is_nothing(self):
        self.open(SOURCE)
        self.press("Go# ")
        self.assert_nothing_comes()
        self.press("<Esc>")
        self.neovim.command("Nextline why")
        self.assert_becomes(1, lambda: len(self.said()))
        self.assertIn("comment", self.said()[0])

    def test_statistics_are_sentences(self):
        self.open(SOURCE)
        self.neovim.command("Nextline statistics")
        self.assert_becomes(1, lambda: len(self.said()))
        self.assertIn("Today", self.said()[0])

    def test_subcommands_and_their_arguments_are_completed(self):
        self.open(SOURCE)
        def completed(line):
            return self.neovim.funcs.getcompletion(line, "cmdline")
        self.assertEqual(completed("Nextline re"), ["restart"])
        self.assertEqual(completed("Nextline disable "), ["language", "python"])
        self.assertIn(TEST_MODEL, completed("silent Nextline model smol"))
        self.assertEqual(completed("Nextline status "), [])

    def test_what_there_is_not_is_said(self):
        self.open(SOURCE)
        self.neovim.command("Nextline nothing")
        self.neovim.command("Nextline status now")
        self.assert_becomes(2, lambda: len(self.said()))
        self.assertIn("There is no subcommand 'nothing'", self.said()[0])
        self.assertIn("no more arguments", self.said()[1])

    def test_the_log_has_what_the_server_said(self):
        self.open(SOURCE)
        def log():
            self.neovim.command("Nextline log")
            lines = self.neovim.current.buffer[:]
            self.neovim.command("bwipeout")
            return "\n".join(lines)
        self.assert_becomes(True, lambda: "is loaded in" in log())

    def test_health_says_what_is_there(self):
        self.open(SOURCE)
        self.neovim.command("silent Nextline disable lua")
        self.addCleanup(self.neovim.command, "silent Nextline enable lua")
        self.neovim.command("checkhealth nextline")
        health = "\n".join(self.neovim.current.buffer[:])
        for expected in [r"Neovim 0\.1[12]", r"nextline \d+\.\d+.*bin/nextline", f"model {TEST_MODEL}", "device cpu",
                         "told of 1 buffer", "Switched off for lua"]:
            self.assertRegex(health, expected)
        self.assertNotIn("ERROR", health)

    def test_files_alone_are_told_of(self):
        self.open(SOURCE)
        told = len(self.messages("client", "textDocument/didOpen"))
        for command in ("enew | set filetype=python", "help vim.lsp", "terminal true"):
            self.neovim.command(command)
        self.assertEqual(len(self.messages("client", "textDocument/didOpen")), told)
        self.assertEqual(self.lua("return require('nextline').status()"), "")

    def test_a_new_file_is_told_of_once_it_is_saved(self):
        self.open(SOURCE)
        self.neovim.command("enew | set filetype=python")
        self.assertFalse(self.is_served())
        self.neovim.command(f"silent write {self.folder}/new.py")
        self.assert_becomes(True, self.is_served)

    def test_its_repository_is_the_workspace(self):
        repository = self.folder / "repository"
        (repository / "src").mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "--quiet", repository], check=True)
        self.open(SOURCE, "repository/src/module.py")
        self.assertIn(str(repository), self.lua(
            "return vim.tbl_map(function(folder) return folder.name end,"
            " require('nextline.server').client().workspace_folders or {})"))

    def test_neovims_own_ghost_text_is_not_there_twice(self):
        self.open(SOURCE)
        if not self.lua("return vim.lsp.inline_completion ~= nil"):
            self.skipTest("This version has none.")
        self.lua("vim.lsp.inline_completion.enable()")
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        own = self.neovim.api.create_namespace("nvim.lsp.inline_completion")
        self.assertEqual(self.neovim.api.buf_get_extmarks(0, own, 0, -1, {}), [])


@in_each_neovim
class Models:
    """A user whose cache is empty; the model comes from a catalogue of the test's."""

    is_shared = False
    with_model = False
    options = {"model": TEST_MODEL}
    before_setup = """
    questions = {}
    vim.ui.select = function(items, options, take)
      table.insert(questions, options.prompt)
      take(items[answer])
    end
    """

    def setUp(self):
        content = model_path().read_bytes()
        self.second_half = threading.Event()
        self.addCleanup(self.second_half.set)
        served = serving(content, [Behaviour(wait_for=self.second_half)])
        url = served.__enter__().url
        self.addCleanup(served.__exit__, None, None, None)
        catalogue = tempfile.NamedTemporaryFile("w", suffix=".json", prefix="nextline-test-")
        self.addCleanup(catalogue.close)
        json.dump({"models": [{"name": TEST_MODEL, "architecture": "llama", "bytes": len(content),
                               "sha256": hashlib.sha256(content).hexdigest(), "sources": [{"url": url}]}]}, catalogue)
        catalogue.flush()
        type(self).environment = {"NEXTLINE_CATALOGUE": catalogue.name, "no_proxy": "127.0.0.1"}
        super().setUp()

    def status(self):
        return self.lua("return require('nextline').status()")

    def fetches(self):
        return (self.folder / "calls").read_text().count(f"models fetch {TEST_MODEL}\n")

    def test_a_missing_model_is_asked_for_once_and_fetched_with_progress(self):
        self.lua("answer = 1")
        self.open(SOURCE, wait=False)
        self.assert_becomes(True, lambda: re.fullmatch(r"nextline \d+ %", self.status()) is not None)
        self.second_half.set()
        self.assert_becomes(True, self.is_served)
        self.assertEqual((len(self.lua("return questions")), self.fetches()), (1, 1))
        self.assertIn(f"Nextline: The model {TEST_MODEL} is fetched.", self.said())
        self.press("Goreturn a")
        self.assert_ghost_text()

    def test_fetching_can_be_cancelled_and_goes_on_where_it_was(self):
        self.lua("answer = 1")
        self.open(SOURCE, wait=False)
        self.assert_becomes(1, lambda: len(self.said()))
        partial = self.folder / f"nextline/models/{TEST_MODEL}.gguf.partial"
        self.assert_becomes(True, lambda: partial.exists() and partial.stat().st_size > 0)
        self.neovim.command("Nextline fetch cancel")
        self.assert_becomes("nextline no model", self.status)
        self.assertIn("cancelled", self.said()[-1])
        self.neovim.command("Nextline fetch")
        self.assert_becomes(True, self.is_served)
        self.assertEqual((len(self.lua("return questions")), self.fetches()), (1, 2))

    def test_without_consent_nothing_is_fetched_nor_asked_again(self):
        self.lua("answer = 2")
        self.open(SOURCE, wait=False)
        self.assert_becomes("nextline no model", self.status)
        self.open(SOURCE, wait=False)
        self.neovim.command("Nextline restart")
        self.assert_becomes("nextline no model", self.status)
        self.assertEqual((len(self.lua("return questions")), self.fetches()), (1, 0))
        self.neovim.command("Nextline why")
        self.assert_becomes("Nextline: The model is not on this machine; `:Nextline fetch` fetches it.",
                            lambda: self.said()[-1])

    def test_without_an_option_it_is_the_programs_own_choice(self):
        self.lua("answer = 2; require('nextline.config').current.model = nil")
        self.open(SOURCE, wait=False)
        self.assert_becomes("nextline no model", self.status)
        self.assertIn(DEFAULT_MODEL, self.lua("return questions")[0])

    def test_another_model_can_be_chosen(self):
        self.lua("answer = 2")
        self.second_half.set()
        self.open(SOURCE, wait=False)
        self.assert_becomes("nextline no model", self.status)
        self.neovim.command(f"Nextline model {TEST_MODEL}")
        self.assert_becomes(True, self.is_served)
        self.neovim.command("Nextline model nothing")
        self.assert_becomes(True, lambda: "There is no model named 'nothing'" in self.said()[-1])


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
        documented = re.findall(r"^\| `([\w.]+)` \|", (REPOSITORY / "docs/language-server.md").read_text(), re.MULTILINE)
        annotated = re.search(r"@class nextline.Settings\n(.*?)\n\n", (PLUGIN / "lua/nextline/config.lua").read_text(),
                              re.DOTALL)[1]
        settings = [name for name in documented if name[0].islower() and "." not in name or name.startswith("context.")]
        self.assertEqual({name.split(".")[0] for name in settings if not name.startswith("nextline")},
                         set(re.findall(r"@field (\w+)\?", annotated)))


if __name__ == "__main__":
    unittest.main()
