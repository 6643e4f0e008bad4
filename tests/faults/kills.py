"""Processes killed at random moments of a session, by SIGKILL."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

from tests.faults import fault_library
from tests.faults.checks import Outcome, check_next_start, last_line
from tests.faults.session import PATIENCE, Broken, Hang, Session
from tests.integration.nextline import BINARY


def _processes_of(workplace):
    """Those that have loaded the library for this workplace and still run: command lines by number."""
    found = {}
    for table in (workplace.folder / "tables").iterdir():
        with contextlib.suppress(OSError):
            words = pathlib.Path(f"/proc/{table.name}/cmdline").read_bytes().split(b"\0")
            if words[0] and f"XDG_CACHE_HOME={workplace.cache}".encode() in pathlib.Path(
                    f"/proc/{table.name}/environ").read_bytes():
                found[int(table.name)] = words
    return found


def _kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def kill_server(bench, name, after):
    """A server that one editor has started, `after` so many seconds."""
    workplace = bench.workplace(name)
    with Session(workplace) as session:
        timer = threading.Timer(after, session.client.process.kill)
        timer.start()
        session.go_through()
        session.leave()
        timer.join()
    check_next_start(workplace, bench.expected)
    return Outcome("killed", "")


def kill_shared_server(bench, name, after, which="--background"):
    """The server that two editors share, or one editor's relay."""
    workplace = bench.workplace(name)
    variables = bench.variables(workplace)
    arguments = ("--stay", "0")
    try:
        with Session(workplace, *arguments, variables=variables, share=True) as session, \
                Session(workplace, *arguments, variables=variables, share=True, log="log of the other") as other:
            def kill():
                for process, words in _processes_of(workplace).items():
                    if process != other.client.process.pid and (b"--background" in words) == (which == "--background"):
                        _kill(process)
            timer = threading.Timer(after, kill)
            timer.start()
            typing = threading.Thread(target=other.go_through)
            typing.start()
            session.go_through()
            typing.join(4 * PATIENCE)
            if typing.is_alive():
                raise Hang("The other editor is not served to its end.")
            session.leave()
            status = other.leave()
            timer.join()
            log = other.logged
            if status not in (0, 1) or "terminate" in log or (status == 1 and not log.rstrip().endswith(".")):
                raise Broken(f"The other editor's process ended with status {status}: {log[-600:]}")
            if which != "--background" and status != 0:
                raise Broken(f"The other editor is not served any more: {last_line(log)}")
        # Another pair of editors meets no socket and no lock of who has gone.
        with Session(workplace, *arguments, variables=variables, share=True) as session:
            session.initialize()
            kept = session.open("kept.py")
            session.complete("kept.py", kept, len(kept.text))
            if session.leave() != 0 or not isinstance(session.answers["kept.py"], str):
                raise Broken(f"After it, editors are not served: {session.answers} {session.logged}")
            if "process of its own" in session.logged:
                raise Broken(f"After it, editors share nothing: {session.logged}")
    finally:
        deadline = time.monotonic() + PATIENCE
        while (left := _processes_of(workplace)) and time.monotonic() < deadline:
            time.sleep(0.01)
        for process in left:
            _kill(process)
    if left:
        raise Hang(f"These do not end: {left}")
    check_next_start(workplace, bench.expected)
    return Outcome("killed", "")


def kill_relay(bench, name, after):
    return kill_shared_server(bench, name, after, which="relay")


def kill_index(bench, name, after):
    """`nextline index`, which takes a fraction of a session's time."""
    workplace = bench.workplace(name)
    process = subprocess.Popen(
        [BINARY, "index", workplace.repository, "--model", workplace.folder / "model.gguf"],
        env=workplace.environment, cwd=workplace.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    time.sleep(after / 10)
    process.kill()
    process.wait()
    check_next_start(workplace, bench.expected)
    return Outcome("killed", "")


def kill_at(bench, name, site, call):
    """A server that is killed by a call of its own: half of a write done, right before a rename."""
    workplace = bench.workplace(name)
    fault = fault_library.Fault(site.kind, site.hash, "kill", call)
    with Session(workplace, variables=bench.variables(workplace, fault)) as session:
        session.go_through()
        session.leave()
    faults = sum(one.faults for one in fault_library.read_tables(workplace.folder / "tables").values())
    check_next_start(workplace, bench.expected)
    return Outcome("killed" if faults else "not reached", "")


WAYS = [kill_server, kill_server, kill_shared_server, kill_index, kill_server, kill_relay]


def kill_number(bench, number, name):
    """The kill of that number: who is killed, and when, follow from it."""
    moment = random.Random(number).random()
    return WAYS[number % len(WAYS)](bench, name, moment * 1.1 * bench.seconds)
