"""The server's process: how it is started, what it takes, how it ends."""

import asyncio
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time
import typing

from tests.integration.nextline import BINARY

PATIENCE = 60  # Seconds.
LOOPBACK = "127.0.0.1"
ALONE = "This editor is served by a process of its own."


class Sample(typing.NamedTuple):
    """What the process takes at one moment."""

    edits: int
    seconds: float
    resident: int  # Bytes, those that others share included: they come and go without this process's doing.
    own: int  # Of these, what is in no file: the heap and the caches.
    mapped: int  # Bytes of address space in which files are, be they read or not: which are, the system decides.
    files: int  # Open descriptors.
    threads: int


def mapped_bytes(maps):
    """Of all files, those that have been removed included, by what `/proc/PID/maps` says."""
    total = 0
    for line in maps.splitlines():
        addresses, _, _, _, inode, *_ = line.split()
        first, end = (int(address, 16) for address in addresses.split("-"))
        total += end - first if inode != "0" else 0
    return total


class Server:
    """One `nextline serve`, which relays find, and which listens by TCP and HTTP."""

    def __init__(self, folder, model, options):
        self.folder = folder
        self.runtime = folder / "run"
        self.cache = folder / "cache"
        for made in self.runtime, self.cache, folder / "config":
            made.mkdir(mode=0o700)
        self.environment = {
            **os.environ, "XDG_CACHE_HOME": str(self.cache), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(self.runtime)}
        self.command = [BINARY, "serve", "--model", model, *options]
        self.logs = []
        self.process = None
        self.tcp = self.http = None

    async def start(self):
        # It ends with the soak, even where that is killed.
        command = ["setpriv", "--pdeathsig", "KILL", *map(str, self.command),
                   "--tcp", f"{LOOPBACK}:0", "--http", f"{LOOPBACK}:0"]
        with self.new_log() as log:
            self.process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log)
        self.tcp = await self._address(r"Serving TCP at (\S+):(\d+)\.")
        self.http = await self._address(r"Serving HTTP at http://(\S+):(\d+)/\.")
        await self._wait_for(self.sockets)

    def new_log(self):
        """A file for what a process says on its standard error."""
        self.logs.append(self.folder / f"log {len(self.logs)}.txt")
        return self.logs[-1].open("wb")

    def sockets(self):
        return list(self.runtime.glob("nextline/*.socket"))

    def is_running(self):
        return self.process.poll() is None

    def sample(self, edits, began):
        proc = pathlib.Path(f"/proc/{self.process.pid}")
        rollup = (proc / "smaps_rollup").read_text()
        kilobytes = {name: int(re.search(rf"^{name}:\s*(\d+) kB", rollup, re.MULTILINE)[1])
                     for name in ("Rss", "Anonymous")}
        return Sample(edits, time.monotonic() - began, kilobytes["Rss"] << 10, kilobytes["Anonymous"] << 10,
                      mapped_bytes((proc / "maps").read_text()), len(self.open_files()),
                      len(list((proc / "task").iterdir())))

    def open_files(self):
        """What each descriptor stands for."""
        names = []
        for descriptor in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                names.append(os.readlink(descriptor))
        return sorted(names)

    def processor_seconds(self):
        """That all threads have had, those that have ended as well."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def idle_share(self, seconds):
        """The share of a processor that it takes while nobody wants anything."""
        before, began = self.processor_seconds(), time.monotonic()
        await asyncio.sleep(seconds)
        return (self.processor_seconds() - before) / (time.monotonic() - began)

    async def come_to_rest(self, most_seconds):
        """Waits until it has had no processor time for two seconds; says whether it came to that."""
        deadline = time.monotonic() + most_seconds
        while time.monotonic() < deadline:
            if await self.idle_share(2) < 0.005:
                return True
        return False

    async def end(self):
        """Asks it to end; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        await self._wait_for(lambda: not self.is_running())
        return self.process.returncode

    def kill(self):
        if self.process is not None and self.is_running():
            self.process.kill()
            self.process.wait()

    def relays_that_serve(self):
        """The logs of those that found nobody to serve their editor."""
        return [log for log in self.logs if ALONE in log.read_text(encoding="utf-8")]

    def kept_bytes(self, folder):
        return sum(file.stat().st_size for file in (self.cache / "nextline" / folder).rglob("*") if file.is_file())

    def temporary_files(self):
        """What was begun to be written and was not made a file of its own."""
        return [file for file in (self.cache / "nextline").rglob("*") if file.suffix == ".part"]

    async def _address(self, pattern):
        found = await self._wait_for(lambda: re.search(pattern, self.logs[0].read_text(encoding="utf-8")))
        return found[1].strip("[]"), int(found[2])

    async def _wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError("The server does not do what it is waited for; its log: " +
                                   self.logs[0].read_text(encoding="utf-8"))
            await asyncio.sleep(0.02)
        return result
