"""The fixture of the tests of `nextline serve`: a server, an editor's side of it, and an oracle."""

import contextlib
import pathlib
import time
import typing

from scripts.language_client import PATIENCE, LanguageClient, OpenDocument, ServerError
from tests.integration.nextline import NextlineTestCase, model_path

PYTHON = '''def fibonacci(n):
    """Returns the n-th Fibonacci number."""
    if n < 2:
        return n
    return fibonacci(n - 1) +'''


def functions(count):
    """A text of some 16 tokens a function."""
    return "".join(f"def multiply_by_{n}(x):\n    return x * {n}\n\n\n" for n in range(count))


# Some 3000 tokens: the model is busy with them while messages come and go.
LONG = functions(150) + "def multiply_by_150(x):\n"


def place_of(text, offset):
    """LINE:COLUMN as the command line counts."""
    return f"{text.count(chr(10), 0, offset) + 1}:{offset - text.rfind(chr(10), 0, offset)}"


class Activity(typing.NamedTuple):
    awake: bool  # Whether a thread runs, or would if there were a processor for it.
    times: dict  # The processor time that each thread has had, in nanoseconds.


def activity_of(process_id):
    awake, times = False, {}
    for thread in pathlib.Path(f"/proc/{process_id}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # It has just ended.
            # Behind the name, which may contain anything, stands the state.
            awake |= (thread / "stat").read_text().rpartition(")")[2].split()[0] != "S"
            times[thread.name] = int((thread / "schedstat").read_text().split()[0])
    return Activity(awake, times)


def inserted(result):
    """The text that the answer of a completion request would insert; empty if it has no item."""
    return result["items"][0]["insertText"] if result["items"] else ""


class ServedTestCase(NextlineTestCase):
    """Starts servers, which end with the test, and compares what they say with the oracle."""

    # What servers keep of their caches when a text changes. What they keep by themselves was computed
    # before an edit above it, so that what they say then can differ from the oracle.
    reuse = ("--reuse", "prefix")
    snapshots = "off"  # Only tests of snapshots are to find what an earlier server kept.

    def setUp(self):
        super().setUp()
        self.logs = {}  # The file with each client's server's standard error.

    def serve(self, *arguments, model=None, **process_options):
        """Starts a server and says nothing to it yet."""
        command = [self.binary, "serve", "--stdio", "--no-share", "--model", model or model_path(), *self.reuse,
                   "--snapshots", self.snapshots, *arguments]
        path = self.folder / f"log {len(self.logs)}"
        with path.open("wb") as log:
            client = LanguageClient([*map(str, command)], cwd=self.folder, env=self.environment, stderr=log,
                                    **process_options)
        self.logs[client] = path
        self.addCleanup(client.close)
        self.addCleanup(lambda: self.assertFalse(client.stream_end))
        return client

    def serve_initialized(self, *arguments, model=None, capabilities=None, **process_options):
        client = self.serve(*arguments, model=model, **process_options)
        client.initialize(capabilities or {})
        return client

    def open(self, client, text, name="a.py"):
        return OpenDocument(client, f"file:///{name}", text)

    def complete(self, document, offset=None):
        """Returns the text and the tokens of the completion there; at the end if no place is given."""
        result = document.complete(len(document.text) if offset is None else offset).result()
        return inserted(result), result["items"][0]["data"]["tokens"]

    def wait_until_idle(self, client, quiet=0.5):
        """Returns when no thread of the server has run, nor wanted to, for `quiet` seconds.

        That must be longer than the pause after which the server begins to compute by itself. On a machine
        that is busy with others, threads that have something to do wait for a processor: they do not sleep.
        """
        deadline = time.monotonic() + PATIENCE
        last, since = None, time.monotonic()
        while time.monotonic() - since < quiet:
            self.assertLess(time.monotonic(), deadline, "The server does not come to rest.")
            if (activity := activity_of(client.process.pid)) != last or activity.awake:
                last, since = activity, time.monotonic()
            time.sleep(0.01)

    def logged(self, client):
        """What the server has written to standard error."""
        return self.logs[client].read_text(encoding="utf-8")

    def expected(self, text, offset=None, *arguments):
        """What `nextline complete` says at this place: the oracle."""
        offset = len(text) if offset is None else offset
        path = self.write("oracle.py", text)
        answer = self.succeed("complete", f"{path}:{place_of(text, offset)}", "--model", model_path(), *arguments)
        return answer["text"] if answer["text"].strip() else ""

    def assert_completes(self, client, name="still.py"):
        """A document that is opened now is completed."""
        document = self.open(client, PYTHON, name)
        self.assertEqual(inserted(document.complete(len(PYTHON)).result()).strip(), "fibonacci(n - 2)")

    def assert_error(self, answer, code, sentence):
        with self.assertRaisesRegex(ServerError, sentence) as raised:
            answer.result()
        self.assertEqual(raised.exception.code, code)
