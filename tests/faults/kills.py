"""Processes killed at random moments of a session, by SIGKILL."""

import random
import subprocess
import threading
import time

from tests.faults import fault_library, ways
from tests.faults.checks import Outcome, check_next_start, last_line
from tests.faults.session import Broken, Session
from tests.integration.nextline import BINARY


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
    try:
        with ways.pair(workplace, variables) as (session, other):
            def kill():
                for process, words in ways.processes_of(workplace).items():
                    if process != other.client.process.pid and (b"--background" in words) == (which == "--background"):
                        ways.kill(process)
            timer = threading.Timer(after, kill)
            timer.start()
            ways.go_through_both(session, other)
            session.leave()
            status = other.leave()
            timer.join()
            log = other.logged
            if status not in (0, 1) or "terminate" in log or (status == 1 and not log.rstrip().endswith(".")):
                raise Broken(f"The other editor's process ended with status {status}: {log[-600:]}")
            if which != "--background" and status != 0:
                raise Broken(f"The other editor is not served any more: {last_line(log)}")
        # Another editor meets no socket and no lock of who has gone.
        with Session(workplace, "--stay", "0", variables=variables, share=True) as session:
            session.initialize()
            kept = session.open("kept.py")
            session.complete("kept.py", kept, len(kept.text))
            if session.leave() != 0 or not isinstance(session.answers["kept.py"], str):
                raise Broken(f"After it, editors are not served: {session.answers} {session.logged}")
            if "process of its own" in session.logged:
                raise Broken(f"After it, editors share nothing: {session.logged}")
    finally:
        ways.end_all(workplace)
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
