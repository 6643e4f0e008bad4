"""`nextline serve --remote` with llama.cpp's own server and the default model: `make test-long`"""

import contextlib
import json
import pathlib
import subprocess
import sys
import time
import unittest
import urllib.request

from scripts.language_client import PATIENCE
from tests.integration.completion_server import free_port
from tests.integration.nextline import DEFAULT_MODEL, model_path
from tests.integration.serve_remote_test import AUTOMATIC, RemoteTestCase

PROGRAM = pathlib.Path(__file__).with_name("llama_cpp_server.py")
TEXT = '''def fibonacci(n):
    """Returns the n-th Fibonacci number."""
    if n < 2:
        return n
    return fibonacci(n - 1) +
'''
PLACE = len(TEXT) - 1
LOADING = 120  # Seconds that a busy machine may take for it.


class LlamaServer:
    """A process of its own, which can be killed and come back where it was."""

    def __init__(self, log):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, PROGRAM, model_path(DEFAULT_MODEL), str(self.port)],
                                        stdout=subprocess.PIPE, stderr=self.log)
        deadline = time.monotonic() + LOADING
        while not self.is_there():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("llama.cpp's server does not come.")
            time.sleep(0.05)

    def is_there(self):
        with contextlib.suppress(OSError):
            return self.get("/health")["status"] == "ok"
        return False

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def is_generating(self):
        return any(slot["is_processing"] for slot in self.get("/slots"))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class LlamaCppTest(RemoteTestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = open("/dev/null", "wb")
        cls.addClassCleanup(cls.log.close)
        cls.server = LlamaServer(cls.log)
        cls.addClassCleanup(lambda: cls.server.kill())

    def served(self, protocol, *more):
        return self.serve("--remote", self.server.url, "--remote-api", protocol, "--remote-model",
                          "qwen2.5-coder-0.5b", "--remote-pause", 0, "--no-look-ahead", "--remote-timeout", 60,
                          "--remote-total-timeout", 120, *more)

    def test_a_line_is_completed_by_infill(self):
        document = self.open(self.served("infill"), TEXT)
        self.assertEqual(self.suggest(document, PLACE).strip(), "fibonacci(n - 2)")

    def test_and_by_v1_completions(self):
        document = self.open(self.served("openai"), TEXT)
        self.assertEqual(self.suggest(document, PLACE).strip(), "fibonacci(n - 2)")

    def test_how_sure_it_is_is_known(self):
        for protocol in ("infill", "openai"):
            client = self.served(protocol, "--least-confidence", 1)
            self.assertEqual(self.suggest(self.open(client, TEXT), PLACE), "")
            self.assertRegex(self.why_nothing(client), r"only \d+ % sure")

    def test_it_stops_when_nobody_waits_any_more(self):
        for protocol in ("infill", "openai"):
            client = self.served(protocol, "--max-tokens", 1000, "--extent", "block")
            document = self.open(client, "# A list of all numbers from 1 to 1000\nNUMBERS = [\n    1,\n    2,\n    3,\n")
            answer = document.complete(len(document.text), **AUTOMATIC)
            self.wait_until(self.server.is_generating)
            client.notify("$/cancelRequest", {"id": answer.id})
            self.wait_until(lambda: not self.server.is_generating())

    def test_it_is_killed_while_it_speaks_and_comes_back(self):
        for protocol in ("infill", "openai"):
            client = self.served(protocol, "--max-tokens", 1000, "--extent", "block")
            document = self.open(client, "# A list of all numbers from 1 to 1000\nNUMBERS = [\n    1,\n    2,\n    3,\n")
            answer = document.complete(len(document.text), **AUTOMATIC)
            self.wait_until(self.server.is_generating)
            self.server.kill()
            text = "".join(item["insertText"] for item in answer.result()["items"])
            self.assertFalse(text.endswith("\n"))
            other = self.open(client, TEXT, "b.py")
            for key in range(3):
                other.insert(0, "\n")
                self.assertEqual(self.suggest(other, PLACE + key + 1), "")
            self.assertEqual(len(self.warnings(client)), 1, self.warnings(client))
            self.server.start()

            def is_back():
                other.insert(0, "\n")
                return self.suggest(other, len(other.text) - 1).strip() == "fibonacci(n - 2)"
            self.wait_until(is_back)
            self.assertEqual(len(self.warnings(client)), 1, self.warnings(client))
            self.assertEqual(client.shut_down(), 0)


if __name__ == "__main__":
    unittest.main()
