"""The fixture of the integration tests: a program, a cache directory and a working directory."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("NEXTLINE_BINARY", REPOSITORY / "build/release/nextline")).resolve()
TEST_MODEL = "smollm2-135m-instruct-q4_1"
DEFAULT_MODEL = "qwen2.5-coder-0.5b-instruct-q4_k_m"  # It can fill in the middle, the other cannot.


def model_path(name=TEST_MODEL):
    """A fetched model in the user's own cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    path = pathlib.Path(cache) / "nextline/models" / f"{name}.gguf"
    if not path.exists():
        raise AssertionError(f"These tests need the model {name}: nextline models fetch {name}")
    return path


class NextlineTestCase(unittest.TestCase):
    """Runs the program with a cache directory and a working directory of the test's own."""

    binary = BINARY

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.cache = self.folder / "cache"
        self.models = self.cache / "nextline/models"
        self.environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "no_proxy": "127.0.0.1",
        }
        self.environment.pop("NEXTLINE_CATALOGUE", None)

    def write(self, name, content):
        """Writes a file into the working directory."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def start(self, *arguments):
        """Starts the program and does not wait for it."""
        process = subprocess.Popen(
            [self.binary, *map(str, arguments)],
            cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.addCleanup(self._end, process)
        return process

    def run_program(self, *arguments):
        return subprocess.run(
            [self.binary, *map(str, arguments)],
            cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", timeout=300)

    def succeed(self, *arguments):
        """Runs a command that must succeed, and returns its JSON object."""
        result = self.run_program(*arguments, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("\n"), 1, "one JSON object on one line")
        return json.loads(result.stdout)

    def assert_fails(self, arguments, sentence, status=1):
        """The command fails with one sentence that matches, told to people and in JSON alike."""
        plain = self.run_program(*arguments)
        self.assertEqual(plain.returncode, status, plain.stderr)
        self.assertEqual(plain.stdout, "")
        last_line = plain.stderr.rstrip("\n").split("\n")[-1]
        self.assertRegex(last_line, re.compile(r"^nextline: .*" + sentence))

        with_json = self.run_program(*arguments, "--json")
        self.assertEqual(with_json.returncode, status)
        self.assertRegex(json.loads(with_json.stdout)["error"], sentence)
        return plain

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()
