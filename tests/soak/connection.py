"""Ways to the server. Each carries messages, and can be cut off as if its editor had been killed."""

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import socket
import struct

from scripts.language_client import framed

LONGEST = 64 << 20  # Bytes of a message.


class Connection:
    """Framed messages over a pair of streams."""

    process = None  # The relay's, if there is one.

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def send(self, message):
        self.writer.write(framed(message))

    async def drain(self):
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def receive(self):
        """The next message; None at the end."""
        try:
            header = await self.reader.readuntil(b"\r\n\r\n")
            length = re.fullmatch(rb"Content-Length: (\d+)\r\n\r\n", header)
            return json.loads(await self.reader.readexactly(int(length[1])))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def close(self):
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class Relay(Connection):
    """`nextline serve --stdio`, which has its editor served by a process that others use, too."""

    @classmethod
    async def start(cls, command, log, **options):
        process = await asyncio.create_subprocess_exec(
            *map(str, command), "--stdio", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=log, limit=LONGEST, **options)
        self = cls(process.stdout, process.stdin)
        self.process = process
        return self

    async def cut(self):
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        await self.close()


class Tcp(Connection):
    @classmethod
    async def open(cls, address):
        return cls(*await asyncio.open_connection(*address, limit=LONGEST))

    async def cut(self):
        """Ends the connection by a reset, as a machine does whose process was killed."""
        connected = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class WebSocket(Tcp):
    """Sends a message per frame, and reads those of several (RFC 6455)."""

    CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10
    FINAL = 0x80
    MASK = b"abcd"

    @classmethod
    async def open(cls, address):
        self = await super().open(address)
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write("\r\n".join([
            "GET /lsp HTTP/1.1", "Host: {}:{}".format(*address), "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", ""]).encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        if head.split()[1] != b"101":
            raise ConnectionError(f"The server does not open a WebSocket: {head!r}")
        return self

    def send(self, message):
        self._send_frame(self.TEXT, json.dumps(message).encode())

    def _send_frame(self, opcode, payload):
        length = struct.pack("!B", 0x80 | len(payload)) if len(payload) < 126 else (
            struct.pack("!BH", 0x80 | 126, len(payload)) if len(payload) < 1 << 16
            else struct.pack("!BQ", 0x80 | 127, len(payload)))
        # As one number: byte by byte it would take longer than all the rest.
        mask = (self.MASK * (len(payload) // 4 + 1))[:len(payload)]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(payload), "big")
        self.writer.write(bytes([self.FINAL | opcode]) + length + self.MASK + masked)

    async def receive(self):
        text = b""
        try:
            while True:
                first, second = await self.reader.readexactly(2)
                opcode, length = first & 15, second & 127
                if length > 125:
                    form = "!H" if length == 126 else "!Q"
                    [length] = struct.unpack(form, await self.reader.readexactly(struct.calcsize(form)))
                payload = await self.reader.readexactly(length)
                if opcode == self.CLOSE:
                    return None
                if opcode == self.PING:  # The server leaves who is silent for minutes and does not answer it.
                    self._send_frame(self.PONG, payload)
                if opcode in (self.TEXT, self.CONTINUATION):
                    text += payload
                    if first & self.FINAL:
                        return json.loads(text)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
