"""The archive installed where there is nothing but what its own page asks for."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from scripts.language_client import LanguageClient, OpenDocument
from tests.integration.nextline import TEST_MODEL, model_path
from tests.release.archive import ArchiveTestCase
from tests.release.bare_root import BareRoot

SOURCE = '''def fibonacci(n):
    """Returns the n-th Fibonacci number."""
    if n < 2:
        return n
    return fibonacci(n - 1) +'''


class InstalledTest(ArchiveTestCase):
    """In a root of its own, with a model and without a network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        page = (cls.unpacked / "docs/installing.md").read_text()
        packages = re.search(r"^apt-get install (.*)$", page, re.MULTILINE)[1].split()
        folder = tempfile.mkdtemp(prefix="nextline-root-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.root = BareRoot(folder, packages)
        cls.unpacked.rename(cls.root.folder / "nextline")
        cls.unpacked = cls.root.folder / "nextline"
        models = cls.root.folder / "home/.cache/nextline/models"
        models.mkdir(parents=True)
        try:
            os.link(model_path(), models / f"{TEST_MODEL}.gguf")
        except OSError:  # It lies on another disk.
            shutil.copy(model_path(), models)
        (cls.root.folder / "home/code.py").write_text(SOURCE)

    def run_program(self, *arguments):
        return subprocess.run(self.root.command("/nextline/bin/nextline", *arguments), env=self.root.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def test_the_machine_has_none_of_what_the_archive_brings(self):
        shipped = {path.name for path in (self.unpacked / "lib").iterdir()}
        self.assertTrue(shipped)
        self.assertEqual(shipped & set(self.root.libraries()), set())

    def test_without_its_libraries_it_does_not_start(self):
        alone = self.root.folder / "alone"
        alone.mkdir()
        shutil.copy(self.unpacked / "bin/nextline", alone)
        outcome = subprocess.run(self.root.command("/alone/nextline", "--version"), env=self.root.environment,
                                 capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("error while loading shared libraries", outcome.stderr)

    def test_a_line_is_completed(self):
        outcome = self.run_program("complete", "/home/code.py:5:30", "--model", TEST_MODEL, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("fibonacci(n - 2)", json.loads(outcome.stdout)["text"])

    def test_an_editor_is_served(self):
        client = LanguageClient(
            self.root.command("/nextline/bin/nextline", "serve", "--stdio", "--no-share", "--model", TEST_MODEL,
                              "--least-confidence", "0"),
            env=self.root.environment, stderr=subprocess.DEVNULL)
        self.addCleanup(client.close)
        client.initialize({})
        document = OpenDocument(client, "file:///home/code.py", SOURCE)
        items = document.complete(len(SOURCE)).result()["items"]
        self.assertIn("fibonacci(n - 2)", items[0]["insertText"])
        self.assertEqual(client.shut_down(), 0)

    def test_it_says_what_it_found(self):
        outcome = self.run_program("doctor", "--model", TEST_MODEL, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        json.loads(outcome.stdout)


if __name__ == "__main__":
    unittest.main()
