"""One simulated editor: what it says to its server, and what must hold of each answer."""

import asyncio
import dataclasses
import itertools
import os
import pathlib
import re
import time

from tests.soak.suggestions import inline_problem, menu_problem
from tests.soak.text import UNITS

PATIENCE = 120  # Seconds after which an answer counts as lost.
INLINE, MENU = "textDocument/inlineCompletion", "textDocument/completion"
REQUEST_CANCELLED = -32800
PROVOKED = re.compile(r"Connection reset by peer")  # Of another editor, which was cut off.
LANGUAGES = {".py": "python", ".cc": "cpp", ".js": "javascript", ".ts": "typescript", ".lua": "lua", ".md": "markdown"}


class Gone(Exception):
    """The connection ended before the answer came."""


@dataclasses.dataclass(eq=False)
class Asked:
    """A request that waits for its answer."""

    id: int
    method: str
    document: object
    answer: asyncio.Future
    number: int  # Of the message, among all that the editor sent.
    sent: float = dataclasses.field(default_factory=time.monotonic)
    revision: int = 0  # The document's when it was asked.
    expected: dict = None  # The answer to nextline/document …
    text: str = None  # … and the client's text, where the server's is wanted whole.
    # Of completions:
    key: tuple = None  # What must agree for two requests to be at the same place.
    place: tuple = None
    line: str = None  # The content of the cursor's line.
    line_end: str = None
    is_automatic: bool = False
    selected: tuple = None  # (Column, text) of what is selected in the editor's menu.
    superseded: tuple = None  # (Number of the message that did it, why).
    is_cancelled: bool = False

    @property
    def is_completion(self):
        return self.method in (INLINE, MENU)


