"""A git repository on disk: the documents that are edited, and hundreds of files that differ on a branch."""

import asyncio
import dataclasses
import os
import pathlib
import subprocess
import sysconfig

from tests.integration.nextline import REPOSITORY

FILES = 300  # Beside the documents.
COMMITS = 20  # Before the branch leaves, each of which changes some of them.
BRANCHES = "main", "other"

GREETINGS = '''"""Grüße 🙂 – 挨拶 – привет"""

greetings = {"größe": "grüß dich 🙂", "挨拶": "こんにちは、世界 👋🏽", "язык": "привет"}


def greet(name):
    return greetings[name] + " 🎉"
'''


def read(path):
    """A file's text, its line ends as they are."""
    return pathlib.Path(path).read_bytes().decode()


@dataclasses.dataclass
class Kind:
    """Where a document's text comes from, and how it lies on disk."""

    name: str
    text: str


def kinds(count):
    """Texts of several languages and sizes; from the seventh on they come again under other names."""
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    long = "".join(read(library / name) for name in ("argparse.py", "typing.py", "inspect.py"))
    remark = " 🙂 größer als 世界 "
    lua = read(REPOSITORY / "editor-plugins/neovim/lua/nextline/server.lua")
    ribbon = read(REPOSITORY / "server/playground/page/src/ribbon.js")
    own = [
        Kind("greetings.py", GREETINGS),
        Kind("long.py", "".join(long.splitlines(keepends=True)[:5000])),
        Kind("completer.cc", read(REPOSITORY / "lsp/completion/completer.cc")),
        Kind("ribbon.js", ribbon.replace("/** ", f"/**{remark}").replace("\n", "\r\n")),
        Kind("server.lua", lua.replace("--- ", f"---{remark}")),
        Kind("server.ts", read(REPOSITORY / "editor-plugins/vscode/src/server.ts")),
    ]
    again = (Kind(f"{number}_{own[number % len(own)].name}", own[number % len(own)].text)
             for number in range(len(own), count))
    return [*own, *again][:count]


def module(number, branch):
    """A small file that others import and whose definitions differ from branch to branch."""
    unit = {"main": "metres", "other": "feet"}[branch]
    return (f'"""Measures {number}, in {unit}."""\n\nimport measures_{(number + 1) % FILES}\n\n\n'
            f"def {unit}_of_{number}(value, scale={number}):\n"
            f'    """What {number} is in {unit}."""\n    return value * scale + {number % 7}\n')


class Workplace:
    """The repository, on one of two branches. Also a second folder, for workspaces that have two."""

    def __init__(self, folder, documents):
        self.folder = folder
        self.second_folder = folder.parent / "second"
        self.kinds = kinds(documents)
        self.branch = 0
        self._lock = asyncio.Lock()
        self._make()

    @property
    def files(self):
        return [self.folder / kind.name for kind in self.kinds]

    def original(self, file):
        [text] = (kind.text for kind in self.kinds if kind.name == file.name.removeprefix("renamed_"))
        return text

    async def switch(self):
        """Checks the other branch out, whatever stands in the files; returns those that differ."""
        async with self._lock:
            self.branch = 1 - self.branch
            changed = await self._git("diff", "--name-only", "main", "other")
            await self._git("checkout", "--force", "--quiet", BRANCHES[self.branch])
        return [self.folder / name for name in changed.split("\n") if name]

    def write(self, file, text):
        file.write_text(text, encoding="utf-8", newline="")

    def _make(self):
        self.folder.mkdir()
        self.second_folder.mkdir()
        for number in range(20):
            self.write(self.second_folder / f"second_{number}.py", module(number, "other"))
        self._git_now("init", "--quiet", "--initial-branch", "main")
        for kind in self.kinds:
            self.write(self.folder / kind.name, kind.text)
        for number in range(FILES):
            self.write(self.folder / f"measures_{number}.py", module(number, "main"))
        self._commit("Begin")
        for number in range(COMMITS):
            file = self.folder / f"measures_{number}.py"
            self.write(file, read(file) + f"\n\nlimit_{number} = {number}\n")
            self._commit(f"Limit {number}")
        self._git_now("checkout", "--quiet", "-b", "other")
        for number in range(FILES):
            self.write(self.folder / f"measures_{number}.py", module(number, "other"))
        for kind in self.kinds[::2]:
            self.write(self.folder / kind.name, kind.text.replace("    ", "\t"))
        self._commit("Feet")
        self._git_now("checkout", "--quiet", "main")

    def _commit(self, message):
        self._git_now("add", "--all")
        self._git_now("commit", "--quiet", "--message", message)

    def _command(self, arguments):
        command = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c",
                   "core.autocrlf=false", *arguments]
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        return command, {"cwd": self.folder, "env": environment}

    def _git_now(self, *arguments):
        command, options = self._command(arguments)
        subprocess.run(command, check=True, **options)

    async def _git(self, *arguments):
        command, options = self._command(arguments)
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, **options)
        said, _ = await process.communicate()
        if process.returncode != 0:
            raise OSError(f"{' '.join(command)} ends with {process.returncode}.")
        return said.decode()
