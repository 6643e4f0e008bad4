"""The checks of a soak find what they are for: answers of a server that is wrong"""

import asyncio
import json
import pathlib
import tempfile
import unittest

from tests.soak.document import Document
from tests.soak.editor import Editor
from tests.soak.findings import Findings

LINE = "x = f(🙂"  # The cursor is at its end, behind 8 units of UTF-16.


class SilentConnection:
    """Takes what is sent; the test says what comes back."""

    process = None

    def __init__(self):
        self.sent = []

    def send(self, message):
        self.sent.append(message)

    async def receive(self):
        await asyncio.Event().wait()


class ChecksTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.findings = Findings(pathlib.Path(folder.name))
        self.editor = Editor("one", "utf-16", None, {}, self.findings)
        self.editor.connection, self.editor._is_ready = SilentConnection(), True
        self.document = Document(self.editor, pathlib.Path("/w/a.py"), LINE + "\n")
        self.document.open()
        self.document.cursor = 0, len(LINE)

    def asserts_problem(self, sentence):
        self.assertEqual(len(self.findings.problems), 1, self.findings.problems)
        self.assertRegex(self.findings.problems.pop(), sentence)

    def answer(self, asked, **outcome):
        self.editor._take({"id": asked.id, **json.loads(json.dumps(outcome))})

    def item(self, text=")", start=8, end=8, **more):
        span = {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}}
        timing = dict.fromkeys(["tokenize_ms", "edit_ms", "prefill_ms", "decode_ms", "total_ms"], 1)
        tokens = dict.fromkeys(["prompt", "reused", "encoded", "generated", "drafted", "accepted", "passes"], 1)
        return {"insertText": text, "range": span, "data": {"id": 1, "timing": timing, "tokens": tokens},
                "command": {"arguments": [{"id": 1}]}, **more}

    async def test_what_is_right_is_no_problem(self):
        self.answer(self.editor.complete(self.document), result={"items": [self.item()]})
        self.answer(self.editor.verify(self.document), result=self.document.facts())
        self.assertEqual(self.findings.problems, [])
        self.assertEqual(self.findings.checks["items continue the text"], 1)

    async def test_items_that_do_not_continue_the_text(self):
        for item, sentence in [
                (self.item(text=""), "it is empty"), (self.item(text="\ud83d"), "half a character"),
                (self.item(text="a\r\nb"), "other line ends"), (self.item(start=7, end=8), "cuts a character"),
                (self.item(start=6), "replaces what stands before"), (self.item(end=9), "beyond the line"),
                (self.item(start=1, end=2), "does not have the cursor"), (self.item(data={}), "no number"),
                (self.item(command={}), "its command")]:
            with self.subTest(sentence):
                self.answer(self.editor.complete(self.document), result={"items": [item]})
                self.asserts_problem(sentence)

    async def test_an_answer_about_an_earlier_text(self):
        asked = self.editor.complete(self.document)
        self.document.insert(")")
        facts = self.editor.verify(self.document)
        asked.superseded = None  # As if the server had had no reason to give it up.
        self.answer(facts, result=self.document.facts())
        self.answer(asked, result={"items": [self.item()]})
        self.asserts_problem("fresh: .* revision 0 .* had 1")

    async def test_a_request_that_is_superseded_and_waits(self):
        self.editor.complete(self.document)
        self.document.insert(")")
        self.answer(self.editor.verify(self.document), result=self.document.facts())
        self.asserts_problem("superseded at once")

    async def test_what_changes_nothing_supersedes_nothing(self):
        asked = self.editor.complete(self.document)
        self.document.replace_all(LINE + "\n")
        self.document.change(((0, 0), (0, 0), ""))
        self.answer(self.editor.verify(self.document), result=self.document.facts())
        self.answer(asked, result={"items": [self.item()]})
        self.assertEqual(self.findings.problems, [])

    async def test_a_null_that_nothing_explains(self):
        self.answer(self.editor.complete(self.document), result=None)
        self.asserts_problem("null only where superseded")

    async def test_a_second_answer(self):
        asked = self.editor.complete(self.document)
        for _ in range(2):
            self.answer(asked, result={"items": []})
        self.asserts_problem("answered once")

    async def test_an_error(self):
        self.answer(self.editor.complete(self.document), error={"code": -32803, "message": "No memory."})
        self.asserts_problem("No memory")

    async def test_another_text_is_shown_beside_the_clients(self):
        self.answer(self.editor.verify(self.document), result={**self.document.facts(), "hash": "another"})
        self.assertEqual(self.findings.problems, [])  # It has been asked for whole.
        [asked] = self.editor._pending.values()
        self.answer(asked, result={**self.document.facts(), "hash": "another", "text": "x = g(🙂\n"})
        self.asserts_problem("server's text")
        shown = (self.findings.folder / "problem 1/difference.txt").read_text(encoding="utf-8")
        self.assertIn("+x = g(🙂", shown)


if __name__ == "__main__":
    unittest.main()
