"""The whole run, from the making of a repository to the end of the server's process."""

import argparse
import asyncio
import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tests.integration.nextline import DEFAULT_MODEL, REPOSITORY, model_path
from tests.soak.connection import Relay, Tcp, WebSocket
from tests.soak.editor import Editor, Gone
from tests.soak.findings import Findings
from tests.soak.report import difference_of_ends, facts_of, growth, table_of, warm
from tests.soak.server import Server
from tests.soak.typist import Typist, work
from tests.soak.workplace import Workplace, read

RANDOM = "random"
SAMPLES = 50  # Moments at which all editors pause, all texts are compared and the process is measured.
MOST_GROWTH = 0.02  # Of memory, from the warm-up to the end.
MOST_IDLE = 0.005  # Of a processor.
PATIENCE_AT_REST = 120  # Seconds in which the server is to come to rest when nobody wants anything.
ENCODINGS = "utf-16", "utf-8", "utf-32", "utf-16"
# So little that what is bounded reaches its bound while the run warms up. Editors set fewer tokens.
LITTLE = {
    RANDOM: ["--context", 2048, "--cache-memory", 4, "--snapshot-disk", 8, "--history-tokens", 20_000,
             "--speculation-memory", 12, "--refresh-pause", 100],
    DEFAULT_MODEL: ["--context", 1024, "--cache-memory", 64, "--snapshot-disk", 128, "--history-tokens", 20_000,
                    "--speculation-memory", 12, "--refresh-pause", 100]}
# Edits; shorter runs tell nothing of memory's growth. What is bounded, and the heap between its parts, fills for some
# 70,000, by 20 MB: with the default model that is 4 % of all, and more than half of it is there by 30,000.
LEAST_FOR_MEMORY = {RANDOM: 300_000, DEFAULT_MODEL: 60_000}
# Seconds. Every three minutes the server may look for commits and read its context anew.
SHORT_IDLE, LONG_IDLE = 20, 360
SNAPSHOT_DISK = "--snapshot-disk"


class Gate:
    """Whoever works is within; shut, it lets nobody in, and those who are within out."""

    def __init__(self):
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._within = 0
        self._nobody = asyncio.Condition()

    async def __aenter__(self):
        await self._is_open.wait()
        self._within += 1

    async def __aexit__(self, *_):
        async with self._nobody:
            self._within -= 1
            self._nobody.notify_all()

    @contextlib.asynccontextmanager
    async def shut(self):
        self._is_open.clear()
        async with self._nobody:
            await self._nobody.wait_for(lambda: self._within == 0)
        yield
        self._is_open.set()


class Desk:
    """What typists share: the workplace, and the editors that hear of its files."""

    def __init__(self, workplace, editors):
        self.workplace, self.editors = workplace, editors

    def files_changed(self, files, kind=2):
        changes = [{"uri": file.as_uri(), "type": kind} for file in files]
        for editor in self.editors:
            editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})

    def reload(self, files):
        """Shows what is on disk in the documents that nobody has changed, as editors do."""
        for editor in self.editors:
            for document in editor.documents:
                if document.file in files and not document.is_dirty and document.file.exists():
                    document.replace_all(read(document.file))
                    document.is_dirty = False


