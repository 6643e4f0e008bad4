#!/usr/bin/env python3
"""Serves the playground's page, and at /lsp a WebSocket that is a language server's input and output.

    bridge.py PORT PAGE -- NEXTLINE serve --stdio ...

For tests alone: one server process for each connection, and nothing is checked.
"""

import base64
import hashlib
import http.server
import pathlib
import struct
import subprocess
import sys
import threading

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3.
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def read_frame(stream):
    """Returns the opcode and the payload of a frame from a client, which is masked and not fragmented."""
    opcode, length = struct.unpack("!BB", stream.read(2))
    length &= 0x7F
    if length == 126:
        length, = struct.unpack("!H", stream.read(2))
    elif length == 127:
        length, = struct.unpack("!Q", stream.read(8))
    mask = stream.read(4)
    masked = stream.read(length)
    repeated = (mask * (length // 4 + 1))[:length]
    payload = int.from_bytes(masked, "big") ^ int.from_bytes(repeated, "big")
    return opcode & 0x0F, payload.to_bytes(length, "big")


def frame(opcode, payload):
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, length)
    return head + payload


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/lsp"):
            return self.serve_language()
        page = self.server.page.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def serve_language(self):
        key = self.headers["Sec-WebSocket-Key"] + MAGIC
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        with subprocess.Popen(self.server.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            threading.Thread(target=self.carry_back, args=(process.stdout,), daemon=True).start()
            try:
                self.carry_to(process.stdin)
            except (OSError, struct.error):
                pass  # The browser has gone without a word.
            process.kill()

    def carry_to(self, stdin):
        while True:
            opcode, payload = read_frame(self.rfile)
            if opcode == CLOSE:
                return
            if opcode == PING:
                self.wfile.write(frame(PONG, payload))
            if opcode == TEXT:
                stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(payload), payload))
                stdin.flush()

    def carry_back(self, stdout):
        while header := stdout.readline():
            length = int(header.split(b":")[1])
            while stdout.readline() != b"\r\n":
                pass
            self.wfile.write(frame(TEXT, stdout.read(length)))

    def log_message(self, *_):
        pass


def main():
    port, page, _, *command = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    server.page = pathlib.Path(page)
    server.command = command
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
