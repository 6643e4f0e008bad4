"""Neovim's plugin and its server: started, switched off and on, killed, asked for, and examined."""

import os
import subprocess
import time
import unittest

from tests.editors.neovim_with_plugin import INLINE_COMPLETION, PluginTestCase, in_each_neovim
from tests.editors.oracle import SOURCE
from tests.integration.nextline import TEST_MODEL

ABOUT_DOCUMENTS = (INLINE_COMPLETION, "textDocument/completion", "nextline/didMoveCursor")

del PluginTestCase  # It is a fixture, not a test.


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

    def test_the_log_has_what_is_about_the_server(self):
        self.open(SOURCE)
        self.lua("vim.lsp.log.error('rpc', 'nextline', 'stderr', 'nextline: said')")
        self.lua("vim.lsp.log.error('rpc', 'another', 'stderr', 'another: said')")
        self.neovim.command("Nextline log")
        log = "\n".join(self.neovim.current.buffer[:])
        self.assertIn("nextline: said", log)
        self.assertNotIn("another: said", log)

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

    def test_health_finds_a_second_server(self):
        self.open(SOURCE)
        self.lua("""
            vim.lsp.start({ name = 'nextline', cmd = function()
              return {
                request = function(_, _, answer) answer(nil, { capabilities = {} }) return true, 1 end,
                notify = function() return true end,
                is_closing = function() return false end,
                terminate = function() end,
              }
            end }, { attach = false, reuse_client = function() return false end })""")
        self.neovim.command("checkhealth nextline")
        self.assertIn("A second server is there", "\n".join(self.neovim.current.buffer[:]))

    def test_files_alone_are_told_of(self):
        self.open(SOURCE)
        for command in ("enew | set filetype=python", "help vim.lsp", "terminal true"):
            self.neovim.command(command)
        self.press("<C-\\><C-n>")
        self.open(SOURCE)
        self.assert_becomes(True, lambda: self.path.as_uri().lower() in self.told_of())
        self.assertEqual([uri for uri in self.told_of() if not uri.endswith(".py")], [])
        self.neovim.command("help vim.lsp")
        self.assertEqual(self.lua("return require('nextline').status()"), "")

    def told_of(self):
        return [message["params"]["textDocument"]["uri"].lower()
                for message in self.messages("client", "textDocument/didOpen")]

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


if __name__ == "__main__":
    unittest.main()
