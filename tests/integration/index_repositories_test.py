"""`nextline index`: repositories as git makes them, other than a plain clone with a branch."""

import os

from tests.integration.nextline import NextlineTestCase, model_path
from tests.integration.sample_repository import SampleRepository

HUGE = 96 << 20


class IndexOfRepositoriesTest(NextlineTestCase):
    def setUp(self):
        super().setUp()
        self.repository = SampleRepository(self.folder / "repository")

    def index(self, folder):
        return self.succeed("index", folder, "--model", model_path())

    def commit_versions(self, count):
        for number in range(count):
            self.repository.commit("a.py", f"def one():\n    return {number}\n")

    def test_a_repository_without_commits_is_indexed_once_it_has_one(self):
        empty = self.index(self.repository.folder)
        self.assertEqual((empty["documents"], empty["tokens"], empty["complete"]), (0, 0, True))
        self.commit_versions(1)
        self.assertEqual(self.index(self.repository.folder)["documents"], 1)

    def test_a_shallow_clone_is_indexed_as_deep_as_it_is(self):
        self.commit_versions(5)
        clone = self.folder / "clone"
        self.repository.git("clone", "--quiet", "--depth", "2", self.repository.folder.as_uri(), clone)
        report = self.index(clone)
        self.assertEqual((report["commits"], report["files"], report["complete"]), (1, 1, False),
                         "What the older of the two commits changed cannot be told.")
        self.assertEqual(self.index(clone)["commits"], 0)

        self.repository.commit("b.py", "def two():\n    return one()\n")
        self.repository.git("-C", clone, "pull", "--quiet")
        extended = self.index(clone)
        self.assertEqual((extended["files"], extended["commits"], extended["rebuilt"]), (1, 1, False))

    def test_a_submodule_has_an_index_of_its_own(self):
        self.commit_versions(1)
        outer = SampleRepository(self.folder / "outer")
        outer.commit("main.py", "import inner\n")
        outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
                  self.repository.folder.as_uri(), "inner")
        outer.git("commit", "--quiet", "--message", "Take up")

        of_outer = self.index(outer.folder)
        self.assertEqual(of_outer["files"], 1 + 1, "with .gitmodules, without what is in the submodule")
        of_inner = self.index(outer.folder / "inner")
        self.assertEqual((of_inner["files"], of_inner["commits"]), (1, 1))
        self.assertNotEqual(of_inner["folder"], of_outer["folder"])

    def test_worktrees_share_an_index(self):
        self.commit_versions(2)
        worktree = self.folder / "worktree"
        self.repository.git("worktree", "add", "--quiet", "-b", "other", worktree)
        first = self.index(self.repository.folder)
        second = self.index(worktree)
        self.assertEqual((second["folder"], second["commits"]), (first["folder"], 0))

    def test_a_detached_head_is_what_is_indexed(self):
        self.commit_versions(3)
        self.repository.git("checkout", "--quiet", "--detach", "HEAD~1")
        detached = self.index(self.repository.folder)
        self.assertEqual(detached["commits"], 2)
        self.repository.git("checkout", "--quiet", "-")
        self.assertEqual(self.index(self.repository.folder)["commits"], 1)

    def test_a_huge_binary_file_is_left_out_and_not_read(self):
        self.commit_versions(1)
        huge = self.repository.folder / "data.py"
        with open(huge, "wb") as file:
            file.write(b"\0binary")
            os.truncate(file.fileno(), HUGE)
        self.repository.git("add", "data.py")
        self.repository.git("commit", "--quiet", "--message", "Add data")
        report = self.index(self.repository.folder)
        self.assertEqual((report["files"], report["documents"], report["commits"]), (1, 1, 2))
        self.assertEqual(report["left_out"]["too_large"], 2, "at HEAD, and when it was added")
