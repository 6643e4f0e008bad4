"""`nextline index`: the index over a repository's files and history."""

import pathlib
import signal
import time
import unittest

from tests.integration.nextline import NextlineTestCase, model_path
from tests.integration.sample_repository import SampleRepository

FIELDS = {"repository", "folder", "documents", "tokens", "bytes", "bytes_per_token", "segments", "commits", "files",
          "added", "removed", "read_s", "tokenize_s", "index_s", "rebuilt", "complete", "left_out"}


class IndexTest(NextlineTestCase):
    def setUp(self):
        super().setUp()
        self.repository = SampleRepository(self.folder / "repository")
        self.repository.commit("a.py", "def one():\n    return 1\n")
        self.repository.commit("a.py", "def one():\n    return 2\n")

    def index(self, *arguments):
        return self.succeed("index", self.repository.folder, "--model", model_path(), *arguments)

    @property
    def segments(self):
        return sorted(self.cache.glob("nextline/history/*/*.segment"))

    def test_an_index_is_built_and_then_extended(self):
        first = self.index()
        self.assertEqual(set(first), FIELDS)
        self.assertEqual((first["files"], first["added"], first["removed"], first["commits"]), (1, 2, 1, 2))
        self.assertEqual((first["documents"], first["segments"], first["complete"]), (4, 1, True))
        self.assertEqual(first["bytes"], self.segments[0].stat().st_size)
        self.assertTrue(pathlib.Path(first["folder"]).is_relative_to(self.cache / "nextline/history"))

        second = self.index()
        self.assertEqual((second["files"], second["commits"], second["documents"]), (0, 0, 4))

        self.repository.commit("b.py", "def two():\n    return one()\n")
        third = self.index()
        self.assertEqual((third["files"], third["commits"], third["rebuilt"]), (1, 1, False))
        self.assertGreater(third["tokens"], first["tokens"])

    def test_people_are_told_in_two_lines(self):
        result = self.run_program("index", self.repository.folder, "--model", model_path())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^\d+ tokens of 4 documents, 0\.0 MB: /.*\n$")
        self.assertRegex(result.stderr, r"^Read 1 files and 2 commits in \d+\.\d s\.\n$")

    def test_a_damaged_index_is_built_anew(self):
        self.index()
        self.segments[0].write_bytes(b"damaged")
        again = self.index()
        self.assertTrue(again["rebuilt"])
        self.assertEqual(again["documents"], 4)

    def test_what_is_secret_is_left_out(self):
        self.repository.commit(".env", "TOKEN=1\n")
        report = self.index()
        self.assertEqual(report["documents"], 4)
        self.assertEqual(report["left_out"]["secret"], 2, "at HEAD, and when it was added")

    def test_the_oldest_commits_are_left_out_where_there_are_more_tokens(self):
        for number in range(40):
            self.repository.commit("a.py", "".join(f"value_{number}_{line} = {line}\n" for line in range(20)))
        report = self.index("--tokens", 2000)
        self.assertFalse(report["complete"])
        self.assertLessEqual(report["tokens"], 2000)

    def test_an_interrupted_call_is_continued_by_the_next(self):
        for number in range(30):
            self.repository.commit("a.py", "".join(f"value_{number}_{line} = call()\n" for line in range(10_000)))
        process = self.start("index", self.repository.folder, "--model", model_path())
        deadline = time.monotonic() + 60
        while not self.segments and process.poll() is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        if process.returncode == 0:
            self.skipTest("It was done before it was interrupted.")
        self.assertIn("the next call goes on where it ended", errors)
        rest = self.index()
        self.assertFalse(rest["rebuilt"])
        self.assertLess(rest["commits"], 32)

    def test_what_is_no_repository_is_said_so(self):
        self.assert_fails(["index", self.folder, "--model", model_path()], "is not in a git repository")
        self.assert_fails(["index"], "REPOSITORY is required", status=2)
        self.assert_fails(["index", self.folder, "--tokens", "few"], "--tokens", status=2)
        self.assert_fails(["index", self.repository.folder], "is not on this machine")


if __name__ == "__main__":
    unittest.main()
