"""scripts/inventory: nothing is used that is not pinned, licensed and listed."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from scripts.supply.components import Problem, Repository
from scripts.supply.program import linked_libraries
from tests.integration.nextline import BINARY, REPOSITORY, NextlineTestCase

HASH = "--hash=sha256:" + 64 * "0"


class InventoryTest(unittest.TestCase):
    """In a copy of the lists, where something is wrong."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        names = [*Repository(REPOSITORY).lists(), "docs/dependencies.md", "scripts/bootstrap", "scripts/supply/facts.toml",
                 "server/models/catalogue.cc", "server/models/catalogue.h"]
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, self.folder / name)

    def check(self):
        return subprocess.run([sys.executable, REPOSITORY / "scripts/inventory", "--check", "--root", self.folder],
                              capture_output=True, text=True, check=False)

    def append(self, name, text):
        with open(self.folder / name, "a") as file:
            file.write(text)

    def replace(self, name, old, new):
        text = (self.folder / name).read_text()
        self.assertIn(old, text)
        (self.folder / name).write_text(text.replace(old, new, 1))

    def assert_complains(self, sentence):
        outcome = self.check()
        self.assertEqual(outcome.returncode, 1, outcome.stdout)
        self.assertIn(sentence, outcome.stderr)

    def test_the_repository_itself_is_as_it_should_be(self):
        outcome = subprocess.run([REPOSITORY / "scripts/inventory", "--check"], capture_output=True, text=True, check=False)
        self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))
        self.assertEqual(self.check().stderr, "")

    def test_a_package_without_a_hash(self):
        self.append("tests/metrics/requirements.txt", "attrs==26.1.0\n")
        self.assert_complains("attrs has no hash")

    def test_a_package_without_a_version(self):
        self.append("tests/metrics/requirements.txt", f"attrs>=26 {HASH}\n")
        self.assert_complains("does not name one version")

    def test_a_package_whose_licence_nobody_knows(self):
        self.append("tests/metrics/requirements.txt", f"unheard-of==1.0 {HASH}\n")
        self.assert_complains("the licence of unheard-of is not in")

    def test_a_package_that_the_page_lacks(self):
        self.append("tests/metrics/requirements.txt", f"attrs==26.1.0 {HASH}\n")
        self.assert_complains("docs/dependencies.md is not what the lists say")

    def test_a_locked_package_without_a_hash(self):
        self.replace("lsp/syntax/grammars/package-lock.json", '"integrity"', '"integrated"')
        self.assert_complains("has no hash")

    def test_a_list_that_nobody_knows(self):
        self.append("more_requirements.txt", f"attrs==26.1.0 {HASH}\n")
        self.assert_complains("is not in scripts/supply/facts.toml")

    def test_a_package_of_debian_that_nobody_knows(self):
        self.replace("scripts/bootstrap", "ninja-build", "ninja-build unheard-of")
        self.assert_complains("the licence of unheard-of is not in")

    def test_a_model_without_a_hash(self):
        self.replace("server/models/catalogue.cc", ".sha256 = \"", ".sha256 = \"x")
        self.assert_complains("has no hash or no licence")

    def test_a_script_that_installs_without_hashes(self):
        (self.folder / "scripts/careless").write_text("#!/bin/sh\npip install attrs\n")
        self.assert_complains("scripts/careless installs without hashes")


class ProgramTest(NextlineTestCase):
    def test_it_is_linked_with_nothing_that_is_not_listed(self):
        facts = Repository(REPOSITORY).facts
        libraries = linked_libraries(facts, BINARY)
        self.assertEqual(sorted(libraries), sorted(facts["shipped_libraries"]))
        less = {name: package for name, package in facts["shipped_libraries"].items() if "fmt" not in name}
        with self.assertRaisesRegex(Problem, "libfmt"):
            linked_libraries({**facts, "shipped_libraries": less}, BINARY)

    def test_its_models_are_those_of_the_inventory(self):
        listed = {component.name: dict(component.hashes)["sha256"] for component in Repository(REPOSITORY).components()
                  if component.kind == "model"}
        told = self.succeed("models", "list")["models"]
        self.assertEqual({model["name"]: model["sha256"] for model in told}, listed)