class Run:
    def __init__(self, arguments, folder, findings):
        self.arguments, self.folder, self.findings = arguments, folder, findings
        self.samples = []
        self.seconds = 0.0
        self.idle_share = None
        self.options = [*LITTLE.get(arguments.model, LITTLE[DEFAULT_MODEL]), *arguments.serve]
        self.server = Server(folder, self._model(), [*map(str, self.options)])
        self.workplace = Workplace(folder / "repository", arguments.documents)
        self.gate = Gate()
        self.editors = [self._editor(number) for number in range(arguments.editors)]
        desk = Desk(self.workplace, self.editors)
        self.typists = [Typist(editor, self._files_of(number), desk, arguments.seed)
                        for number, editor in enumerate(self.editors)]

    def _model(self):
        if self.arguments.model != RANDOM:
            return model_path(self.arguments.model)
        path = self.folder / "random.gguf"
        subprocess.run([REPOSITORY / "build/release/random_model", path, model_path(DEFAULT_MODEL)], check=True)
        return path

    def _editor(self, number):
        async def relay():
            with self.server.new_log() as log:
                return await Relay.start(self.server.command, log, env=self.server.environment)

        ways = {"relay": relay, "relay too": relay, "tcp": lambda: Tcp.open(self.server.tcp),
                "web socket": lambda: WebSocket.open(self.server.http)}
        way = list(ways)[number % len(ways)]
        settings = {"maxTokens": 8, "leastConfidence": 0 if self.arguments.model == RANDOM else 0.05}
        editor = Editor(f"{number} ({way})", ENCODINGS[number % len(ENCODINGS)], ways[way], settings, self.findings,
                        is_asked_for_settings=number % 2 == 0)
        editor.folders.append(self.workplace.folder.as_uri())
        return editor

    def _files_of(self, number):
        """Half of the documents, so that each is open in two of four editors."""
        files = self.workplace.files
        return [files[(number + step) % len(files)] for step in range((len(files) + 1) // 2)]

    # The run.

    async def run(self):
        await self.server.start()
        for typist in self.typists:
            typist.open_all()
        await asyncio.gather(*(editor.start() for editor in self.editors))
        self.began = time.monotonic()
        working = [asyncio.create_task(work(typist, self.is_over, self.gate)) for typist in self.typists]
        try:
            await self._measure()
            await asyncio.gather(*working)
        except Gone:
            pass  # It is among the problems.
        finally:
            for task in working:
                task.cancel()
        self.seconds = time.monotonic() - self.began
        if not self.server.is_running():
            return self.findings.problem(f"server: it ended with status {self.server.process.returncode}; its log is "
                                         f"{self.server.logs[0].read_text()[-2000:]}")
        if self.progress() >= 1:
            await self._look_at_rest()
            await self._end()
        return None

    def idle_seconds(self):
        if self.arguments.idle is not None:
            return self.arguments.idle
        return LONG_IDLE if self.tells_growth() else SHORT_IDLE

    def tells_growth(self):
        return self.arguments.edits >= LEAST_FOR_MEMORY.get(self.arguments.model, LEAST_FOR_MEMORY[DEFAULT_MODEL])

    def progress(self):
        """From 0 to 1."""
        shares = [self.findings.counts["edits"] / self.arguments.edits]
        if self.arguments.minutes:
            shares.append((time.monotonic() - self.began) / (60 * self.arguments.minutes))
        return min(max(shares), 1)

    def is_over(self):
        return self.progress() >= 1 or self.findings.is_hopeless or not self.server.is_running()

    async def _measure(self):
        """Now and then, until the end."""
        told = time.monotonic()
        while not self.is_over():
            await asyncio.sleep(0.02)
            if self.progress() >= (len(self.samples) + 1) / SAMPLES:
                await self._pause()
            if time.monotonic() > told + 30:
                told = time.monotonic()
                print(f"soak: {self.findings.counts['edits']} edits, {told - self.began:.0f} s, "
                      f"{self.samples[-1].resident / 2**20 if self.samples else 0:.0f} MiB", file=sys.stderr)
        if self.server.is_running():
            await self._pause()

    async def _pause(self):
        async with self.gate.shut():
            for editor in self.editors:
                for document in editor.documents:
                    editor.verify(document)
                await editor.settle()
            if self.tells_growth():
                for typist in self.typists:
                    await typist.come_home()
                await self.server.come_to_rest(PATIENCE_AT_REST)
            sample = self.server.sample(self.findings.counts["edits"], self.began)
            self.samples.append(sample)
            self.open_files = getattr(self, "open_files", None) or self.server.open_files()

    # At the end.

    async def _look_at_rest(self):
        check, samples = self.findings.check, warm(self.samples)
        came_to_rest = await self.server.come_to_rest(PATIENCE_AT_REST)
        check("idle", came_to_rest, "the server does not come to rest")
        self.idle_share = await self.server.idle_share(self.idle_seconds())
        check("idle", self.idle_share < MOST_IDLE, f"it takes {self.idle_share:.2%} of a processor")
        for what in "own", "mapped":
            grown = growth(samples, what)
            check("memory", not self.tells_growth() or grown < MOST_GROWTH,
                  f"what is {what} grows by {grown:.1%} of what is resident")
        for what in "files", "threads":
            more = difference_of_ends(samples, what)
            check(what, more <= 1, f"{more:.0f} more at the end",
                  **{"first.txt": "\n".join(self.open_files), "last.txt": "\n".join(self.server.open_files())})

    async def _end(self):
        check, server = self.findings.check, self.server
        for editor in self.editors:
            status = await editor.shut_down()
            check("end", status == 0, f"{editor.name} ended with status {status}")
            check("end", not any(document.waiting for document in editor.documents), f"{editor.name} waits still")
        status = await server.end()
        check("end", status == 0, f"the server ended with status {status}")
        check("end", not server.sockets(), f"it left {server.sockets()}")
        check("end", not server.relays_that_serve(), f"{server.relays_that_serve()} served their editors")
        check("disk", not server.temporary_files(), f"it left {server.temporary_files()}")
        budget = int(self.options[len(self.options) - 1 - self.options[::-1].index(SNAPSHOT_DISK) + 1]) << 20
        kept = server.kept_bytes("snapshots")
        check("disk", kept <= budget, f"snapshots take {kept} bytes of {budget}")


def arguments_of(words):
    """Behind a "--" stand options of `nextline serve`."""
    end = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--edits", type=int, default=3000, help="notifications of changes, of all editors together")
    parser.add_argument("--minutes", type=float, help="for which it edits at most")
    parser.add_argument("--model", default=RANDOM, help=f"a model's name, or {RANDOM} (default): a small one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--editors", type=int, default=4)
    parser.add_argument("--documents", type=int, default=6)
    parser.add_argument("--idle", type=float,
                        help=f"seconds for which the server is looked at at rest: {LONG_IDLE} where memory's growth is "
                             f"told, {SHORT_IDLE} elsewhere (default)")
    parser.add_argument("--report", type=pathlib.Path, help="a file for all figures, as JSON")
    parser.add_argument("--failures", type=pathlib.Path, default=REPOSITORY / "build/soak/failures",
                        help="a folder in which what led to a problem is kept")
    return argparse.Namespace(**vars(parser.parse_args(words[:end])), serve=words[end + 1:])


def main():
    arguments = arguments_of(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # So that the server ends, too.
    failures = arguments.failures / f"{arguments.model} {arguments.seed} {int(time.time())}"
    findings = Findings(failures)
    with tempfile.TemporaryDirectory(prefix="nextline-soak-") as folder:
        run = Run(arguments, pathlib.Path(folder), findings)
        try:
            asyncio.run(run.run())
        finally:
            run.server.kill()
            if findings.problems:
                for log in run.server.logs:
                    shutil.copy(log, failures)
    facts = facts_of(run)
    print(table_of(facts))
    if arguments.report:
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    if findings.problems:
        print(f"What led to the problems is in {failures}.")
    return 1 if findings.problems else 0


if __name__ == "__main__":
    sys.exit(main())
