"""Clients of `nextline serve` that open more than they may; docs/limits.md has the limits."""

import unittest

from tests.integration.served import PYTHON, ServedTestCase, inserted

MEGABYTE = 1 << 20


class LimitsTest(ServedTestCase):
    def why_nothing(self, client):
        return client.request("workspace/executeCommand", {"command": "nextline.whyNothing"}).result()

    def assert_left_out(self, client, document, sentence):
        self.assertIsNone(document.complete(0).result())
        self.assertIn(sentence, self.why_nothing(client))

    def test_a_document_may_be_as_large_as_the_option_says(self):
        client = self.serve_initialized("--document-limit", "1")
        largest = self.open(client, "\n" * (MEGABYTE - len(PYTHON)) + PYTHON)
        self.assertTrue(inserted(largest.complete(len(largest.text)).result()))
        largest.insert(0, "\n")
        self.assert_left_out(client, largest, "The document is larger than 1 MB")
        self.assert_left_out(client, self.open(client, "\n" * (MEGABYTE + 1), "larger.py"), "larger than 1 MB")
        self.assert_completes(client)

    def test_so_many_documents_may_be_open(self):
        client = self.serve_initialized("--documents", "1")
        first = self.open(client, PYTHON)
        second = self.open(client, PYTHON, "second.py")
        self.assert_left_out(client, second, "More documents are open than are completed: 1 of one editor, 4 of all")
        for document in (first, second):
            client.notify("textDocument/didClose", {"textDocument": {"uri": document.uri}})
        self.assert_completes(client)

    def test_so_much_text_may_be_open(self):
        client = self.serve_initialized("--document-memory", "1")
        first = self.open(client, "\n" * MEGABYTE)
        self.assert_left_out(client, self.open(client, PYTHON, "second.py"), "more than 1 MB of text")
        client.notify("textDocument/didClose", {"textDocument": {"uri": first.uri}})
        self.assert_completes(client)
        shown = [message for message in client.received if message.get("method") == "window/showMessage"]
        self.assertEqual(len(shown), 1)


if __name__ == "__main__":
    unittest.main()
