"""What `nextline serve` shows the model of other files, and `nextline complete` where it is asked to"""

import os
import unittest

from scripts.language_client import OpenDocument
from tests.integration.nextline import DEFAULT_MODEL, model_path
from tests.integration.sample_repository import SampleRepository
from tests.integration.served import ServedTestCase, place_of

# What is behind the dot can be known from this file alone.
STORE = '''class Store:
    def __init__(self, folder):
        self.folder = folder

    def forget_expired_entries(self, seconds):
        self.entries = [entry for entry in self.entries if entry.age < seconds]
'''
MAIN = '''from store import Store

store = Store("/tmp")
store.forget_'''


class ContextTestCase(ServedTestCase):
    reuse = ()

    def setUp(self):
        super().setUp()
        self.workspace = SampleRepository(self.folder / "workspace").folder
        self.write("workspace/store.py", STORE)

    def serve_workspace(self, *arguments, model=None):
        client = self.serve("--refresh-pause", 50, *arguments, model=model)
        folder = {"uri": self.workspace.as_uri(), "name": "workspace"}
        about = client.request("initialize", {
            "processId": os.getpid(), "capabilities": {}, "workspaceFolders": [folder]}).result()
        client.encoding = about["capabilities"]["positionEncoding"]
        client.notify("initialized", {})
        return client

    def open_in_workspace(self, client, name, text):
        return OpenDocument(client, (self.workspace / name).as_uri(), text)

    def complete_after_a_pause(self, client, document):
        self.complete(document)
        self.wait_until_idle(client)
        return self.complete(document)


class OtherFilesTest(ContextTestCase):
    def test_what_another_file_defines_is_said(self):
        client = self.serve_workspace()
        document = self.open_in_workspace(client, "main.py", MAIN)
        text, tokens = self.complete_after_a_pause(client, document)
        self.assertRegex(text, r"^expired_entries\(")
        self.assertGreater(tokens["prompt"], 50)

        without = self.serve_workspace("--no-context")
        document = self.open_in_workspace(without, "main.py", MAIN)
        text_without, tokens_without = self.complete_after_a_pause(without, document)
        self.assertNotRegex(text_without, "expired_entries")
        self.assertLess(tokens_without["prompt"], 30)

    def test_a_key_encodes_no_more_than_without_it(self):
        encoded = []
        for arguments in [(), ("--no-context",)]:
            client = self.serve_workspace(*arguments)
            document = self.open_in_workspace(client, "main.py", MAIN)
            self.complete_after_a_pause(client, document)
            encoded.append([])
            for key in "expired_":
                document.insert(len(document.text), key)
                self.assertIsNotNone(document.complete(len(document.text)).result())
                result = document.complete(len(document.text)).result()
                encoded[-1] += [item["data"]["tokens"]["encoded"] for item in result["items"]]
            self.assertEqual(client.shut_down(), 0)
        # What is said, and so what of it can be kept, is another; the preamble is some 50 tokens.
        self.assertLess(sum(encoded[0]), sum(encoded[1]) + 20)

    def test_there_is_a_limit(self):
        client = self.serve_workspace("--context-tokens", 8)
        document = self.open_in_workspace(client, "main.py", MAIN)
        _, tokens = self.complete_after_a_pause(client, document)
        self.assertLess(tokens["prompt"], 40)

    def test_what_is_typed_in_one_document_is_seen_from_another(self):
        client = self.serve_workspace()
        self.open_in_workspace(client, "store.py", STORE.replace("expired", "ancient"))
        document = self.open_in_workspace(client, "main.py", MAIN)
        text, _ = self.complete_after_a_pause(client, document)
        self.assertRegex(text, r"^ancient_entries\(")

    def test_what_is_ignored_is_not_seen(self):
        self.write("workspace/.gitignore", "store.py\n")
        client = self.serve_workspace()
        document = self.open_in_workspace(client, "main.py", MAIN)
        _, tokens = self.complete_after_a_pause(client, document)
        self.assertLess(tokens["prompt"], 30)

    def test_a_secret_is_completed_without_it(self):
        client = self.serve_workspace()
        document = self.open_in_workspace(client, ".env", MAIN)
        _, tokens = self.complete_after_a_pause(client, document)
        self.assertLess(tokens["prompt"], 30)


class OpenedAgainTest(ContextTestCase):
    snapshots = "on"

    def test_nothing_is_computed_again(self):
        self.write("workspace/main.py", MAIN)
        # Nothing marks where the preamble ends of a model that cannot fill in the middle.
        for encoded_at_most in (1000, 5):
            client = self.serve_workspace(model=model_path(DEFAULT_MODEL))
            document = self.open_in_workspace(client, "main.py", MAIN)
            self.wait_until_idle(client, quiet=1)
            text, tokens = self.complete(document)
            self.assertRegex(text, r"^expired_entries\(")
            self.assertLessEqual(tokens["encoded"], encoded_at_most)
            self.assertEqual(client.shut_down(), 0)


class CompleteTest(ContextTestCase):
    def test_what_the_repository_defines_is_said_where_it_is_asked_for(self):
        self.write("workspace/main.py", MAIN)
        place = f"workspace/main.py:{place_of(MAIN, len(MAIN))}"
        answer = self.succeed("complete", place, "--with-context", "--model", model_path())
        self.assertRegex(answer["text"], r"^expired_entries\(")
        self.assertEqual([snippet["path"] for snippet in answer["context"]], ["store.py"])
        answer = self.succeed("complete", place, "--model", model_path())
        self.assertNotIn("context", answer)
        self.assertLess(answer["tokens"]["prompt"], 30)


if __name__ == "__main__":
    unittest.main()
