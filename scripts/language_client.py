"""A language client: starts a language server, talks LSP with it, and keeps documents in step."""

import concurrent.futures
import contextlib
import itertools
import json
import os
import re
import subprocess
import threading
import time

PATIENCE = 60  # Seconds after which waiting for the server ends.
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}  # Codec, bytes of a unit.


class ServerError(Exception):
    """The server answered a request with an error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Answer(concurrent.futures.Future):
    """The answer to a request, now or later: a result, a ServerError, or a ConnectionError."""

    def __init__(self, request_id):
        super().__init__()
        self.id = request_id
        self.sent = time.monotonic()
        self.arrived = None

    def result(self, timeout=PATIENCE):
        return super().result(timeout)

    @property
    def milliseconds(self):
        """From the sending of the request to the arrival of its answer."""
        return (self.arrived - self.sent) * 1000


def framed(message):
    """The bytes that carry a message; what is given as bytes is carried as it is."""
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(content) + content


def read_message(stream):
    """The next message, None at the end of the stream; a ValueError if something else is written there."""
    header = stream.readline()
    if not header:
        return None
    length = re.fullmatch(rb"Content-Length: (\d+)\r\n", header)
    if not length or stream.readline() != b"\r\n":
        raise ValueError(f"The server wrote {header!r} where a message begins.")
    return json.loads(stream.read(int(length[1])))


class LanguageClient:
    """Runs a server and talks with it.

    Whatever the server asks is answered with null, but for the methods in `answers`.
    """

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self.encoding = "utf-16"
        self.answers = {}  # By method: what becomes of a request's params.
        self.received = []  # Every message, in the order of arrival.
        self.stream_end = None  # At the end of the stream: "", or what was written that is no message.
        self._pending = {}
        self._numbers = itertools.count(1)
        self._news = threading.Condition()
        self._sending = threading.Lock()
        self._receiver = threading.Thread(target=self._receive, daemon=True)
        self._receiver.start()

    def close(self):
        """Ends the server, however it is."""
        self.process.kill()
        self.wait()
        self.close_input()
        self.process.stdout.close()

    def request(self, method, params=None):
        answer = Answer(next(self._numbers))
        self._pending[answer.id] = answer
        self._send(id=answer.id, method=method, params=params or {})
        return answer

    def notify(self, method, params=None):
        self._send(method=method, params=params or {})

    def send_bytes(self, data):
        with self._sending:
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def wait_for(self, condition, timeout=PATIENCE):
        """The first received message for which `condition` holds, now or later; None if none comes."""
        with self._news:
            self._news.wait_for(lambda: self.stream_end is not None or any(map(condition, self.received)), timeout)
            return next(filter(condition, self.received), None)

    def initialize(self, capabilities, **more):
        """Begins the conversation; returns what the server says about itself."""
        params = {"processId": os.getpid(), "capabilities": capabilities, **more}
        about = self.request("initialize", params).result()
        self.encoding = about["capabilities"]["positionEncoding"]
        self.notify("initialized", {})
        return about

    def shut_down(self):
        """Ends the conversation; returns the server's exit status."""
        self.request("shutdown").result()
        self.notify("exit")
        return self.wait()

    def close_input(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def wait(self, timeout=PATIENCE):
        """Waits for the server's end, and for all it wrote; returns its exit status."""
        status = self.process.wait(timeout)
        self._receiver.join()
        return status

    def _send(self, **message):
        self.send_bytes(framed({"jsonrpc": "2.0", **message}))

    def _receive(self):
        end = ""
        try:
            while (message := read_message(self.process.stdout)) is not None:
                self._take(message, time.monotonic())
        except ValueError as error:
            end = str(error)
        with self._news:
            self.stream_end = end
            self._news.notify_all()
        for answer in list(self._pending.values()):
            answer.set_exception(ConnectionError("The server ended before it answered."))

    def _take(self, message, now):
        with self._news:
            self.received.append(message)
            self._news.notify_all()
        if "method" in message and "id" in message:
            with contextlib.suppress(BrokenPipeError, ValueError):  # ValueError: the input is closed.
                answer = self.answers.get(message["method"], lambda params: None)
                self._send(id=message["id"], result=answer(message.get("params")))
        elif answer := self._pending.pop(message.get("id"), None):
            answer.arrived = now
            if "error" in message:
                answer.set_exception(ServerError(message["error"]["code"], message["error"]["message"]))
            else:
                answer.set_result(message["result"])


class OpenDocument:
    """A document that the server has open and is told every change of. Offsets count characters."""

    def __init__(self, client, uri, text):
        self.client, self.uri, self.text, self.version = client, uri, text, 1
        item = {"uri": uri, "languageId": "plaintext", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": item})

    def position(self, offset):
        """An offset in LSP's terms; it must not lie within a CRLF."""
        lines = re.split(r"\r\n|\n|\r", self.text[:offset])
        codec, width = UNITS[self.client.encoding]
        return {"line": len(lines) - 1, "character": len(lines[-1].encode(codec, "surrogatepass")) // width}

    def offset(self, position):
        """The offset of what is LSP's position."""
        codec, width = UNITS[self.client.encoding]
        lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", self.text)
        line = lines[position["line"]].encode(codec, "surrogatepass")[:position["character"] * width]
        return sum(map(len, lines[:position["line"]])) + len(line.decode(codec, "surrogatepass"))

    def insert(self, offset, text):
        self.replace((offset, 0, text))

    def delete(self, offset, count):
        self.replace((offset, count, ""))

    def replace(self, *edits):
        """Each edit (offset, count, text) applies to what the one before it left; all are told at once."""
        changes = []
        for offset, count, text in edits:
            span = {"start": self.position(offset), "end": self.position(offset + count)}
            changes.append({"range": span, "text": text})
            self.text = self.text[:offset] + text + self.text[offset + count:]
        self.tell(changes)

    def replace_all(self, text):
        self.text = text
        self.tell([{"text": text}])

    def tell(self, changes):
        self.version += 1
        self.client.notify("textDocument/didChange", {
            "textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": changes})

    def place(self, offset):
        return {"textDocument": {"uri": self.uri}, "position": self.position(offset)}

    def move_cursor(self, offset):
        self.client.notify("nextline/didMoveCursor", self.place(offset))

    def complete(self, offset, method="inlineCompletion", **context):
        context = {"triggerKind": 1, **context}
        return self.client.request(f"textDocument/{method}", {**self.place(offset), "context": context})

    def close(self):
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
