"""Stands between an editor and a language server: notes what passes, and delays or reorders answers.

    delaying_proxy.py FOLDER COMMAND...

What a test wants of it lies in the folder, and may change at any time:

    messages.jsonl  what has passed, a line each: {"from": "client" or "server", "message": ...}
    hold            while there is such a file, answers to the methods that are named in it, one a line,
                    are held back, and noted with "held": true. Once it is gone they are carried out, the
                    newest first.
    instead.json    while there is such a file, its "items" are the answer to every inline completion, and
                    the server is not asked. Each has an "insertText", and may have "behind": so many
                    characters behind the cursor are in its range.
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


def parse(content):
    """A message; what is no text in it, as a file of an editor's may have, is marked."""
    return json.loads(content.decode(errors="replace"))


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
            message = parse(content)
            with self.lock:
                self.note("client", message)
                if "method" in message and "id" in message:
                    self.requests[message["id"]] = message
            if answer := self.instead_of_server(message):
                self.take_answer(answer)
                continue
            try:
                self.server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
                self.server.stdin.flush()
            except BrokenPipeError:
                return
        self.server.stdin.close()

    def carry_to_client(self):
        while (content := read_content(self.server.stdout)) is not None:
            self.take_answer(parse(content))

    def take_answer(self, message):
        """Carries out what the server says, now or later."""
        with self.lock:
            request = None if "method" in message else self.requests.pop(message.get("id"), None)
            if request and request["method"] in self.methods_to_hold():
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

    def instead_of_server(self, request):
        """The answer that a test wants, if this is what it is about."""
        if request.get("method") != INLINE_COMPLETION:
            return None
        try:
            wanted = json.loads((self.folder / "instead.json").read_text())
        except FileNotFoundError:
            return None
        position = request["params"]["position"]
        items = []
        for number, item in enumerate(wanted["items"], 1):
            end = {**position, "character": position["character"] + item.get("behind", 0)}
            items.append({"insertText": item["insertText"], "range": {"start": position, "end": end},
                          "data": {"id": -number}})
        return {"jsonrpc": "2.0", "id": request["id"], "result": {"items": items}}


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Proxy(pathlib.Path(sys.argv[1]), sys.argv[2:]).run()
