"""An editing session with the real server, and what must hold after it however it ended.

A `Workplace` is a folder with all that a server has: a cache with snapshots and an index of history, a
configuration, a repository. A `Session` opens files, types, asks, accepts, saves and closes.
"""

import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

from scripts.language_client import LanguageClient, OpenDocument, ServerError
from tests.integration.nextline import BINARY
from tests.integration.sample_repository import SampleRepository

PATIENCE = 30  # Seconds after which a server that does not answer hangs.
LARGE = 1 << 17  # Bytes of a large block: with a small model, those that are megabytes with a large one.


class Hang(AssertionError):
    """Something did not come, or did not end."""


class Broken(AssertionError):
    """Something that must hold does not."""


def functions(name, count):
    return "".join(f"def {name}_{n}(value):\n    return value + {n}\n\n\n" for n in range(count))


KEPT = functions("add", 30) + "def add_all(values):\n    "
EDITED = functions("multiply", 40)
LARGE_TEXT = functions("power", 8000)
IMPORTING = "from helpers import twice, Thing\n\n\ndef use(value):\n    thing = Thing(value)\n    return twice("
HELPERS = """def twice(value):
    return value * 2


class Thing:
    def __init__(self, value):
        self.value = value
"""

CONFIGURATION = """\
[refresh]
refresh_pause = 20

[settings]
candidates = 2
"""


class Workplace:
    """Made in `folder`; a copy of the folder `template`, if there is one."""

    def __init__(self, folder, model, template=None):
        self.folder = pathlib.Path(folder)
        self.model = model
        if template:
            shutil.copytree(template, self.folder, symlinks=True)
        self.cache = self.folder / "cache"
        self.repository = self.folder / "repository"
        self.runtime = self.folder / "run"
        self.environment = {
            **os.environ,
            "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.cache),
            "XDG_CONFIG_HOME": str(self.folder / "config"), "XDG_RUNTIME_DIR": str(self.runtime),
        }
        self.environment.pop("NEXTLINE_CATALOGUE", None)

    @property
    def folders(self):
        """Below which files may fail."""
        return [self.cache, self.folder / "config", self.repository, self.runtime, self.folder / "model.gguf"]

    def prepare(self):
        """Has everything made that an earlier day would have left."""
        self.cache.mkdir()
        self.runtime.mkdir(0o700)
        configuration = self.folder / "config/nextline/config.toml"
        configuration.parent.mkdir(parents=True)
        configuration.write_text(CONFIGURATION)
        os.link(self.model, self.folder / "model.gguf")
        repository = SampleRepository(self.repository)
        repository.commit("helpers.py", HELPERS)
        # A segment per update, so that the next one merges.
        for number in range(4):
            repository.commit("edited.py", functions("multiply", 20 + 5 * number))
            if (result := self.run("index", self.repository)).returncode != 0:
                raise Broken(f"No index can be made: {result.stderr}")
        for name, text in {"kept.py": KEPT, "edited.py": EDITED, "large.py": LARGE_TEXT,
                           "importing.py": IMPORTING}.items():
            (self.repository / name).write_text(text)
        with Session(self) as session:
            session.go_through()
            if session.leave() != 0:
                raise Broken(f"A session fails without a fault: {session.logged}")
        (self.repository / "kept.py").write_text(KEPT)
        repository.commit("edited.py", EDITED)  # Something new for the index.
        return self

    def run(self, *arguments, environment=None, timeout=60):
        """Runs a command; its result, whatever that is."""
        command = [BINARY, *map(str, arguments), "--model", self.folder / "model.gguf", "--json"]
        try:
            return subprocess.run(command, env=environment or self.environment, stdin=subprocess.DEVNULL,
                                  cwd=self.folder, capture_output=True, encoding="utf-8", timeout=timeout)
        except subprocess.TimeoutExpired as late:
            raise Hang(f"{arguments[0]} does not end.") from late

    def files(self, pattern):
        return sorted(path for path in self.cache.glob(f"nextline/{pattern}"))

    def abandoned(self):
        """Files that somebody began to write."""
        return self.files("**/*.part")


