"""A document that an editor has open."""

import collections
import hashlib

from tests.soak.text import Text

MOST_UNDONE = 50  # Steps that can be taken back.


class Document:
    """Its text, and what its server is told of it. Edits are (first place, last place, new text)."""

    def __init__(self, editor, file, text):
        self.editor, self.file = editor, file
        self.text = Text(text)
        self.original_lines = len(self.text.lines)
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        self.version = 0
        self.revision = 0  # Counts what changed the text: a notification may tell what is there already.
        self.known_revision = 0  # The server has shown that it had this one.
        self.cursor = 0, 0
        self.is_dirty = False
        self.undone, self.done = [], []
        self.waiting = []  # Completions that were asked for and are not answered.
        self.messages = collections.deque(maxlen=200)  # About it, the last ones.

    @property
    def uri(self):
        return self.file.as_uri()

    @property
    def identifier(self):
        return {"uri": self.uri}

    def clamped(self, place):
        """The place, or the nearest one that the text has."""
        line = min(place[0], len(self.text.lines) - 1)
        return line, min(place[1], len(self.text.content(line)))

    def facts(self):
        """What `nextline/document` is to say of it."""
        content = str(self.text).encode("utf-8")
        return {"version": self.version, "bytes": len(content), "hash": hashlib.sha256(content).hexdigest()}

    def open(self):
        self.version += 1
        self.editor.notify("textDocument/didOpen", {"textDocument": {
            "uri": self.uri, "languageId": self.editor.language_id(self.file), "version": self.version,
            "text": str(self.text)}}, self)

    def close(self):
        self.editor.supersede(self, "close")
        self.editor.notify("textDocument/didClose", {"textDocument": self.identifier}, self)

    def change(self, *edits):
        """Each edit applies to what the ones before it left; all are told at once."""
        self.done.append(self._apply(edits))
        self._forget_steps()

    def replace_all(self, text):
        """Tells the whole text anew, as editors do that know of no changes."""
        self.done.append(self._apply_all(text))
        self._forget_steps()

    def undo(self):
        """Takes the last step back; says whether there was one."""
        return self._step(self.done, self.undone)

    def redo(self):
        return self._step(self.undone, self.done)

    def insert(self, text):
        """At the cursor, as typed."""
        place = self.clamped(self.cursor)
        self.change((place, place, text))

    def _forget_steps(self):
        self.undone.clear()
        del self.done[:-MOST_UNDONE]

    def _step(self, taken, left):
        if not taken:
            return False
        step = taken.pop()
        left.append(self._apply_all(step) if isinstance(step, str) else self._apply(step))
        return True

    def _apply(self, edits):
        """Returns the edits that undo these."""
        changes, inverse = [], []
        for first, last, new in edits:
            span = {"start": self.text.position(first, self.editor.encoding),
                    "end": self.text.position(last, self.editor.encoding)}
            old = self.text.between(first, last)
            behind = self.text.replace(first, last, new)
            changes.append({"range": span, "text": new})
            inverse.append((first, behind, old))
            self.cursor = behind
        self._tell(changes, any(first != behind or old for first, behind, old in inverse))
        return inverse[::-1]

    def _apply_all(self, text):
        before = str(self.text)
        self.text = Text(text)
        self.cursor = self.clamped(self.cursor)
        self._tell([{"text": text}], text != before)
        return before

    def _tell(self, changes, is_change):
        self.is_dirty = True
        self.version += 1
        if is_change:
            self.revision += 1
            self.editor.supersede(self, "change")
        self.editor.count_edit()
        self.editor.notify("textDocument/didChange", {
            "textDocument": {**self.identifier, "version": self.version}, "contentChanges": changes}, self)
