"""Sessions over sockets: two editors that share a process, and clients of TCP and HTTP."""

import contextlib
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from scripts.language_client import ServerError
from tests.faults import fault_library
from tests.faults.checks import Outcome, check_next_start, check_session
from tests.faults.session import KEPT, PATIENCE, Broken, Hang, Session, go_through_both
from tests.integration.listening import INITIALIZE, Connection, WebSocket, call
from tests.integration.nextline import BINARY

# What these ways have and a session over pipes has not.
KINDS = ("socket", "receive", "send", "events", "process")


def processes_of(workplace):
    """Those that have loaded the library for this workplace and still run: command lines by number."""
    found = {}
    for table in (workplace.folder / "tables").iterdir():
        with contextlib.suppress(OSError):
            process = pathlib.Path("/proc") / table.name
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[0] and f"XDG_CACHE_HOME={workplace.cache}".encode() in (process / "environ").read_bytes():
                found[int(table.name)] = words
    return found


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def end_all(workplace):
    """Waits for what serves in the background, which ends behind its last client."""
    deadline = time.monotonic() + PATIENCE
    while (left := processes_of(workplace)) and time.monotonic() < deadline:
        time.sleep(0.01)
    for process in left:
        kill(process)
    if left:
        raise Hang(f"These do not end: {left}")


@contextlib.contextmanager
def pair(workplace, variables):
    """Two editors that are served by one process in the background, as far as they can be."""
    arguments = ("--stay", "0")
    with Session(workplace, *arguments, variables=variables, share=True) as one, \
            Session(workplace, *arguments, variables=variables, share=True, log="log of the other") as other:
        yield one, other


def shared(bench, name, fault=None):
    workplace = bench.workplace(name)
    variables = bench.variables(workplace, fault)
    try:
        with pair(workplace, variables) as (one, other):
            go_through_both(one, other)
            outcomes = [check_session(session, session.leave()) for session in (one, other)]
    finally:
        end_all(workplace)
    return _outcome_of(workplace, bench, fault, max(outcomes, key=lambda outcome: len(outcome.said)))


def network(bench, name, fault=None):
    """Clients of TCP and HTTP. One whose connection breaks comes again."""
    workplace = bench.workplace(name)
    log = workplace.folder / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [BINARY, "serve", "--no-share", "--tcp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--model",
             workplace.folder / "model.gguf", "--verbose"],
            env={**workplace.environment, **bench.variables(workplace, fault)}, cwd=workplace.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file)
    try:
        addresses = _addresses(server, log)
        if addresses:
            for visit, address in ((_visit_tcp, addresses[0]), (_visit_web_socket, addresses[1]),
                                   (_visit_page, addresses[1])):
                _visit_again_and_again(visit, address, workplace, log)
            server.terminate()
        status = server.wait(PATIENCE)
    except subprocess.TimeoutExpired as late:
        raise Hang(f"The server does not end: {log.read_text()[-600:]}") from late
    finally:
        server.kill()
        server.wait()
    said = log.read_text()
    if status not in (0, 1) or "terminate called" in said or "should not have happened" in said:
        raise Broken(f"The server ended with status {status}: {said[-600:]}")
    if status == 1 and not said.rstrip().endswith("."):
        raise Broken(f"The server ended and did not say why: {said[-600:]}")
    what = "goes on" if addresses else "ends"
    return _outcome_of(workplace, bench, fault, Outcome(what, "" if addresses else said.rstrip().split("\n")[-1]))


def _addresses(server, log):
    """Where it listens; nothing if it has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        said = log.read_text()
        found = re.search(r"TCP at (\S+):(\d+)\.", said), re.search(r"HTTP at http://(\S+):(\d+)/\.", said)
        if all(found):
            return [(one[1], int(one[2])) for one in found]
        if server.poll() is not None:
            return None
        time.sleep(0.01)
    raise Hang(f"The server does not listen: {log.read_text()}")


def _visit_again_and_again(visit, address, workplace, log):
    errors = []
    for _ in range(4):
        try:
            return visit(address, workplace)
        except (OSError, ValueError, IndexError, TypeError, http.client.HTTPException) as error:
            errors.append(repr(error))
    raise Broken(f"{visit.__name__}: {errors} {log.read_text()[-600:]}")


def _complete(connection, workplace):
    """`connection` may be one of either kind; a TypeError if it ends."""
    uri = (workplace.repository / "kept.py").as_uri()
    lines = KEPT.split("\n")
    connection.socket.settimeout(PATIENCE)
    connection.answer(INITIALIZE)["result"]
    connection.say(call("initialized"))
    connection.say(call("textDocument/didOpen", {
        "textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": KEPT}}))
    answer = connection.answer(call("textDocument/inlineCompletion", {
        "textDocument": {"uri": uri}, "position": {"line": len(lines) - 1, "character": len(lines[-1])},
        "context": {"triggerKind": 1}}, id=2))
    if "result" not in answer:
        raise ServerError(answer["error"]["code"], answer["error"]["message"])


def _visit_tcp(address, workplace):
    with contextlib.closing(Connection(socket.create_connection(address, PATIENCE))) as connection:
        _complete(connection, workplace)


def _visit_web_socket(address, workplace):
    with contextlib.closing(WebSocket(address)) as connection:
        _complete(connection, workplace)


def _visit_page(address, _workplace):
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", "/health")
        if connection.getresponse().status != 200:
            raise ValueError("The page is not there.")


def _outcome_of(workplace, bench, fault, outcome):
    sites = fault_library.read_tables(workplace.folder / "tables")
    if fault and not any(site.faults for site in sites.values()):
        return Outcome("not reached", "")
    check_next_start(workplace, bench.expected)
    return outcome


def find_sites(bench, way):
    """The sites of a way that a session over pipes has not."""
    way(bench, "workplace 0")
    known = set(bench.sites)
    sites = fault_library.read_tables(bench.folder / "workplace 0" / "tables").values()
    return [site for site in sites if site.kind in KINDS and site.hash not in known]


ALL = [shared, network]
