"""Every command that the documentation prints is run, as printed, from where its reader is: a clone of the repository
in which the program has been built, with `build/release` on the PATH, and a home with nothing in it but models."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from tests.documentation.not_run import LONG, NOT_RUN
from tests.documentation.pages import REPOSITORY, SERVES, commands, tracked_files

RUNS_LONG = os.environ.get("NEXTLINE_LONG_DOCUMENTATION") == "1"
PATIENCE = 3600 if RUNS_LONG else 60  # Seconds for one command.
MODELS = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "nextline/models"


class Reader:
    """A home and a clone, in which commands are typed beside an editor with a server."""

    def __init__(self, folder):
        self.clone = folder / "nextline"
        for name in tracked_files():
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, self.clone / name, follow_symlinks=False)
        (self.clone / "build").symlink_to(REPOSITORY / "build")
        home = folder / "home"
        models = home / ".cache/nextline/models"
        models.mkdir(parents=True)
        for model in MODELS.glob("*.gguf"):
            (models / model.name).symlink_to(model)
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NEXTLINE_", "GIT_"))},
            "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": f"{REPOSITORY / 'build/release'}:{os.environ['PATH']}"}
        self.servers = []
        self.editor = subprocess.Popen(["nextline", "serve"], cwd=self.clone, env=self.environment,
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_servers()
        self.editor.communicate(timeout=PATIENCE)

    def type(self, text):
        """What comes of a command; a server is left running until the end of the page."""
        if SERVES.match(text):
            return self.start(text)
        return subprocess.run(["bash", "-o", "pipefail", "-c", text], cwd=self.clone, env=self.environment, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")

    def start(self, text):
        server = subprocess.Popen(["bash", "-c", "exec " + text], cwd=self.clone, env=self.environment, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.servers.append(server)
        said = ""
        for line in server.stderr:
            said += line
            if "Serving " in line:
                return subprocess.CompletedProcess(text, 0, "", said)
        return subprocess.CompletedProcess(text, server.wait(), "", said)

    def end_servers(self):
        """Their statuses: 0 where a stop ended them in order."""
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
        statuses = []
        for server in self.servers:
            server.communicate(timeout=PATIENCE)
            statuses.append(server.returncode)
        self.servers = []
        return statuses


def but_for_times(answer):
    """What a command says in JSON, and says on every machine."""
    return {name: value for name, value in json.loads(answer).items() if name != "timing"}


class CommandsTest(unittest.TestCase):
    def test_each_does_what_it_says(self):
        with tempfile.TemporaryDirectory() as folder, Reader(pathlib.Path(folder)) as reader:
            page = None
            for command in commands():
                if command.is_form or command.text in NOT_RUN or (command.text in LONG) != RUNS_LONG:
                    continue
                if command.page != page:  # Servers are those of a page.
                    self.assertLessEqual(set(reader.end_servers()), {0}, page)
                    page = command.page
                with self.subTest(str(command)):
                    outcome = reader.type(command.text)
                    self.assertEqual(outcome.returncode, 0, outcome.stdout[-1000:] + outcome.stderr[-1000:])
                    if command.answer:
                        self.assertEqual(but_for_times(outcome.stdout), but_for_times(command.answer))
            self.assertLessEqual(set(reader.end_servers()), {0})
            self.check_pictures(reader)

    def check_pictures(self, reader):
        """What commands draw anew is what is checked in."""
        for path in sorted(REPOSITORY.glob("docs/images/how/*.svg")):
            self.assertEqual((reader.clone / path.relative_to(REPOSITORY)).read_text(), path.read_text(), path)

    def test_what_is_not_run_stands_in_the_documentation(self):
        printed = {command.text for command in commands()}
        self.assertEqual((set(NOT_RUN) | LONG) - printed, set())

    def test_a_form_names_a_command_that_there_is(self):
        program = REPOSITORY / "build/release/nextline"
        reference = subprocess.run([program, "reference"], capture_output=True, check=True, text=True).stdout
        for command in commands():
            words = re.match(r"(?:build/release/)?nextline ([a-z]+)(?: ([a-z]+)(?= [A-Z]|$))?", command.text)
            if not command.is_form or not words:
                continue
            with self.subTest(str(command)):
                self.assertIn(f"\n## nextline {words[1]}\n", reference)


if __name__ == "__main__":
    unittest.main()
