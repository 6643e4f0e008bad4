"""A completion server on the loopback interface that speaks both protocols, misbehaves on demand, and remembers what
it was sent."""

import dataclasses
import http.server
import json
import queue
import socket
import ssl
import threading
import time

PIECE = 3  # Bytes of the answer that are written at once, whatever they split.


@dataclasses.dataclass
class Behaviour:
    """How one request is answered."""
    text: str = " 1\n"
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes | None = None  # In place of what the protocol has.
    log_probability: float | None = None  # Of each piece.
    wait: float = 0  # Seconds before the first piece.
    between: float = 0  # … and between two of them.
    break_off_after: int | None = None  # Pieces of the text, then the connection is closed.
    is_endless: bool = False  # A line that does not end.


@dataclasses.dataclass
class Asked:
    """One request, and what became of its connection."""
    path: str
    headers: dict
    body: dict
    raw: bytes
    was_left: threading.Event  # Set once the other side has closed it before all was said.


class CompletionServer:
    """Answers the first requests as told, all further ones with a line."""

    def __init__(self, certificate=None, key=None):
        self.script = queue.SimpleQueue()
        self.asked = []
        handler = type("Handler", (_Handler,), {"server_of": self})
        self.server = _Server(("127.0.0.1", 0), handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def url(self, host="localhost"):
        return f"{self.scheme}://{host}:{self.server.server_port}"

    def then(self, *behaviours, **behaviour):
        for one in behaviours or [Behaviour(**behaviour)]:
            self.script.put(one)

    def wait_for(self, count, patience=60):
        """Returns the request number `count`, from 1, once it has come."""
        deadline = time.monotonic() + patience
        while len(self.asked) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.asked)} requests have come, not {count}")
            time.sleep(0.005)
        return self.asked[count - 1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        """Who goes away, or does not trust the certificate, is what some tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        asked = Asked(self.path, dict(self.headers), json.loads(raw), raw, threading.Event())
        try:
            behaviour = self.server_of.script.get_nowait()
        except queue.Empty:
            behaviour = Behaviour()
        self.server_of.asked.append(asked)
        self.close_connection = True
        try:
            self.answer(asked, behaviour)
        except OSError:  # It was closed while something was written.
            asked.was_left.set()

    def answer(self, asked, behaviour):
        self.send_response(behaviour.status)
        is_stream = behaviour.status == 200
        headers = {"Content-Type": "text/event-stream" if is_stream else "application/json", "Connection": "close",
                   **behaviour.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if behaviour.body is not None or not is_stream:
            self.wfile.write(behaviour.body or b"")
            return
        if behaviour.is_endless:
            while not self.is_left(asked, 0):
                self.wfile.write(b"data: " + bytes(65536).replace(b"\0", b"x"))
            return
        if self.is_left(asked, behaviour.wait):
            return
        pieces = [behaviour.text[first:first + PIECE] for first in range(0, len(behaviour.text), PIECE)]
        for number, piece in enumerate(pieces):
            if number == behaviour.break_off_after:
                return
            if number and self.is_left(asked, behaviour.between):
                return
            self.write_split(self.event(asked, piece, behaviour.log_probability))
        self.write_split(self.event(asked, "", None, ends=True))

    @staticmethod
    def event(asked, text, log_probability, ends=False):
        if asked.path.endswith("/infill"):
            event = {"content": text, "stop": ends, **({"stop_type": "eos"} if ends else {})}
            if log_probability is not None:
                event["completion_probabilities"] = [{"token": text, "logprob": log_probability, "top_logprobs": []}]
        else:
            choice = {"index": 0, "text": text, "finish_reason": "stop" if ends else None, "logprobs": None}
            if log_probability is not None:
                choice["logprobs"] = {"tokens": [text], "token_logprobs": [log_probability]}
            event = {"id": "cmpl-1", "object": "text_completion", "choices": [choice]}
        return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()

    def write_split(self, data):
        for first in range(0, len(data), 7):
            self.wfile.write(data[first:first + 7])
            self.wfile.flush()

    def is_left(self, asked, seconds):
        """Waits; whether the other side has closed the connection meanwhile."""
        self.connection.settimeout(seconds or 0.001)
        try:
            if self.connection.recv(1) == b"":
                asked.was_left.set()
        except (TimeoutError, ssl.SSLWantReadError, BlockingIOError):
            pass
        except OSError:
            asked.was_left.set()
        self.connection.settimeout(None)
        return asked.was_left.is_set()

    def log_message(self, *_):
        pass


def free_port():
    """One that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
