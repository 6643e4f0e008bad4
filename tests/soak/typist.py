"""What a user does at one editor, drawn at random."""

import asyncio
import pathlib
import random

from tests.soak.document import Document
from tests.soak.editor import INLINE, MENU, Gone
from tests.soak.text import column_of, split_lines, without_end

PASTED = 200  # Lines.
MOST_BEHIND = 60  # Edits that the model has not followed: who types on and on without looking is no user.
MOST_GROWTH = 1.3  # Of the lines that a document had at first; beyond, what is inserted is deleted before.


class Typist:
    """Works with some of the documents. `desk` is what all typists share: the workplace and the other editors."""

    def __init__(self, editor, files, desk, seed):
        self.editor, self.files, self.desk, self.seed = editor, files, desk, seed
        self.first_settings = editor.settings
        self.number = 0  # Of the thing that is being done.
        self.random = random.Random()
        self.document = None  # The one in front.

    def open_all(self):
        for file in self.files:
            self.editor.documents.append(Document(self.editor, file, self.desk.workplace.original(file)))
        self.document = self.editor.documents[0]

    async def do_something(self):
        """The next thing; the same one for the same seed, editor and number."""
        self.number += 1
        self.random = random.Random(f"{self.seed} {self.editor.name} {self.number}")
        [action] = self.random.choices(list(self.ACTIONS), weights=list(self.ACTIONS.values()))
        self.editor.findings.counts[f"action {action.__name__}"] += 1
        await action(self)
        if self.editor.edits_behind > MOST_BEHIND:
            await self.answer_of(self.editor.complete(self.document))
        await self.editor.connection.drain()

    async def come_home(self):
        """Makes documents, settings and folders what they were in the beginning: only so can be compared what the
        server takes now and then."""
        self.editor.configure(self.first_settings)
        if self.desk.workplace.second_folder.as_uri() in self.editor.folders:
            await self.change_folders()
        for document in self.editor.documents:
            document.replace_all(self.desk.workplace.original(document.file))
            document.cursor = 0, 0
            await self.answer_of(self.editor.complete(document))

    # Places.

    def place(self):
        text = self.document.text
        line = self.random.randrange(len(text.lines))
        return line, self.random.randint(0, len(text.content(line)))

    def some_lines(self, most):
        """Lines of the document's own original text, as one would type them there."""
        lines = split_lines(self.desk.workplace.original(self.document.file))
        first = self.random.randrange(len(lines))
        return [without_end(line) for line in lines[first:first + self.random.randint(1, most)]]

    def is_long(self, more=0):
        return len(self.document.text.lines) + more > MOST_GROWTH * self.document.original_lines + PASTED

    # Typing.

    async def type_lines(self):
        """Some lines, key by key, with suggestions that come by themselves."""
        document = self.document
        if self.is_long():
            return await self.delete_lines()
        line, column = self.place()
        if self.random.random() < 0.7:
            document.cursor = line, len(document.text.content(line))
            document.insert(document.line_end)
        else:
            document.cursor = line, column
        for text in self.some_lines(2):
            await self.type(text[:self.random.randint(5, 60)])
            if self.random.random() < 0.5:
                await self.type("\n")
        return None

    async def type(self, text):
        asked = None
        for key in text:
            self.document.insert(self.document.line_end if key == "\n" else key)
            chance = self.random.random()
            if chance < 0.5:
                asked = self.editor.complete(self.document, is_automatic=True)
            elif chance < 0.55 and asked in self.document.waiting:
                self.editor.cancel(asked)
            if self.random.random() < 0.1 and asked is not None:
                await self.look_at(asked)
            else:
                await asyncio.sleep(0)
        if asked is not None:
            await self.look_at(asked)

    async def look_at(self, asked):
        """Waits for a suggestion, and does with it what users do."""
        result = await self.answer_of(asked)
        if not result or not result["items"] or asked.revision != asked.document.revision:
            return
        item = self.random.choice(result["items"])
        self.editor.notify("textDocument/didShowCompletion", {"item": item}, asked.document)
        [use] = self.random.choices([self.accept, self.accept_part, self.type_along, self.dismiss], [3, 2, 3, 2])
        self.editor.findings.counts[f"suggestion {use.__name__}"] += 1
        await use(item, asked)

    async def accept(self, item, asked):
        span, line = item["range"], asked.place[0]
        first, last = (column_of(asked.line, span[end]["character"], self.editor.encoding) for end in ("start", "end"))
        asked.document.change(((line, first), (line, last), item["insertText"]))
        command = item["command"]
        await self.editor.request("workspace/executeCommand",
                                  {"command": command["command"], "arguments": command["arguments"]})

    async def accept_part(self, item, asked):
        text = item["insertText"]
        part = text[:self.random.randint(1, len(text))].rstrip("\r")
        if not part or asked.selected:
            return
        asked.document.insert(part)
        self.editor.notify("textDocument/didPartiallyAcceptCompletion", {
            "item": item, "acceptedLength": len(part.encode("utf-16-le")) // 2}, asked.document)

    async def type_along(self, item, asked):
        if asked.selected:
            return
        for key in without_end(split_lines(item["insertText"])[0])[:20]:
            asked.document.insert(key)
            await self.answer_of(self.editor.complete(asked.document, is_automatic=True))

    async def dismiss(self, item, asked):
        pass

    async def answer_of(self, asked):
        return await self.editor.result_of(asked)

    async def backspaces(self):
        document = self.document
        document.cursor = self.place()
        for _ in range(self.random.randint(1, 15)):
            line, column = document.clamped(document.cursor)
            if column > 0:
                before = line, column - 1
            elif line > 0:
                before = line - 1, len(document.text.content(line - 1))
            else:
                return
            document.change((before, (line, column), ""))
            if self.random.random() < 0.3:
                self.editor.complete(document, is_automatic=True)
            await asyncio.sleep(0)

    # Larger edits.

    async def insert_line(self):
        line = self.random.randrange(len(self.document.text.lines))
        self.document.change(((line, 0), (line, 0), self.some_lines(1)[0] + self.document.line_end))
        await self.invoke()

    async def delete_lines(self):
        text = self.document.text
        first = self.random.randrange(len(text.lines))
        count = self.random.randint(1, PASTED if self.is_long() else 10)
        last = min(first + count, len(text.lines) - 1)
        self.document.change(((first, 0), (last, 0), ""))
        await self.verify()

    async def paste(self):
        lines = self.some_lines(PASTED)
        if self.is_long(len(lines)):
            return await self.delete_lines()
        place = self.place()
        end = self.document.line_end
        self.document.change((place, place, end.join(lines) + end))
        return await self.invoke()

    async def change_everywhere(self):
        """The same word at several cursors, told in one notification."""
        document, text = self.document, self.document.text
        words = [word for word in text.content(self.random.randrange(len(text.lines))).split() if word.isidentifier()]
        if not words:
            return
        word = self.random.choice(words)
        new = self.random.choice([word + "_2", "größe", "🙂", "x", word[:-1]])
        edits = []
        for line in range(len(text.lines) - 1, -1, -1):
            column = text.content(line).rfind(word)
            if column >= 0:
                edits.append(((line, column), (line, column + len(word)), new))
            if len(edits) == 20:
                break
        document.change(*edits)
        await self.verify()

    async def revert(self):
        """Gives up all that has been done to the document: else it would become nonsense to any parser."""
        self.document.replace_all(self.desk.workplace.original(self.document.file))
        await self.verify()

    async def undo(self):
        for _ in range(self.random.randint(1, 10)):
            if not self.document.undo():
                break
            await asyncio.sleep(0)
        for _ in range(self.random.randint(0, 5)):
            if not self.document.redo():
                break
        await self.verify()

    async def format(self):
        """Indents all lines otherwise: by an edit for each, or by the whole text; often it is taken back."""
        document, text = self.document, self.document.text
        width = self.random.choice([2, 8])
        edits = []
        for line in range(len(text.lines)):
            blanks = len(text.content(line)) - len(text.content(line).lstrip(" "))
            if blanks >= 4:
                edits.append(((line, 0), (line, blanks), " " * (blanks * width // 4)))
        if self.random.random() < 0.5:
            document.change(*edits[::self.random.choice([1, -1])])
        else:
            lines = list(text.lines)
            for (line, _), (_, blanks), new in edits:
                lines[line] = new + lines[line][blanks:]
            document.replace_all("".join(lines))
        await self.invoke()
        if self.random.random() < 0.7:
            document.undo()
        if self.is_long() or self.random.random() < 0.3:
            document.replace_all(self.desk.workplace.original(document.file))
        await self.verify()

    # Asking.

    async def jump(self):
        document = self.document
        for _ in range(self.random.randint(1, 5)):
            document.cursor = self.place()
            self.editor.notify("nextline/didMoveCursor", {
                "textDocument": document.identifier,
                "position": document.text.position(document.cursor, self.editor.encoding)}, document)
            await asyncio.sleep(0)
        await self.invoke()

    async def invoke(self):
        """Asks by hand, and for the menu; one of the two may supersede the other."""
        document = self.document
        selected = None
        start = document.text.word_start(document.clamped(document.cursor))[1]
        line, column = document.clamped(document.cursor)
        if start < column and self.random.random() < 0.3:
            selected = start, document.text.content(line)[start:column] + "_selected"
        asked = [self.editor.complete(document, selected=selected)]
        if self.random.random() < 0.3:
            asked.append(self.editor.complete(document))  # The same again, or without the selection.
        if self.random.random() < 0.2:
            self.editor.cancel(self.random.choice(asked))
        for one in asked:
            await self.look_at(one)

    async def menu(self):
        asked = self.editor.complete(self.document, MENU, is_automatic=self.random.random() < 0.3)
        if self.random.random() < 0.2:
            self.editor.complete(self.document, INLINE)
        await self.answer_of(asked)

    async def verify(self):
        await self.answer_of(self.editor.verify(self.document))

    async def commands(self):
        command = self.random.choice(["nextline.whyNothing", "nextline.statistics"])
        await self.editor.request("workspace/executeCommand", {"command": command})

    async def watch(self):
        """Draws the cache of a document for a while; nobody waits for it."""
        self.editor.ask("nextline/cache", {"textDocument": self.document.identifier}, self.document)
        await self.invoke()

    async def pause(self):
        await asyncio.sleep(self.random.uniform(0.02, 0.3))

    # Files.

    async def look_elsewhere(self):
        self.document = self.random.choice(self.editor.documents)
        if self.random.random() < 0.5:
            await self.jump()

    async def save(self):
        self.desk.workplace.write(self.document.file, str(self.document.text))
        self.document.is_dirty = False
        self.editor.notify("textDocument/didSave", {"textDocument": self.document.identifier}, self.document)
        self.desk.files_changed([self.document.file])
        await self.verify()

    async def delete_file(self):
        self.document.file.unlink(missing_ok=True)
        self.desk.files_changed([self.document.file], kind=3)
        await self.invoke()

    async def rename(self):
        """Away and, the next time, back."""
        document = self.document
        old, name = document.file, document.file.name
        new = old.with_name(name.removeprefix("renamed_") if name.startswith("renamed_") else "renamed_" + name)
        document.close()
        if old.exists():
            old.rename(new)
        document.file = new
        document.open()
        self.desk.files_changed([old], kind=3)
        self.desk.files_changed([new], kind=1)
        await self.verify()

    async def reopen(self):
        self.document.close()
        await asyncio.sleep(self.random.choice([0, 0.05]))
        self.document.open()
        await self.verify()

    async def check_out(self):
        """The other branch: hundreds of files change, some of them under documents that are open."""
        changed = await self.desk.workplace.switch()
        self.desk.files_changed(changed)
        self.desk.reload(changed)
        await self.verify()

    # Settings and folders.

    async def configure(self):
        settings = {
            **self.editor.settings, "maxTokens": self.random.randint(4, 16),
            "candidates": self.random.randint(1, 4), "lookAhead": self.random.random() < 0.7,
            "extent": self.random.choice(["line", "block", "automatic"]),
            "suggestInComments": self.random.random() < 0.5, "suggestInStrings": self.random.random() < 0.5,
            "openStatement": self.random.choice(["finish", "cut"]),
            "context": {"enabled": self.random.random() < 0.8, "tokens": self.random.choice([0, 100, 400])}}
        self.editor.configure(settings)
        await self.invoke()

    async def switch_language(self):
        """Off for a while, and on again."""
        language = self.editor.language_id(pathlib.Path(self.document.file))
        settings = self.editor.settings
        self.editor.configure({**settings, "languages": {language: False}})
        await self.type("off")
        await self.invoke()
        self.editor.configure({**settings, "languages": {language: True}})
        await self.invoke()

    async def change_folders(self):
        """A second folder of the workspace comes, or goes."""
        folder = self.desk.workplace.second_folder.as_uri()
        one = [{"uri": folder, "name": "second"}]
        is_there = folder in self.editor.folders
        (self.editor.folders.remove if is_there else self.editor.folders.append)(folder)
        event = {"added": [], "removed": one} if is_there else {"added": one, "removed": []}
        self.editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await self.invoke()

    async def be_killed(self):
        """In the midst of what it has asked for; then it comes back."""
        self.editor.complete(self.document)
        await asyncio.sleep(self.random.choice([0, 0.01]))
        await self.editor.cut()
        await asyncio.sleep(self.random.choice([0, 0.1]))
        await self.editor.start()
        await self.verify()

    # How often each is done, beside the others.
    ACTIONS = {
        type_lines: 40, backspaces: 8, insert_line: 4, delete_lines: 4, paste: 2, change_everywhere: 4, undo: 6,
        revert: 12, format: 0.5, jump: 8, invoke: 6, menu: 4, verify: 4, commands: 0.5, watch: 0.5, pause: 2,
        look_elsewhere: 8, save: 3, delete_file: 0.5, rename: 0.5, reopen: 2, check_out: 0.2, configure: 0.6,
        switch_language: 0.5, change_folders: 0.4, be_killed: 0.4}


async def work(typist, is_over, gate):
    """Does one thing after the other, pausing where the gate is shut."""
    while not is_over():
        async with gate:
            try:
                await typist.do_something()
            except Gone:
                typist.editor.findings.problem(f"connection: {typist.editor.name} has lost its server")
                return
