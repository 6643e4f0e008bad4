"""How what `nextline serve` suggests fits into the text around the cursor, with a real model."""

from tests.integration.served import ServedTestCase

AUTOMATIC = {"triggerKind": 2}


class FittingTest(ServedTestCase):
    def setUp(self):
        super().setUp()
        self.client = self.serve_initialized("--max-tokens", 24)

    def items(self, text, cursor, name="a.py", **context):
        document = self.open(self.client, text, name)
        answer = document.complete(cursor, **context).result()
        document.close()
        return answer["items"]

    def accepted(self, marked, name="a.py"):
        """What the text is once the suggestion at the "|" is accepted; None if there is none."""
        cursor = marked.index("|")
        text = marked.replace("|", "", 1)
        items = self.items(text, cursor, name)
        if not items:
            return None
        line_start = text.rfind("\n", 0, cursor) + 1
        first, last = (line_start + items[0]["range"][end]["character"] for end in ("start", "end"))
        return text[:first] + items[0]["insertText"] + text[last:]

    def why_nothing(self):
        return self.client.request("workspace/executeCommand", {"command": "nextline.whyNothing"}).result()

    def test_a_closer_that_the_editor_inserted_is_not_doubled(self):
        stems = ["import os\n\nprint(os.path.join(|))\n", "values = [1, 2, 3]\nprint(sorted(|))\n",
                 "def area(width, height):\n    return width * height\n\n\nprint(area(|))\n"]
        suggested = 0
        for marked in stems:
            with self.subTest(marked):
                text = self.accepted(marked)
                if text is not None:
                    suggested += 1
                    self.assertEqual(text.count("("), text.count(")"), text)
        self.assertGreater(suggested, 0)

    def test_indentation_and_line_ends_are_the_file_s(self):
        marked = "def first(x):\r\n\tif x:\r\n\t\treturn x\r\n\r\n\r\ndef second(x):\r\n|\r\n"
        text = self.accepted(marked)
        self.assertIsNotNone(text)
        line = text.split("\r\n")[6]
        self.assertTrue(line.startswith("\t") and not line.startswith("\t "), repr(line))
        self.assertNotIn("\n", text.replace("\r\n", ""))

    def test_a_line_ends_without_blanks(self):
        for marked in ["x = 1\ny = |\n", "for i in range(3):\n    |\n"]:
            text = self.accepted(marked)
            if text is not None:
                self.assertFalse(any(line != line.rstrip() for line in text.splitlines()), repr(text))

    def test_nothing_is_suggested_amid_a_word_and_it_is_said_why(self):
        text = "def fibonacci(n):\n    return n\n"
        self.assertEqual(self.items(text, 6, **AUTOMATIC), [])
        self.assertIn("amid a word", self.why_nothing())

    def test_nothing_is_suggested_in_files_of_secrets_unless_somebody_asks(self):
        text = "HOST=localhost\nPORT="
        self.assertEqual(self.items(text, len(text), ".env", **AUTOMATIC), [])
        self.assertIn("secrets", self.why_nothing())
        self.items(text, len(text), ".env")
        self.assertNotIn("secrets", self.why_nothing())
