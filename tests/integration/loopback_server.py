"""An HTTP server on the loopback interface that misbehaves on demand."""

import contextlib
import dataclasses
import http.server
import re
import threading


@dataclasses.dataclass
class Behaviour:
    """How one request is answered."""
    status: int = 200
    break_off_after: int | None = None  # Bytes of the body, then the connection is closed.
    ignore_range: bool = False
    wait_for: threading.Event | None = None  # Holds back the second half of the body.


@dataclasses.dataclass
class Served:
    """A running server, and what it was asked."""
    url: str
    ranges: list  # The Range header of each request, None where there was none.


@contextlib.contextmanager
def serving(content, behaviours=()):
    """Serves `content`; the first requests as told, all further ones as a good server does."""
    script = list(behaviours)
    ranges = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            behaviour = script.pop(0) if script else Behaviour()
            asked = self.headers.get("Range")
            ranges.append(asked)
            if behaviour.status != 200:
                self.send_error(behaviour.status)
                return
            first = 0 if asked is None or behaviour.ignore_range else int(re.match(r"bytes=(\d+)-", asked)[1])
            if first >= len(content):
                self.send_error(416)
                return
            body = content[first:]
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(body)))
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            self.send_body(body, behaviour)

        def send_body(self, body, behaviour):
            half = len(body) // 2
            try:
                if behaviour.break_off_after is not None:
                    self.wfile.write(body[:behaviour.break_off_after])
                    self.close_connection = True
                    return
                self.wfile.write(body[:half])
                self.wfile.flush()
                if behaviour.wait_for is not None:
                    behaviour.wait_for.wait(60)
                self.wfile.write(body[half:])
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A client that went away is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{server.server_port}/model.gguf", ranges)
        finally:
            server.shutdown()
