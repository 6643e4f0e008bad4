"""What is in the archive, and that the same goes in wherever it is made."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import unittest
import zipfile

from scripts.supply.components import Repository
from scripts.supply.documents import ABOUT_ALL
from scripts.supply.program import needed_by
from tests.integration.nextline import REPOSITORY
from tests.release.archive import ArchiveTestCase


class ContentsTest(ArchiveTestCase):
    def test_all_is_there(self):
        for name in ("bin/nextline", "lib/libgit2.so.1.5", "LICENSE", "README.md", "SHA256SUMS", "docs/installing.md",
                     "docs/dependencies.md", "docs/editors/neovim.md", "editor-plugins/nextline.vsix",
                     "editor-plugins/neovim/plugin/nextline.lua", "nextline.spdx.json"):
            self.assertTrue((self.unpacked / name).is_file(), name)

    def test_the_sums_are_those_of_all_files(self):
        sums = dict(line.split("  ", 1)[::-1] for line in (self.unpacked / "SHA256SUMS").read_text().splitlines())
        self.assertEqual(sorted(sums), [name for name in self.files() if name != "SHA256SUMS"])
        for name, expected in sums.items():
            self.assertEqual(hashlib.sha256((self.unpacked / name).read_bytes()).hexdigest(), expected, name)

    def test_entries_say_nothing_of_who_made_them(self):
        self.assertEqual([entry.name for entry in self.entries], sorted(entry.name for entry in self.entries))
        for entry in self.entries:
            self.assertEqual((entry.uid, entry.gid, entry.uname, entry.gname), (0, 0, "", ""), entry.name)
            self.assertEqual(entry.mode, 0o755 if "/bin/" in entry.name else 0o644, entry.name)
            self.assertEqual(entry.mtime, self.entries[0].mtime, entry.name)

    def test_the_program_knows_no_folder_of_the_machine(self):
        program = (self.unpacked / "bin/nextline").read_bytes()
        for folder in (REPOSITORY, pathlib.Path.home() / ".cache", pathlib.Path.home() / ".npm"):
            self.assertNotIn(f"{folder}/".encode(), program)

    def test_the_inventory_has_every_library_and_every_licence(self):
        document = json.loads((self.unpacked / "nextline.spdx.json").read_text())
        listed = {file["fileName"].removeprefix("./"): {each["algorithm"]: each["checksumValue"] for each in file["checksums"]}
                  for file in document["files"]}
        self.assertEqual(sorted(listed), [name for name in self.files() if name not in ABOUT_ALL])
        for name in listed:
            content = (self.unpacked / name).read_bytes()
            self.assertEqual(listed[name]["SHA256"], hashlib.sha256(content).hexdigest(), name)
        packages = {package["SPDXID"]: package for package in document["packages"]}
        self.assertEqual(len(packages), len(document["packages"]))
        for relationship in document["relationships"]:
            for end in ("spdxElementId", "relatedSpdxElement"):
                self.assertIn(relationship[end], {*packages, "SPDXRef-DOCUMENT", *(file["SPDXID"] for file in document["files"])})
        contained = [packages[each["relatedSpdxElement"]] for each in document["relationships"]
                     if each["relationshipType"] == "CONTAINS" and each["relatedSpdxElement"] in packages]
        self.assertGreater(len(contained), 40)
        for package in contained:
            self.assertIn("versionInfo", package, package["name"])
            folder = self.unpacked / "licences" / package["name"].replace("/", "-").removeprefix("@")
            self.assertTrue(folder.is_dir() and any(folder.iterdir()), f"there is no licence of {package['name']}")

    def test_what_the_program_is_linked_with_is_shipped_or_asked_for(self):
        facts = Repository(REPOSITORY).facts
        for file in [self.unpacked / "bin/nextline", *(self.unpacked / "lib").iterdir()]:
            for name in needed_by(file):
                self.assertTrue(name in facts["machine_libraries"] or (self.unpacked / "lib" / name).exists(),
                                f"{file.name} needs {name}")

    def test_the_extension_has_one_time_and_no_server(self):
        with zipfile.ZipFile(self.unpacked / "editor-plugins/nextline.vsix") as extension:
            names = extension.namelist()
            self.assertEqual(len({entry.date_time for entry in extension.infolist()}), 1)
        self.assertIn("extension/dist/extension.js", names)
        self.assertEqual([name for name in names if "/bin/" in name], [])


class AgainTest(ArchiveTestCase):
    def test_packed_again_elsewhere_it_is_the_same(self):
        """Only packing is done again: scripts/test --long builds everything in two folders."""
        other = self.folder / "ein anderer Ordner"
        names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY,
                               capture_output=True, text=True, check=True).stdout.split("\0")
        for name in filter(None, names):
            if (REPOSITORY / name).is_file():
                (other / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / name, other / name)
        subprocess.run(["git", "init", "--quiet", other], check=True)
        (other / "build/release").mkdir(parents=True)
        shutil.copy(REPOSITORY / "build/release/nextline", other / "build/release")
        document = json.loads((self.unpacked / "nextline.spdx.json").read_text())
        commit = document["packages"][0]["sourceInfo"].removeprefix("Built from the commit ").removesuffix(".")
        environment = {**os.environ, "NEXTLINE_COMMIT": commit, "SOURCE_DATE_EPOCH": str(self.entries[0].mtime),
                       "TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8"}
        again = subprocess.run(["sh", "-c", "umask 077; exec scripts/release"], cwd=other, env=environment,
                               capture_output=True, text=True, check=False)
        self.assertEqual(again.returncode, 0, again.stderr)
        first, second = self.archive.read_bytes(), pathlib.Path(again.stdout.strip()).read_bytes()
        self.assertTrue(first == second, f"{self.archive} and {again.stdout.strip()} differ")


if __name__ == "__main__":
    unittest.main()
