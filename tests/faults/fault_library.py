"""What `faults.so` is told, and what it tells: fault_table.h in Python."""

import bisect
import errno
import functools
import pathlib
import re
import struct
import subprocess
import typing

from tests.integration.nextline import BINARY

LIBRARY = BINARY.parent / "libfaults.so"
DEPTH = 6  # Frames that make a site.

# Kinds in the table's order, and how each fails: the first in every run, the others in long ones.
KINDS = {
    "memory": [errno.ENOMEM],
    "map": [errno.ENOMEM, errno.ENODEV],
    "open": [errno.EACCES, errno.EMFILE, errno.EIO],
    "read": [errno.EIO, "short", errno.EINTR],
    "write": [errno.ENOSPC, "short", errno.EIO, errno.EINTR],
    "sync": [errno.EIO],
    "truncate": [errno.ENOSPC],
    "lock": [errno.ENOLCK, errno.EINTR],
    "rename": [errno.EIO, errno.EROFS],
    "remove": [errno.EACCES],
    "folder": [errno.EACCES, errno.ENOSPC],
    "list": [errno.EIO],
    "status": [errno.EIO],
    "thread": [errno.EAGAIN],
    "process": [errno.EAGAIN],
    "socket": [errno.EMFILE, errno.ENOBUFS],
    "receive": [errno.ECONNRESET, "short", errno.EINTR],
    "send": [errno.EPIPE, "short", errno.ENOBUFS],
    "events": [errno.EMFILE],
}
NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
# What is done again by whoever meets it: nobody notices.
HARMLESS = {"short", errno.EINTR}

_HEADER = struct.Struct("<QQ")
_SITE = struct.Struct("<II3Q20Q64s")


class Fault(typing.NamedTuple):
    """Of each call of `kind` at `site` (0: all), `count` are refused from the `first` on."""

    kind: str
    site: int
    how: typing.Union[int, str]
    first: int = 1
    count: int = 1

    def __str__(self):
        how = self.how if isinstance(self.how, str) else errno.errorcode[self.how]
        return f"{self.kind} {self.site:016x} {self.first}+{self.count} {how}"


class Site(typing.NamedTuple):
    kind: str
    hash: int
    calls: int
    faults: int
    frames: tuple
    subject: str


def environment(tables, folders, fault=None, large=None, clock=None):
    """The variables with which a process has the library loaded."""
    variables = {
        "LD_PRELOAD": str(LIBRARY),
        "NEXTLINE_FAULTS_TABLES": str(tables),
        "NEXTLINE_FAULTS_FOLDERS": ":".join(map(str, folders)),
        "NEXTLINE_FAULTS_DEPTH": str(DEPTH),
    }
    if large:
        variables["NEXTLINE_FAULTS_LARGE"] = str(large)
    if clock:
        variables["NEXTLINE_FAULTS_CLOCK"] = str(clock)
    if fault:
        number = NUMBERS.get(fault.kind, -1)
        variables["NEXTLINE_FAULT"] = f"{number} {fault.site:x} {fault.first} {fault.count} {fault.how}"
    return variables


def read_tables(folder):
    """The sites of all processes, the numbers of those that several had added up."""
    sites = {}
    for table in sorted(pathlib.Path(folder).iterdir(), key=lambda path: int(path.name)):
        data = table.read_bytes()
        count, _ = _HEADER.unpack_from(data)
        for number in range(count):
            kind, depth, site, calls, faults, *rest = _SITE.unpack_from(data, _HEADER.size + number * _SITE.size)
            if site == 0:
                continue
            subject = rest[-1].split(b"\0")[0].decode(errors="replace")
            before = sites.get(site)
            calls, faults = calls + (before.calls if before else 0), faults + (before.faults if before else 0)
            sites[site] = Site(list(KINDS)[kind], site, calls, faults, tuple(rest[:depth]), subject)
    return sites


@functools.lru_cache
def _symbols():
    lines = subprocess.run(["nm", "--defined-only", BINARY], check=True, capture_output=True, text=True).stdout
    symbols = sorted((int(address, 16), name) for address, kind, name in map(str.split, lines.splitlines())
                     if kind in "tTwW")
    names = subprocess.run(["c++filt"], input="\n".join(name for _, name in symbols), check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return [address for address, _ in symbols], names


def _shortened(name):
    """A function's name without arguments and namespaces of its own."""
    name = re.sub(r"\[clone [^]]*\]|\(anonymous namespace\)::", "", name)
    depth, kept = 0, ""
    for character in name.replace("operator<", "operator less").replace("operator()", "operator call"):
        depth += character in "<("
        kept += character if depth == 0 else ""
        depth -= character in ">)"
    return kept.replace("nextline::", "").strip()


def callers(site):
    """Who called, the innermost first, without what the library of C++ does between."""
    addresses, names = _symbols()
    callers = []
    for frame in site.frames:
        number = bisect.bisect_right(addresses, frame - 1) - 1
        name = _shortened(names[number]) if number >= 0 else "?"
        if not callers or callers[-1] != name:
            callers.append(name)
    own = [name for name in callers if not re.match(r"(\w+ )?(std|boost|__gnu_cxx|fmt|spdlog)::|_start|main", name)]
    return own or callers


def describe(site):
    """A site for people."""
    return f"{' < '.join(callers(site)[:3])} {site.subject}".strip()
