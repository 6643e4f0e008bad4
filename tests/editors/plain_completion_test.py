"""`textDocument/completion` as Helix, Zed, Sublime Text and Emacs ask for it, each with what it says it can do."""

import subprocess
import unittest

from scripts.language_client import LanguageClient, OpenDocument
from tests.editors.oracle import SOURCE
from tests.integration.nextline import BINARY, model_path

ITEMS = {"snippetSupport": True, "deprecatedSupport": True, "tagSupport": {"valueSet": [1]},
         "resolveSupport": {"properties": ["documentation", "detail", "additionalTextEdits"]}}
# What the editors send as capabilities, as far as a server can answer it otherwise.
EDITORS = {
    "Helix": {
        "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
        "textDocument": {"completion": {"completionItem": {**ITEMS, "insertReplaceSupport": True},
                                        "completionItemKind": {}}},
        "workspace": {"configuration": True, "workspaceFolders": True},
    },
    "Zed": {
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {"completion": {
            "contextSupport": True,
            "completionList": {"itemDefaults": ["commitCharacters", "editRange", "insertTextMode"]},
            "completionItem": {**ITEMS, "insertReplaceSupport": True, "labelDetailsSupport": True}}},
        "workspace": {"configuration": True, "workspaceFolders": True},
    },
    "Sublime Text": {
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {"completion": {
            "completionList": {"itemDefaults": ["editRange", "insertTextFormat", "data"]},
            "completionItem": {**ITEMS, "insertReplaceSupport": True, "labelDetailsSupport": True,
                               "insertTextModeSupport": {"valueSet": [2]}, "documentationFormat": ["markdown"]},
            "insertTextMode": 2}},
        "workspace": {"configuration": True, "workspaceFolders": True},
    },
    "Emacs": {
        "general": {},
        "textDocument": {"completion": {"contextSupport": True, "completionItem": {"snippetSupport": False}}},
        "workspace": {"configuration": True, "workspaceFolders": True},
    },
}
INVOKED, FOR_INCOMPLETE = 1, 3


class PlainCompletionTest(unittest.TestCase):
    def serve(self, editor):
        client = LanguageClient([BINARY, "serve", "--stdio", "--no-share", "--model", model_path(), "--snapshots", "off",
                                 "--least-confidence", "0", "--no-statistics"], stderr=subprocess.DEVNULL)
        self.addCleanup(client.close)
        client.answers["workspace/configuration"] = lambda params: [{} for _ in params["items"]]
        about = client.initialize(EDITORS[editor])
        first = EDITORS[editor]["general"].get("positionEncodings", ["utf-16"])[0]
        self.assertEqual(about["capabilities"]["positionEncoding"], first)
        return client

    def inserted(self, document, item):
        """The text once the item is accepted, as all these editors do it: its edit is made, and nothing else."""
        self.assertNotIn("additionalTextEdits", item)
        self.assertNotIn("insertTextFormat", {key for key in item if item[key] != 1})  # It is no snippet.
        edit = item["textEdit"]
        span = edit.get("range") or edit["replace"]
        first, last = document.offset(span["start"]), document.offset(span["end"])
        return document.text[:first] + edit["newText"] + document.text[last:]

    def test_an_item_leads_to_what_ghost_text_would(self):
        for editor in EDITORS:
            client = self.serve(editor)
            for number, line in enumerate(["    return a", "    return a * b", "    '🙂 größe'; return multi"]):
                with self.subTest(editor, line=line):
                    document = OpenDocument(client, f"file:///größe{number}.py", "# 🙂\n" + SOURCE)
                    document.insert(len(document.text), line)
                    ghost = document.complete(len(document.text)).result()["items"][0]["insertText"]
                    answer = document.complete(len(document.text), "completion").result()
                    [item] = answer["items"]
                    self.assertEqual(self.inserted(document, item), document.text + ghost)
                    # Its word is what the editor filters by, and its list is asked for again.
                    word = line[len(line.rstrip("abcdefghijklmnopqrstuvwxyz")):]
                    self.assertTrue(item["filterText"].startswith(word), item)
                    self.assertTrue(answer["isIncomplete"])
                    self.assertNotIn("\n", item["label"])

    def test_the_list_is_asked_for_again_with_each_key(self):
        for editor in EDITORS:
            with self.subTest(editor):
                client = self.serve(editor)
                document = OpenDocument(client, "file:///a.py", SOURCE)
                document.insert(len(SOURCE), "    return a")
                [item] = document.complete(len(document.text), "completion", triggerKind=INVOKED).result()["items"]
                rest = item["textEdit"]["newText"][len("a"):]
                document.insert(len(document.text), rest[:1])
                [item] = document.complete(len(document.text), "completion",
                                           triggerKind=FOR_INCOMPLETE).result()["items"]
                self.assertEqual(self.inserted(document, item), f"{SOURCE}    return a{rest}")

    def test_a_key_behind_the_request_supersedes_it(self):
        client = self.serve("Helix")
        document = OpenDocument(client, "file:///a.py", SOURCE)
        document.insert(len(SOURCE), "    return ")
        superseded = document.complete(len(document.text), "completion")
        document.insert(len(document.text), "a")
        [item] = document.complete(len(document.text), "completion").result()["items"]
        self.assertTrue(item["filterText"].startswith("a"))
        self.assertIsNone(superseded.result())


if __name__ == "__main__":
    unittest.main()
