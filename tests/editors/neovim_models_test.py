"""Neovim's plugin where models are missing: it asks, fetches and can be told to stop."""

import hashlib
import json
import re
import tempfile
import threading
import time
import unittest

from tests.editors.neovim_with_plugin import PluginTestCase, in_each_neovim
from tests.editors.oracle import SOURCE
from tests.integration.loopback_server import Behaviour, serving
from tests.integration.nextline import DEFAULT_MODEL, TEST_MODEL, model_path

del PluginTestCase  # It is a fixture, not a test.


@in_each_neovim
class Models:
    """A user whose cache is empty; the model comes from a catalogue of the test's."""

    is_shared = False
    with_model = False
    options = {"model": TEST_MODEL}
    before_setup = """
    questions = {}
    select_with_keys = vim.ui.select
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

    def test_nothing_waits_for_enter_behind_the_answer(self):
        self.neovim.ui_attach(120, 24)
        self.lua("""
            vim.ui.select = select_with_keys
            vim.notify = function(message) vim.api.nvim_echo({ { message } }, true, {}) end
        """)
        self.second_half.set()
        self.open(SOURCE, wait=False)
        mode = lambda: self.neovim.api.get_mode()["mode"]
        self.assert_becomes("c", mode, "It does not ask.")
        self.neovim.input("1<CR>")
        self.assert_becomes(True, lambda: mode() != "c")
        for _ in range(10):
            self.assertEqual(mode(), "n", "Something is to be sent away with <Enter>.")
            time.sleep(0.05)
        self.assert_becomes(True, self.is_served)

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
        self.assert_becomes(["Nextline: The model is not on this machine; `:Nextline fetch` fetches it."],
                            lambda: self.said()[-1:])

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
        self.assert_becomes(True, lambda: "There is no model named 'nothing'" in "".join(self.said()))


if __name__ == "__main__":
    unittest.main()
