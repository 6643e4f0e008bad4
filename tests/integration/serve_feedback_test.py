"""What `nextline serve` makes of what became of its suggestions."""

import json

from tests.integration.served import PYTHON, ServedTestCase


class FeedbackTest(ServedTestCase):
    def execute(self, client, command, *arguments):
        return client.request("workspace/executeCommand",
                              {"command": f"nextline.{command}", "arguments": list(arguments)}).result()

    def counts(self, client):
        return self.execute(client, "statistics")["today"]["total"]

    def suggested(self, document):
        item, *_ = document.complete(len(document.text)).result()["items"]
        return item

    def accept(self, client, document, item):
        """As an editor does: the text is inserted, then the item's command is executed."""
        document.insert(len(document.text), item["insertText"])
        command = item["command"]
        return client.request("workspace/executeCommand",
                              {"command": command["command"], "arguments": command["arguments"]}).result()

    def statistics_file(self):
        return self.cache / "nextline/statistics/statistics.json"

    def test_what_is_accepted_and_stays_is_counted_and_told(self):
        client = self.serve_initialized()
        document = self.open(client, PYTHON)
        item = self.suggested(document)
        client.notify("textDocument/didShowCompletion", {"item": item})
        self.assertIsNone(self.accept(client, document, item))
        document.insert(0, "# On top.\n")
        document.close()
        counts = self.counts(client)
        for name in "asked", "answered", "shown", "accepted", "kept_whole":
            self.assertEqual(counts[name], 1, name)
        self.assertEqual(counts["accepted_characters"], len(item["insertText"]))
        told = self.execute(client, "statistics")
        self.assertEqual(told["all"]["languages"]["plaintext"]["accepted"], 1)
        self.assertRegex(told["sentences"][0], "^Today: 1 request, 1 suggestion, 1 shown, 1 accepted")

    def test_what_is_changed_or_taken_back_is_told_apart(self):
        client = self.serve_initialized()
        document = self.open(client, PYTHON)
        item = self.suggested(document)
        client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 5})
        document.insert(len(document.text), item["insertText"][:5])
        document.delete(len(PYTHON), 5)
        document.close()
        counts = self.counts(client)
        self.assertEqual((counts["accepted"], counts["partly_accepted"], counts["gone"]), (0, 1, 1))

    def test_it_is_kept_from_server_to_server(self):
        for number in 1, 2:
            client = self.serve_initialized()
            document = self.open(client, PYTHON)
            self.accept(client, document, self.suggested(document))
            self.assertEqual(client.shut_down(), 0)  # The document is still open, and judged now.
            [[_, languages]] = json.loads(self.statistics_file().read_text())["days"].items()
            self.assertEqual(languages["plaintext"]["kept_whole"], number)

    def test_two_servers_at_once_lose_nothing(self):
        clients = [self.serve_initialized() for _ in range(2)]
        for client in clients:
            document = self.open(client, PYTHON)
            self.accept(client, document, self.suggested(document))
        for client in clients:
            self.assertEqual(client.shut_down(), 0)
        self.assertEqual(self.counts(self.serve_initialized())["accepted"], 2)

    def test_nothing_of_the_text_is_in_the_file(self):
        client = self.serve_initialized()
        document = self.open(client, PYTHON, "fibonacci.py")
        self.accept(client, document, self.suggested(document))
        self.assertEqual(client.shut_down(), 0)
        self.assertNotIn("fibonacci", self.statistics_file().read_text())

    def test_a_damaged_file_is_put_aside_with_a_word(self):
        self.statistics_file().parent.mkdir(parents=True)
        self.statistics_file().write_text("{")
        client = self.serve_initialized()
        self.suggested(self.open(client, PYTHON))
        self.assertEqual(client.shut_down(), 0)
        self.assertEqual(self.logged(client).count("put aside"), 1)
        self.assertEqual(self.statistics_file().with_suffix(".json.damaged").read_text(), "{")

    def test_the_user_can_erase_it(self):
        client = self.serve_initialized()
        self.suggested(self.open(client, PYTHON))
        self.assertEqual(self.execute(client, "eraseStatistics"), {"days": 1})
        self.assertEqual(self.counts(client)["asked"], 0)
        self.assertEqual(client.shut_down(), 0)
        self.assertFalse(self.statistics_file().exists())

    def test_none_are_kept_where_they_are_not_wanted(self):
        client = self.serve_initialized("--no-statistics")
        document = self.open(client, PYTHON)
        self.accept(client, document, self.suggested(document))
        answer = client.request("workspace/executeCommand", {"command": "nextline.statistics"})
        self.assert_error(answer, -32803, "No statistics")
        self.assertEqual(client.shut_down(), 0)
        self.assertFalse(self.statistics_file().parent.exists())