class Editor:
    def __init__(self, name, encoding, connect, settings, findings, is_asked_for_settings=True):
        self.name, self.encoding, self.settings, self.findings = name, encoding, settings, findings
        self._connect = connect
        self._is_asked_for_settings = is_asked_for_settings  # Else it sends them along with the notice.
        self.connection = None
        self.documents = []  # Those that are open.
        self.folders = []  # Of the workspace, as URIs.
        self.edits_behind = 0  # Those that the model has not shown to have followed.
        self._pending = {}
        self._ids, self._numbers = itertools.count(1), itertools.count(1)
        self._receiver = None
        self._is_leaving = False
        self._is_ready = False  # Connected, and known to the server.

    @staticmethod
    def language_id(file):
        return LANGUAGES.get(pathlib.Path(file).suffix, "plaintext")

    # The conversation.

    async def start(self):
        """Connects and says who it is; opens again what it had open."""
        self.connection = await self._connect()
        self._is_leaving = False
        self._receiver = asyncio.create_task(self._receive(self.connection))
        about = await self.request("initialize", {
            "processId": os.getpid(), "clientInfo": {"name": self.name, "version": "1"},
            "workspaceFolders": [{"uri": uri, "name": uri.rpartition("/")[2]} for uri in self.folders],
            "initializationOptions": self.settings,
            "capabilities": {
                "general": {"positionEncodings": [self.encoding]},
                "window": {"workDoneProgress": True}, "workspace": {
                    "configuration": self._is_asked_for_settings,
                    "didChangeWatchedFiles": {"dynamicRegistration": True}}}})
        agreed = about["capabilities"]["positionEncoding"]
        self.findings.check("position encoding", agreed == self.encoding, f"{agreed} in place of {self.encoding}")
        self._is_ready = True
        self.notify("initialized", {})
        for document in self.documents:
            document.open()

    async def cut(self):
        """Is killed: says nothing, and asks nothing of what it has asked."""
        self._is_leaving, self._is_ready = True, False
        connection, self.connection = self.connection, None
        await connection.cut()
        await self._receiver
        self._give_up()

    def _give_up(self):
        """Nothing that waits will be answered."""
        for asked in list(self._pending.values()):
            asked.answer.cancel()
        self._pending.clear()
        for document in self.documents:
            document.waiting.clear()

    async def shut_down(self):
        """Ends in order; returns the exit status of its process, 0 if it has none."""
        self._is_leaving = True
        await self.request("shutdown")
        self.notify("exit", {})
        self._is_ready = False
        await self._receiver
        connection, self.connection = self.connection, None
        status = 0
        if connection.process:
            status = await asyncio.wait_for(connection.process.wait(), PATIENCE)
        await connection.close()
        return status

    def notify(self, method, params, document=None):
        self._send({"method": method, "params": params}, document)

    async def request(self, method, params=None):
        """The result of a request that must succeed."""
        return await self.result_of(self.ask(method, params or {}))

    def ask(self, method, params, document=None, **more):
        asked = Asked(next(self._ids), method, document, asyncio.get_running_loop().create_future(), 0, **more)
        if document is not None:
            asked.revision = document.revision
        self._pending[asked.id] = asked
        asked.number = self._send({"id": asked.id, "method": method, "params": params}, document)
        self.findings.counts[f"request {method}"] += 1
        return asked

    async def result_of(self, asked):
        """What was answered; None for an error, which is looked at elsewhere. Gone if nothing ever will be."""
        try:
            return await asyncio.wait_for(asyncio.shield(asked.answer), PATIENCE)
        except asyncio.TimeoutError:
            self.findings.problem(f"answered: {asked.method} of {self.name} has no answer for {PATIENCE} s",
                                  asked.document)
            raise Gone() from None
        except asyncio.CancelledError:
            if asked.answer.cancelled():
                raise Gone() from None
            raise

    async def settle(self):
        """Returns when all that was asked is answered."""
        for asked in list(self._pending.values()):
            if asked.method != "nextline/cache":  # Which may wait for ever.
                await self.result_of(asked)

    # What an editor asks for.

    def verify(self, document, with_text=False):
        """Has the server say what it has of a document."""
        return self.ask("nextline/document", {"textDocument": document.identifier, "withText": with_text}, document,
                        expected=document.facts(), text=str(document.text) if with_text else None)

    def complete(self, document, method=INLINE, is_automatic=False, selected=None):
        """Asks for a completion at the document's cursor. `selected` is (column, text)."""
        place = document.cursor = document.clamped(document.cursor)
        context = {"triggerKind": 1}
        if method == INLINE and is_automatic:
            context["triggerKind"] = 2
        if method == MENU and is_automatic:
            context = {"triggerKind": 2, "triggerCharacter": "."}
        position = document.text.position(place, self.encoding)
        if selected:
            start = document.text.position((place[0], selected[0]), self.encoding)
            context["selectedCompletionInfo"] = {"range": {"start": start, "end": position}, "text": selected[1]}
        key = (place, is_automatic, method == INLINE and not is_automatic, selected)
        self.supersede(document, "place", key)
        asked = self.ask(
            method, {"textDocument": document.identifier, "position": position, "context": context}, document,
            key=key, place=place, line=document.text.content(place[0]), line_end=document.line_end,
            is_automatic=is_automatic, selected=selected)
        document.waiting.append(asked)
        return asked

    def cancel(self, asked):
        asked.is_cancelled = True
        self.notify("$/cancelRequest", {"id": asked.id}, asked.document)

    def supersede(self, document, why, key=None):
        """The next message will supersede what the document waits for, but for requests at the same place."""
        number = self._last_number + 1
        for asked in document.waiting:
            if asked.superseded is None and (key is None or asked.key != key):
                asked.superseded = number, why

    def configure(self, settings):
        self.settings = settings
        if not self._is_asked_for_settings:
            self._expect_nulls()
        sent = None if self._is_asked_for_settings else {"nextline": settings}
        self.notify("workspace/didChangeConfiguration", {"settings": sent})

    def _expect_nulls(self):
        """The next message has settings; what they switch off is answered by null."""
        for document in self.documents:
            for asked in document.waiting:
                asked.superseded = asked.superseded or (None, "settings")

    def count_edit(self):
        self.edits_behind += 1
        self.findings.counts["edits"] += 1

    # The wire.

    _last_number = 0

    def _send(self, message, document=None):
        self._last_number = next(self._numbers)
        if document is not None:
            document.messages.append({"sent": self._last_number, **message})
        # While it is away, what it would say of a document is said when it opens that again.
        if self._is_ready or message.get("method") == "initialize":
            self.connection.send({"jsonrpc": "2.0", **message})
        return self._last_number

    async def _receive(self, connection):
        while (message := await connection.receive()) is not None:
            self._take(message)
        if not self._is_leaving:
            self.findings.problem(f"connection: the server has left {self.name}")
            self._give_up()

    def _take(self, message):
        if "method" in message:
            return self._take_call(message)
        asked = self._pending.pop(message.get("id"), None)
        if not self.findings.check("answered once", asked is not None,
                                   f"{self.name} got an answer to nothing that waits: {str(message)[:300]}"):
            return None
        milliseconds = (time.monotonic() - asked.sent) * 1000
        self.findings.times[f"answer to {asked.method}"].append(milliseconds)
        if asked.document is not None:
            asked.document.messages.append({"received": message})
        if "error" in message:
            self._take_error(asked, message["error"])
        elif asked.is_completion:
            self._take_completion(asked, message["result"])
        elif asked.expected is not None:
            self._take_facts(asked, message["result"])
        if not asked.answer.done():
            asked.answer.set_result(message.get("result"))
        return None

    def _take_call(self, message):
        self.findings.counts[f"heard {message['method']}"] += 1
        if message["method"] in ("window/showMessage", "window/logMessage"):
            params = message["params"]
            self.findings.counts[f"message {params['message'][:100]}"] += 1
            self.findings.check("errors are provoked", params["type"] != 1 or PROVOKED.search(params["message"]),
                                params["message"])
        if "id" in message:
            result = None
            if message["method"] == "workspace/configuration":
                result = [self.settings]
                self._expect_nulls()
            self._send({"id": message["id"], "result": result})

    def _take_error(self, asked, error):
        is_cancelled = asked.is_cancelled and error["code"] == REQUEST_CANCELLED
        self.findings.check("errors are provoked", is_cancelled or asked.method == "nextline/cache",
                            f"{asked.method} of {self.name} failed: {error}", asked.document)
        if asked.is_completion:
            asked.document.waiting.remove(asked)
            self.findings.counts["completions cancelled"] += 1

    def _take_facts(self, asked, facts):
        document = asked.document
        document.known_revision = max(document.known_revision, asked.revision)
        text = facts.pop("text", "")
        if facts != asked.expected and asked.text is None:
            self.verify(document, with_text=True)  # Then the problem shows both.
        else:
            self.findings.check("server's text", facts == asked.expected,
                                f"{document.file.name} of {self.name}: {facts} in place of {asked.expected}",
                                document, **{"client.txt": asked.text or "", "server.txt": text})
        late = [one for one in document.waiting
                if one.superseded and one.superseded[0] and one.superseded[0] < asked.number]
        self.findings.check("superseded at once", not late,
                            f"{len(late)} superseded requests of {self.name} wait behind a later answer", document)

    def _take_completion(self, asked, result):
        document, findings = asked.document, self.findings
        document.waiting.remove(asked)
        if result is None:
            findings.counts["completions superseded"] += 1
            findings.check("null only where superseded", asked.superseded is not None,
                           f"{asked.method} of {self.name} is answered by null", document)
            return
        findings.counts["completions answered"] += 1
        findings.check(
            "fresh", asked.revision >= document.known_revision,
            f"{self.name} got an answer about revision {asked.revision} of {document.file.name} when the server "
            f"had {document.known_revision}", document)
        document.known_revision = max(document.known_revision, asked.revision)
        items = result["items"]
        findings.counts["items"] += len(items)
        problem_of = inline_problem if asked.method == INLINE else menu_problem
        problems = [problem_of(item, asked, self.encoding) for item in items]
        for item, problem in zip(items, problems):
            findings.check("items continue the text", problem is None,
                           f"{problem}: {item} at {asked.place} of {asked.line!r}", document)
        if not any(problems):
            self._take_times(items)
        texts = [item.get("insertText") for item in items]
        most = 1 if asked.is_automatic or asked.method == MENU else 10
        findings.check("number of items", len(items) <= most and len(set(texts)) == len(texts),
                       f"{texts} at {asked.place} of {asked.line!r}", document)

    def _take_times(self, items):
        """What items say of themselves that did not come out of the memory."""
        computed = [item["data"]["timing"] for item in items if item["data"]["tokens"]["passes"] > 0]
        for timing in computed:
            for stage, milliseconds in timing.items():
                self.findings.times[stage.removesuffix("_ms")].append(milliseconds)
        if computed or not items:
            self.edits_behind = 0
