"""Stands between an editor and a language server: notes what passes, and delays or reorders answers.

    delaying_proxy.py FOLDER COMMAND...

What a test wants of it lies in the folder, and may change at any time:

    messages.jsonl  what has passed, a line each: {"from": "client" or "server", "message": ...}
    hold            while there is such a file, answers to the methods that are named in it, one a line,
                    are held back, and noted with "held": true. Once it is gone they are carried out, the
                    newest first.
    instead.json    while there is such a file, its "items" are the answer to every inline completion. Each
                    has an "insertText", and may have "behind": so many characters behind the cursor, and
                    "before": so many before it, are its range.
    server.pid      the server's process

It ends as the server does: with its status, or by the same signal.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

INLINE_COMPLETION = "textDocument/inlineCompletion"
GLANCE = 0.005  # Seconds between looks into the folder.


def read_content(stream):
    """The content of the next message; None at the end of the stream."""
    header = stream.readline()
    if not header:
        return None
    length = int(re.fullmatch(rb"Content-Length: (\d+)\r\n", header)[1])
    stream.readline()
    return stream.read(length)


class Proxy:
    def __init__(self, folder, command):
        self.folder = folder
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        (folder / "server.pid").write_text(str(self.server.pid))
        self.requests = {}  # By id: the client's requests that are not answered yet.
        self.held = []
        self.lock = threading.Lock()
        self.notes = open(folder / "messages.jsonl", "a", buffering=1)

    def run(self):
        for work in (self.carry_to_server, self.release):
            threading.Thread(target=work, daemon=True).start()
        self.carry_to_client()
        status = self.server.wait()
        if status < 0:
            os.kill(os.getpid(), -status)
        os._exit(status)

    def note(self, sender, message, **more):
        self.notes.write(json.dumps({"from": sender, "message": message, **more}) + "\n")

    def carry_to_server(self):
        while (content := read_content(sys.stdin.buffer)) is not None:
            message = json.loads(content)
            with self.lock:
                self.note("client", message)
                if "method" in message and "id" in message:
                    self.requests[message["id"]] = message
            try:
                self.server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
                self.server.stdin.flush()
            except BrokenPipeError:
                return
        self.server.stdin.close()

    def carry_to_client(self):
        while (content := read_content(self.server.stdout)) is not None:
            message = json.loads(content)
            request = None if "method" in message else self.requests.pop(message.get("id"), None)
            if request and request["method"] == INLINE_COMPLETION and "error" not in message:
                message = self.instead_of(message, request)
            with self.lock:
                is_held = request is not None and request["method"] in self.methods_to_hold()
                if is_held:
                    self.held.append(message)
                    self.note("server", message, held=True)
                else:
                    self.say(message)

    def say(self, message):
        self.note("server", message)
        content = json.dumps(message).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        sys.stdout.buffer.flush()

    def methods_to_hold(self):
        try:
            return (self.folder / "hold").read_text().split("\n")
        except FileNotFoundError:
            return []

    def release(self):
        while True:
            time.sleep(GLANCE)
            with self.lock:
                if self.held and not (self.folder / "hold").exists():
                    while self.held:
                        self.say(self.held.pop())

    def instead_of(self, answer, request):
        """The answer that a test wants in place of the server's."""
        try:
            wanted = json.loads((self.folder / "instead.json").read_text())
        except FileNotFoundError:
            return answer
        position = request["params"]["position"]
        items = []
        for number, item in enumerate(wanted["items"], 1):
            column = position["character"]
            span = {"start": {**position, "character": column - item.get("before", 0)},
                    "end": {**position, "character": column + item.get("behind", 0)}}
            items.append({"insertText": item["insertText"], "range": span, "data": {"id": -number}})
        return {**answer, "result": {"items": items}}


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Proxy(pathlib.Path(sys.argv[1]), sys.argv[2:]).run()
