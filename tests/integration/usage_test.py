"""What is typed wrongly ends with exit status 2 and one sentence."""

import subprocess
import unittest

from tests.integration.nextline import BINARY, NextlineTestCase


class UsageTest(NextlineTestCase):
    def test_wrong_usage_has_exit_status_2(self):
        for arguments, sentence in [
            ([], "subcommand is required"),
            (["no-such-command"], "subcommand|not expected"),
            (["complete"], "POSITION is required"),
            (["complete", "file.py"], "'file.py' is not FILE:LINE:COLUMN"),
            (["complete", "file.py:3"], "is not FILE:LINE:COLUMN"),
            (["complete", "file.py:0:1"], "is not FILE:LINE:COLUMN"),
            (["complete", "file.py:1:-1"], "is not FILE:LINE:COLUMN"),
            (["complete", "file.py:1:99999999999999999999"], "is not FILE:LINE:COLUMN"),
            (["complete", ":1:1"], "is not FILE:LINE:COLUMN"),
            (["complete", "file.py:1:1", "--max-tokens", "0"], "--max-tokens"),
            (["doctor", "--threads", "many"], "--threads"),
            (["doctor", "--device", "tpu"], "must be auto, cpu or cuda:N, not 'tpu'"),
            (["doctor", "--device", "cuda:4294967296"], "must be auto, cpu or cuda:N, not 'cuda:4294967296'"),
            (["serve"], "--stdio, --tcp or --http is required"),
            (["serve", "--tcp", "127.0.0.1"], "'127.0.0.1' is not HOST:PORT"),
            (["serve", "--http", "::1:80"], "'::1:80' is not HOST:PORT"),
            (["serve", "--stdio", "--connections", "0"], "--connections"),
            (["serve", "--stdio", "--stay", "-1"], "--stay"),
            (["serve", "--stdio", "--refresh", "maybe"], "must be on or off, not 'maybe'"),
            (["serve", "--stdio", "--refresh-pause", "-1"], "--refresh-pause"),
            (["serve", "--stdio", "--refresh-pause", "soon"], "--refresh-pause"),
            (["serve", "--stdio", "--refresh-threads", "0"], "--refresh-threads"),
            (["serve", "--stdio", "--refresh-tokens", "-5"], "--refresh-tokens"),
            (["serve", "--stdio", "--refresh-tokens", "4294967296"], "--refresh-tokens"),
            (["complete", "file.py:1:1", "--refresh", "on"], "--refresh"),
            (["serve", "--stdio", "--repair", "some"], "must be all, none, or some of markers"),
            (["serve", "--stdio", "--repair", "markers,"], "not 'markers,'"),
            (["serve", "--stdio", "--repair-tokens", "-1"], "--repair-tokens"),
            (["serve", "--stdio", "--cache-memory", "0"], "--cache-memory"),
            (["serve", "--stdio", "--snapshots", "yes"], "must be on or off, not 'yes'"),
            (["serve", "--stdio", "--snapshot-disk", "much"], "--snapshot-disk"),
            (["serve", "--stdio", "--context-tokens", "0"], "--context-tokens"),
            (["serve", "--stdio", "--with-context"], "--with-context"),
            (["models", "list", "--config", "c.toml"], "--config"),
            (["bench"], "BENCH is required"),
            (["bench", "everything"], "not 'everything'"),
            (["bench", "all", "--context", "0"], "--context"),
            (["bench", "all", "--repetitions", "0"], "--repetitions"),
            (["models"], "subcommand is required"),
            (["doctor", "--no-such-option"], "no-such-option"),
        ]:
            with self.subTest(arguments):
                self.assert_fails(arguments, sentence, status=2)

    def test_help_and_version_go_to_standard_output(self):
        for arguments, text in [
            (["--help"], "Usage: nextline"),
            (["complete", "--help"], "FILE:LINE:COLUMN"),
            (["--version"], "nextline "),
        ]:
            with self.subTest(arguments):
                result = self.run_program(*arguments)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn(text, result.stdout)

    def test_an_answer_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([BINARY, "models", "list"], env=self.environment,
                                    stdout=full, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(result.returncode, 1)
        self.assertIn("could not be written", result.stderr)


if __name__ == "__main__":
    unittest.main()