class Session:
    """A server with an editor's side."""

    def __init__(self, workplace, *arguments, variables=None, share=False, log="log", prefix=()):
        self.workplace = workplace
        self.log = workplace.folder / log
        self.answers = {}  # What was asked: the text that came, or the error.
        self.reused = {}
        command = [*prefix, BINARY, "serve", "--stdio", *([] if share else ["--no-share"]), "--model",
                   workplace.folder / "model.gguf", "--threads", "2", "--verbose", *arguments]
        with self.log.open("wb") as log:
            self.client = LanguageClient([*map(str, command)], cwd=workplace.folder, stderr=log,
                                         env={**workplace.environment, **(variables or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    @property
    def logged(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def has_ended(self):
        return self.client.process.poll() is not None

    def ask(self, name, request):
        """Waits for an answer and notes it; what has ended answers nothing."""
        self.answers[name] = None
        try:
            answer = request()
            deadline = time.monotonic() + PATIENCE
            while not answer.done():
                if self.client.stream_end is not None:
                    return None  # It may have ended between the request and its answer.
                if time.monotonic() > deadline:
                    raise Hang(f"No answer: {name}.")
                concurrent.futures.wait([answer], 0.05)
            result = answer.result()
        except ServerError as error:
            self.answers[name] = error
            return None
        except (ConnectionError, ValueError):
            return None
        self.answers[name] = "answered"
        return result

    def complete(self, name, document, offset, **context):
        result = self.ask(name, lambda: document.complete(offset, **context))
        items = result["items"] if result else []
        if self.answers[name] == "answered":
            self.answers[name] = items[0]["insertText"] if items else ""
        if items:
            self.reused[name] = items[0]["data"]["tokens"]["reused"]
        return items

    def open(self, name):
        path = self.workplace.repository / name
        return OpenDocument(self.client, path.as_uri(), path.read_text())

    def initialize(self):
        folder = {"uri": self.workplace.repository.as_uri(), "name": "repository"}
        params = {"processId": os.getpid(), "capabilities": {}, "workspaceFolders": [folder]}
        about = self.ask("initialize", lambda: self.client.request("initialize", params))
        if about:
            self.client.encoding = about["capabilities"]["positionEncoding"]
        self.client.notify("initialized", {})

    def go_through(self):
        """The whole session but its end. A server that has gone is left alone."""
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._go_through()

    def _go_through(self):
        self.initialize()
        kept = self.open("kept.py")
        kept.move_cursor(len(kept.text))
        self.complete("kept, as it was", kept, len(kept.text))
        kept.insert(len(kept.text), "total = 0\n    ")
        items = self.complete("kept, typed on", kept, len(kept.text))
        if items:
            self.client.request("workspace/executeCommand", items[0]["command"])
            kept.insert(len(kept.text), items[0]["insertText"])
        self.check_text(kept)
        edited = self.open("edited.py")
        edited.insert(edited.text.index("def multiply_9"), "import os\n\n\n")
        self.complete("edited", edited, len(edited.text))
        edited.delete(edited.text.index("def multiply_3"), 40)
        self.complete("edited again", edited, len(edited.text))
        large = self.open("large.py")
        large.insert(len(large.text) // 2, "\nvalue = ")
        self.complete("large", large, len(large.text) // 2)
        self.check_text(edited)
        self.check_text(large)
        importing = self.open("importing.py")
        self.complete("importing", importing, len(importing.text))
        (self.workplace.repository / "kept.py").write_text(kept.text)
        self.client.notify("textDocument/didSave", {"textDocument": {"uri": kept.uri}})
        self.ask("statistics", lambda: self.client.request(
            "workspace/executeCommand", {"command": "nextline.statistics", "arguments": []}))
        self.wait_for_history()
        for document in (kept, large):
            document.close()
        kept = self.open("kept.py")
        self.complete("kept, opened again", kept, len(kept.text))
        self.check_text(kept)
        kept.close()

    def check_text(self, document):
        """What the server has of a document is what the editor has, unless it says that it has lost it."""
        name = f"text of {pathlib.Path(document.uri).name}"
        facts = self.ask(name, lambda: self.client.request(
            "nextline/document", {"textDocument": {"uri": document.uri}}))
        if facts and facts["hash"] != hashlib.sha256(document.text.encode()).hexdigest():
            raise Broken(f"The server has another {name}: {facts}, not {len(document.text)} bytes.")

    def wait_until_exact(self, document):
        """Until the document's cache is as a fresh one would be; tokens computed at the opening, and all."""
        number, deadline = 0, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            report = self.ask("cache", lambda: self.client.request(
                "nextline/cache", {"textDocument": {"uri": document.uri}, "after": number}))
            if not report:
                break
            number = report["number"]
            if all(span["state"] == "exact" for span in report["spans"]):
                return report["encoded"]["opening"]["tokens"], report["prompt"]
        raise Hang(f"The cache of {document.uri} does not become exact: {self.answers}")

    def wait_for_history(self):
        """Until the index has been updated, or that has failed; and for a pause in which idle work is done."""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline and not self.has_ended:
            if re.search(r"The history of|history|repository", self.logged):
                break
            time.sleep(0.01)
        time.sleep(0.1)

    def wait_until_tidy(self):
        """Until what others have begun to write is gone: the index is only updated where nothing else is to be run."""
        deadline = time.monotonic() + PATIENCE
        while self.workplace.abandoned() and time.monotonic() < deadline:
            time.sleep(0.05)

    def leave(self):
        """Ends the session in order; the exit status."""
        with contextlib.suppress(BrokenPipeError, ValueError):
            self.ask("shutdown", lambda: self.client.request("shutdown"))
            self.client.notify("exit")
        return self.wait()

    def wait(self):
        try:
            return self.client.wait(PATIENCE)
        except subprocess.TimeoutExpired as late:
            raise Hang("The server does not end.") from late


def go_through_both(one, other):
    """Two sessions at once."""
    typing = threading.Thread(target=other.go_through)
    typing.start()
    one.go_through()
    typing.join(4 * PATIENCE)
    if typing.is_alive():
        raise Hang("The other editor is not served to its end.")
