"""The fixture of the tests of servers that listen: by TCP, by HTTP, and for processes of the same user."""

import base64
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import time

from scripts.language_client import PATIENCE, framed, read_message
from tests.integration.nextline import BINARY, NextlineTestCase, model_path

LOOPBACK = "127.0.0.1"


def call(method, params=None, **more):
    return {"jsonrpc": "2.0", "method": method, "params": params or {}, **more}


INITIALIZE = call("initialize", {"capabilities": {}}, id=1)


class Connection:
    """A client's end of a stream of messages."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(PATIENCE)
        self.stream = connected.makefile("rb")

    def say(self, message):
        self.socket.sendall(framed(message))

    def hear(self):
        """The next message; None at the end."""
        with contextlib.suppress(ConnectionResetError):
            return read_message(self.stream)
        return None

    def answer(self, message):
        self.say(message)
        while (heard := self.hear()) is not None and heard.get("id") != message["id"]:
            pass
        return heard

    def close(self):
        self.stream.close()
        self.socket.close()


class WebSocket:
    """A client's end of a WebSocket (RFC 6455), as far as tests need it."""

    TEXT, CLOSE, PING = 1, 8, 9

    def __init__(self, address, target="/lsp", **headers):
        self.socket = socket.create_connection(address, PATIENCE)
        self.stream = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {"Host": "{}:{}".format(*address), "Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Version": 13, "Sec-WebSocket-Key": key, **headers}
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        self.status = int(self.stream.readline().split()[1])
        while self.stream.readline() not in (b"\r\n", b""):
            pass

    def begin_frame(self, opcode, size, mask=b"abcd"):
        """What stands before a payload of so many bytes."""
        length = struct.pack("!B", 0x80 | size) if size < 126 else (
            struct.pack("!BH", 0x80 | 126, size) if size < 1 << 16 else struct.pack("!BQ", 0x80 | 127, size))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask)

    def send_frame(self, opcode, payload, mask=b"abcd"):
        self.begin_frame(opcode, len(payload), mask)
        self.socket.sendall(bytes(byte ^ key for byte, key in zip(payload, itertools.cycle(mask))))

    def say(self, message):
        self.send_frame(self.TEXT, json.dumps(message).encode())

    def hear(self):
        """The next message; None at the end."""
        while True:
            head = self.stream.read(2)
            if len(head) < 2 or head[0] & 15 == self.CLOSE:
                return None
            length = head[1] & 127
            if length > 125:
                form = "!H" if length == 126 else "!Q"
                length = struct.unpack(form, self.stream.read(struct.calcsize(form)))[0]
            payload = self.stream.read(length)
            if head[0] & 15 == self.TEXT:
                return json.loads(payload)

    answer = Connection.answer

    def close(self):
        self.stream.close()
        self.socket.close()


class ListeningTestCase(NextlineTestCase):
    """Starts servers that listen, and reads of their log where."""

    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "run"
        self.runtime.mkdir(0o700)
        self.environment["XDG_RUNTIME_DIR"] = str(self.runtime)

    def listen(self, *arguments, model=None):
        """A server that has told where it listens."""
        log = self.folder / f"log {time.monotonic_ns()}"
        with log.open("wb") as file:
            server = subprocess.Popen(
                [BINARY, "serve", "--no-share", "--model", model or model_path(), "--snapshots", "off",
                 *map(str, arguments)],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=file)
        self.addCleanup(self._end, server)
        server.log = log
        expected = [kind for kind in ("tcp", "http") if f"--{kind}" in arguments]
        patterns = {"tcp": r"Serving TCP at (\S+):(\d+)\.", "http": r"Serving HTTP at http://(\S+):(\d+)/\."}
        for kind in expected:
            host, port = self.wait_for(lambda: re.search(patterns[kind], self.log_of(server)), server).groups()
            setattr(server, kind, (host.strip("[]"), int(port)))
        return server

    @staticmethod
    def log_of(server):
        return server.log.read_text(encoding="utf-8")

    def wait_for(self, condition, process=None):
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            self.assertLess(time.monotonic(), deadline, "It does not come.")
            if process is not None and process.poll() is not None:
                self.fail(f"The server ended: {self.log_of(process)}")
            time.sleep(0.01)
        return result

    def connect(self, address):
        connection = Connection(socket.create_connection(address, PATIENCE))
        self.addCleanup(connection.close)
        return connection

    def web_socket(self, address, *arguments, **headers):
        web_socket = WebSocket(address, *arguments, **headers)
        self.addCleanup(web_socket.close)
        return web_socket

    def get(self, address, target, method="GET", **headers):
        """Status, header fields and body of an answer."""
        connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
        try:
            connection.request(method, target, headers=headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def health(self, server):
        status, _, body = self.get(server.http, "/health")
        self.assertEqual(status, 200)
        return json.loads(body)

    def assert_serves(self, client):
        """It is initialised as any server is."""
        about = client.answer(INITIALIZE)
        self.assertEqual(about["result"]["serverInfo"]["name"], "Nextline")

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()


def resident_bytes(process_id):
    """Memory of a process, pages that others share counted in parts."""
    text = pathlib.Path(f"/proc/{process_id}/smaps_rollup").read_text()
    return int(re.search(r"Pss:\s*(\d+) kB", text)[1]) << 10
