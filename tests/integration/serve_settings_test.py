"""What users set in their editors, while `nextline serve` is at work, with a real model."""

import subprocess

from tests.integration.served import PYTHON, ServedTestCase

AUTOMATIC = {"triggerKind": 2}


class SettingsTest(ServedTestCase):
    def begin(self, capabilities=None, configuration=None, **more):
        """A client that answers, if it is asked for its configuration, by what is in `configuration`."""
        client = self.serve()
        if configuration is not None:
            client.answers["workspace/configuration"] = lambda params: [dict(configuration)]
        client.initialize(capabilities or {}, **more)
        return client

    def change(self, client, settings):
        client.notify("workspace/didChangeConfiguration", {"settings": settings})

    def items(self, document, **context):
        return document.complete(len(document.text), **context).result()["items"]

    def generated(self, document):
        return self.items(document)[0]["data"]["tokens"]["generated"]

    def why_nothing(self, client):
        return client.request("workspace/executeCommand", {"command": "nextline.whyNothing"}).result()

    def shown(self, client):
        return [message["params"]["message"] for message in client.received
                if message.get("method") == "window/showMessage"]

    def test_they_hold_from_the_beginning_and_change_at_once(self):
        client = self.begin(initializationOptions={"maxTokens": 2})
        document = self.open(client, PYTHON)
        self.assertEqual(self.generated(document), 2)
        self.change(client, {"nextline": {"maxTokens": 3}})
        self.assertEqual(self.generated(document), 3)

    def test_the_client_is_asked_for_them(self):
        configuration = {"maxTokens": 2}
        client = self.begin({"workspace": {"configuration": True}}, configuration)
        self.assertIsNotNone(client.wait_for(lambda message: message.get("method") == "workspace/configuration"))
        document = self.open(client, PYTHON)
        self.assertEqual(self.generated(document), 2)
        asked = [message for message in client.received if message.get("method") == "workspace/configuration"]
        configuration["maxTokens"] = 3
        self.change(client, None)
        self.assertIsNotNone(client.wait_for(
            lambda message: message.get("method") == "workspace/configuration" and message not in asked))
        self.assertEqual(self.generated(document), 3)

    def test_wrong_ones_are_told_once_and_the_others_hold(self):
        client = self.begin(initializationOptions={"maxTokens": 2, "modell": "m"})
        document = self.open(client, PYTHON)
        for _ in range(3):
            self.change(client, {"maxTokens": 4, "modell": "m", "extent": ["line"]})
        self.assertEqual(self.generated(document), 4)
        messages = self.shown(client)
        self.assertEqual(len(messages), 2)
        self.assertIn("'nextline.modell'", messages[0])
        self.assertIn("'nextline.extent' must be", messages[1])

    def test_switched_off_it_suggests_nothing_and_says_so(self):
        client = self.begin(initializationOptions={"languages": {"python": False}})
        document = self.open(client, PYTHON)
        self.assertEqual(self.items(document), [])
        self.assertIn("this language", self.why_nothing(client))
        self.change(client, {"languages": {}})
        self.assert_completes(client)
        self.assertNotEqual(self.items(document), [])
        self.change(client, {"enabled": False})
        self.assertEqual(self.items(document), [])
        self.assertIn("switched off", self.why_nothing(client))

    def test_edits_while_it_was_off_count(self):
        client = self.begin(initializationOptions={"enabled": False})
        document = self.open(client, "x = 1\n")
        document.replace_all(PYTHON)
        document.insert(0, "# größe 🙂\n")
        self.change(client, {"enabled": True})
        text, _ = self.complete(document)
        self.assertEqual(text, self.expected(document.text))

    def test_unasked_nothing_comes_in_files_that_git_or_the_user_ignores(self):
        folder = self.folder / "project"
        subprocess.run(["git", "init", "--quiet", folder], check=True, env=self.environment)
        (folder / ".gitignore").write_text("generated/\n")
        client = self.begin(initializationOptions={"ignore": ["*_pb2.py"]},
                            workspaceFolders=[{"uri": folder.as_uri(), "name": "project"}])
        wanted = self.open(client, PYTHON, f"{folder}/wanted.py".lstrip("/"))
        self.assertNotEqual(self.items(wanted, **AUTOMATIC), [])
        for name in ("generated/a.py", "in/a_pb2.py"):
            with self.subTest(name):
                document = self.open(client, PYTHON, f"{folder}/{name}".lstrip("/"))
                self.assertEqual(self.items(document, **AUTOMATIC), [])
                self.assertIn("ignore", self.why_nothing(client))
                self.assertNotEqual(self.items(document), [])

    def test_what_the_command_line_says_no_setting_changes(self):
        client = self.serve("--max-tokens", 2)
        client.initialize({}, initializationOptions={"automatic": True})
        document = self.open(client, PYTHON)
        self.assertEqual(self.generated(document), 2)
        for _ in range(2):
            self.change(client, {"maxTokens": 3})
            self.assertEqual(self.generated(document), 2)
        self.assertEqual(self.shown(client), [
            "The setting 'nextline.maxTokens' changes nothing, since the server was started with --max-tokens."])
