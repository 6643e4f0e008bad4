"""What a machine may be like: a full disk, a home that cannot be written, a clock that jumps, two servers."""

import errno
import json
import re
import shlex
import struct
import subprocess
import threading

from scripts.language_client import ServerError
from tests.faults.checks import Outcome, check_next_start, check_session
from tests.faults.fault_library import Fault
from tests.faults.session import Broken, Session, go_through_both

ALWAYS = 1 << 40
YEAR = 365 * 24 * 3600
PAGE, PAGES_LEFT = 4096, 3  # Of a disk that fills up: less than a segment of the index takes.


def full_disk(bench, name):
    """Nothing can be written from the beginning on."""
    return _always(bench, name, "write", errno.ENOSPC, "the disk is full")


def disk_without_room_for_folders(bench, name):
    return _always(bench, name, "folder", errno.ENOSPC, "the disk is full")


def no_memory_for_large_blocks(bench, name):
    """No large block from the beginning on: the model is not loaded."""
    return _always(bench, name, "memory", errno.ENOMEM, "not enough memory|cannot allocate")


def no_threads(bench, name):
    return _always(bench, name, "thread", errno.EAGAIN, "refuses")


def no_descriptors(bench, name):
    return _always(bench, name, "open", errno.EMFILE, "Too many open files|cannot be")


def _always(bench, name, kind, how, sentence):
    workplace = bench.workplace(name)
    fault = Fault(kind, 0, how, 1, ALWAYS)
    with Session(workplace, variables=bench.variables(workplace, fault)) as session:
        session.go_through()
        outcome = check_session(session, session.leave())
        told = session.logged + "".join(map(str, session.answers.values()))
        if not re.search(sentence, told):
            raise Broken(f"Nobody is told: {told}")
        for line in set(session.logged.split("\n")):
            if session.logged.count(line + "\n") > 20:
                raise Broken(f"The log says it again and again: {line}")
    check_next_start(workplace, bench.expected)
    return outcome


def tiny_disk(bench, name):
    """A real disk that fills up in the middle of a session: it has room for a little more than there is."""
    return _mounted(bench, name, "mount -t tmpfs -o size={size} none {new} && cp -a {cache}/. {new} && "
                    "mount --move {new} {cache}")


def read_only_home(bench, name):
    """The cache and the configuration can be read, and nothing written there."""
    return _mounted(bench, name, "mount --bind {cache} {cache} && mount -o remount,ro,bind {cache}")


def may_mount():
    return subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode == 0


def _mounted(bench, name, mount):
    """A session that sees its cache folder mounted otherwise. Nobody else does."""
    if not may_mount():
        return Outcome("left out", "This user may not mount anything.")
    workplace = bench.workplace(name)
    new = workplace.folder / "new"
    new.mkdir()
    pages = sum(-(-path.stat().st_size // PAGE) for path in workplace.cache.rglob("*") if path.is_file())
    script = mount.format(cache=shlex.quote(str(workplace.cache)), new=shlex.quote(str(new)),
                          size=(pages + PAGES_LEFT) * PAGE)
    prefix = ["unshare", "--mount", "sh", "-c", f'{script} && exec "$@"', "sh"]
    with Session(workplace, prefix=prefix) as session:
        session.go_through()
        outcome = check_session(session, session.leave())
        if outcome.what != "goes on" or not any(isinstance(answer, str) and answer not in ("answered", "")
                                                for answer in session.answers.values()):
            raise Broken(f"It is not said, or nothing is completed: {outcome} {session.answers}")
    check_next_start(workplace, bench.expected)
    return outcome


def jumping_clock(bench, name):
    """The wall clock is years ahead, then years behind, within one session and from one to the next."""
    workplace = bench.workplace(name)
    before = _statistics(workplace)
    clock = workplace.folder / "clock"
    outcome = None
    for at_first, then in ((0, 10 * YEAR), (-20 * YEAR, -19 * YEAR), (-YEAR, 0)):
        clock.write_bytes(struct.pack("<q", at_first))
        with Session(workplace, variables=bench.variables(workplace, clock=clock)) as session:
            jump = threading.Timer(bench.seconds / 3, lambda: _set(clock, then))
            jump.start()
            session.go_through()
            outcome = check_session(session, session.leave())
            jump.join()
            if outcome.what != "goes on, says nothing":
                raise Broken(f"A clock that jumps is met with: {outcome.said}")
    check_next_start(workplace, bench.expected)
    after = _statistics(workplace)
    lost = {day: counts for day, counts in before.items() if after.get(day, {}) != counts and not _grown(
        after.get(day, {}), counts)}
    if lost:
        raise Broken(f"Statistics are lost: {lost}, left are {after}")
    return outcome


def _set(clock, seconds):
    with clock.open("r+b") as file:  # It is mapped: no other file may take its place.
        file.write(struct.pack("<q", seconds))


def _statistics(workplace):
    path = workplace.cache / "nextline/statistics/statistics.json"
    return json.loads(path.read_text())["days"]


def _grown(after, before):
    return all(after.get(language, {}).get(name, 0) >= count
               for language, counts in before.items() for name, count in counts.items())


def two_servers(bench, name):
    """Two servers of their own on one repository, with one cache folder and one index."""
    workplace = bench.workplace(name)
    with Session(workplace) as session, Session(workplace, log="log of the other") as other:
        go_through_both(session, other)
        outcomes = [check_session(one, one.leave()) for one in (session, other)]
        for one, outcome in zip((session, other), outcomes):
            if outcome.what != "goes on, says nothing" or any(
                    isinstance(answer, ServerError) for answer in one.answers.values()):
                raise Broken(f"Two servers disturb each other: {outcome.said} {one.answers}")
    check_next_start(workplace, bench.expected)
    return outcomes[0]


ALL = [full_disk, disk_without_room_for_folders, no_memory_for_large_blocks, no_threads, no_descriptors, tiny_disk,
       read_only_home, jumping_clock, two_servers]
