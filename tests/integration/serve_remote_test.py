"""`nextline serve --remote`: completions from a server elsewhere, here one on this machine that does what it is told"""

import json
import os
import pathlib
import re
import subprocess
import time
import unittest

from scripts.language_client import PATIENCE, LanguageClient, OpenDocument
from tests.integration.completion_server import Behaviour, CompletionServer, free_port
from tests.integration.listening import ListeningTestCase
from tests.integration.nextline import NextlineTestCase, model_path
from tests.integration.served import inserted

TEXT = "def add(a, b):\n    return a +\n"
PLACE = len(TEXT) - 1  # Behind "+".
BY_HAND = {"triggerKind": 1}
AUTOMATIC = {"triggerKind": 2}
SECRET = "s3cr3t-v4lu3"


def options(url, *more):
    """Those of a server that has the template of Qwen's models."""
    return ["--remote", url, "--remote-model", "qwen2.5-coder", "--remote-pause", 0, "--no-look-ahead", *more]


class RemoteTestCase(NextlineTestCase):
    def setUp(self):
        super().setUp()
        self.logs = {}

    def server(self, **certificate):
        server = CompletionServer(**certificate)
        self.addCleanup(server.close)
        return server

    def serve(self, *arguments, environment=None):
        """A language server, and no model anywhere: there is none in this cache."""
        command = [self.binary, "serve", "--stdio", "--no-share", *arguments]
        path = self.folder / f"log {len(self.logs)}"
        with path.open("wb") as log:
            client = LanguageClient([*map(str, command)], cwd=self.folder, stderr=log,
                                    env={**self.environment, **(environment or {})})
        self.logs[client] = path
        self.addCleanup(client.close)
        self.addCleanup(lambda: self.assertFalse(client.stream_end))
        client.initialize({}, workspaceFolders=[{"uri": self.folder.as_uri(), "name": "work"}])
        return client

    def open(self, client, text=TEXT, name="a.py"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return OpenDocument(client, path.as_uri(), text)

    def suggest(self, document, offset=PLACE, how=AUTOMATIC):
        """What comes there: of several, the first."""
        return inserted(document.complete(offset, **how).result())

    @staticmethod
    def warnings(client):
        """What the user was shown."""
        return [message["params"]["message"] for message in client.received
                if message.get("method") == "window/showMessage"]

    def why_nothing(self, client):
        return client.request("workspace/executeCommand", {"command": "nextline.whyNothing"}).result()

    def logged(self, client):
        return self.logs[client].read_text(encoding="utf-8")

    def wait_until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


class CompletionTest(RemoteTestCase):
    def test_a_line_is_completed_by_v1_completions(self):
        server = self.server()
        server.then(text=" b\n\nprint(1)\n")
        document = self.open(self.serve(*options(server.url())))
        self.assertEqual(self.suggest(document), " b")
        asked = server.asked[0]
        self.assertEqual(asked.path, "/v1/completions")
        self.assertEqual(asked.body, {
            "model": "qwen2.5-coder", "max_tokens": 64, "temperature": 0, "stream": True, "logprobs": 1,
            "prompt": f"<|fim_prefix|>{TEXT[:PLACE]}<|fim_suffix|>\n<|fim_middle|>"})
        self.assertNotIn("Authorization", asked.headers)

    def test_a_line_is_completed_by_infill(self):
        server = self.server()
        server.then(text=" b\n\nprint(1)\n")
        document = self.open(self.serve("--remote", server.url(), "--remote-api", "infill", "--remote-pause", 0))
        self.assertEqual(self.suggest(document), " b")
        self.assertEqual(server.asked[0].path, "/infill")
        self.assertEqual((server.asked[0].body["input_prefix"], server.asked[0].body["input_suffix"]),
                         (TEXT[:PLACE], "\n"))

    def test_what_is_typed_along_asks_nobody(self):
        server = self.server()
        server.then(text=" b\n")
        document = self.open(self.serve(*options(server.url())))
        self.assertEqual(self.suggest(document), " b")
        document.insert(PLACE, " ")
        self.assertEqual(self.suggest(document, PLACE + 1), "b")
        self.assertEqual(len(server.asked), 1)

    def test_what_follows_a_suggestion_is_prepared(self):
        server = self.server()
        server.then(Behaviour(text=" b\n"), Behaviour(text="\n\nprint(add(1, 2))\n"))
        client = self.serve("--remote", server.url(), "--remote-model", "qwen2.5-coder", "--remote-pause", 0)
        document = self.open(client)
        self.assertEqual(self.suggest(document), " b")
        ahead = server.wait_for(2)
        self.assertIn("return a + b<|fim_suffix|>", ahead.body["prompt"])

    def test_who_is_not_sure_is_held_back(self):
        server = self.server()
        server.then(*[Behaviour(text=" b\n", log_probability=-4)] * 2)
        client = self.serve(*options(server.url()))
        document = self.open(client)
        self.assertEqual(self.suggest(document), "")
        self.assertIn("sure of what it said", self.why_nothing(client))

    def test_a_request_by_hand_has_several_items(self):
        server = self.server()
        server.then(Behaviour(text=" b\n"), Behaviour(text=" -b\n"), Behaviour(text=" b\n"))
        document = self.open(self.serve(*options(server.url())))
        items = document.complete(PLACE, **BY_HAND).result()["items"]
        self.assertEqual({item["insertText"] for item in items}, {" b", " -b"})
        self.assertEqual(len(server.asked), 3)

    def test_what_other_files_define_is_shown(self):
        server = self.server()
        (self.folder / "shapes.py").write_text("def area_of_circle(radius):\n    return 3 * radius ** 2\n")
        text = "from shapes import area_of_circle\n\nx = area_of_circle(\n"
        client = self.serve(*options(server.url()))
        document = self.open(client, text)

        def is_shown():
            self.suggest(document, len(text) - 1, BY_HAND)
            return any(b"def area_of_circle(radius)" in asked.raw for asked in server.asked)
        self.wait_until(is_shown)


class SecrecyTest(RemoteTestCase):
    def test_nothing_of_a_secret_reaches_the_server(self):
        server = self.server()
        client = self.serve(*options(server.url()))
        secrets = [self.open(client, f"TOKEN={SECRET}\nx=", name)
                   for name in (".env", "keys/server.pem", ".aws/credentials", "secret.key")]
        for document in secrets:
            for how in (AUTOMATIC, BY_HAND):
                self.assertEqual(self.suggest(document, len(document.text), how), "")
                self.assertIn("holds secrets", self.why_nothing(client))
            document.insert(len(document.text), "1")
        beside = self.open(client, f"import env\nTOKEN\nx = 1\n")
        for _ in range(3):
            beside.insert(0, "\n")
            self.suggest(beside, len(beside.text) - 1, BY_HAND)
        self.assertTrue(server.asked)
        for asked in server.asked:
            self.assertNotIn(SECRET.encode(), asked.raw)
            self.assertNotIn(SECRET, str(asked.headers))

    def test_nor_of_a_file_that_git_ignores(self):
        subprocess.run(["git", "init", "--quiet", self.folder], check=True)
        (self.folder / ".gitignore").write_text("local.py\n")
        server = self.server()
        client = self.serve(*options(server.url()))
        document = self.open(client, f"TOKEN = '{SECRET}'\nx = 1\n", "local.py")
        self.assertEqual(self.suggest(document, len(document.text) - 1, BY_HAND), "")
        self.assertIn("git", self.why_nothing(client))
        self.assertEqual(server.asked, [])

    def test_the_token_is_sent_and_never_told(self):
        server = self.server()
        server.then(status=401, body=json.dumps({"error": {"message": f"Bad key {SECRET}"}}).encode())
        client = self.serve(*options(server.url(), "--remote-token-variable", "TEAM_TOKEN", "--verbose"),
                            environment={"TEAM_TOKEN": SECRET})
        self.suggest(self.open(client))
        self.assertEqual(server.asked[0].headers["Authorization"], f"Bearer {SECRET}")
        self.assertNotIn(SECRET.encode(), server.asked[0].raw)
        self.assertTrue(self.warnings(client))
        told = self.logged(client) + str(client.received) + self.why_nothing(client)
        self.assertIn("HTTP status 401", told)
        self.assertNotIn(SECRET, told)

    def test_a_redirect_is_not_followed(self):
        elsewhere = self.server()
        server = self.server()
        server.then(status=307, headers={"Location": elsewhere.url() + "/v1/completions"})
        client = self.serve(*options(server.url(), "--remote-token-variable", "TEAM_TOKEN"),
                            environment={"TEAM_TOKEN": SECRET})
        self.assertEqual(self.suggest(self.open(client)), "")
        self.assertIn("redirects to another address", self.warnings(client)[0])
        self.assertEqual(elsewhere.asked, [])


class FailureTest(RemoteTestCase):
    def test_a_server_that_was_busy_is_asked_again(self):
        server = self.server()
        server.then(Behaviour(status=503, headers={"Retry-After": "0"}), Behaviour(text=" b\n"))
        client = self.serve(*options(server.url()))
        self.assertEqual(self.suggest(self.open(client)), " b")
        self.assertEqual(self.warnings(client), [])
        self.assertEqual(server.asked[0].raw, server.asked[1].raw)

    def test_a_failure_is_told_once_and_the_server_is_found_again(self):
        port = free_port()
        client = self.serve(*options(f"http://127.0.0.1:{port}"))
        document = self.open(client)
        for key in range(5):
            document.insert(0, "\n")
            self.assertEqual(self.suggest(document, PLACE + key + 1), "")
        self.assertEqual(len(self.warnings(client)), 1, self.warnings(client))
        self.assertIn("cannot be reached", self.why_nothing(client))
        server = self.server()
        client.request("shutdown").result()
        client.notify("exit")
        client = self.serve(*options(server.url()))
        self.assertEqual(self.suggest(self.open(client)), " 1")

    def test_it_comes_back_by_itself(self):
        server = self.server()
        server.then(*[Behaviour(status=503)] * 3)
        client = self.serve(*options(server.url()))
        document = self.open(client)
        self.assertEqual(self.suggest(document), "")

        def is_back():
            document.insert(0, "\n")
            return self.suggest(document, len(document.text) - 1) == " 1"
        self.wait_until(is_back)
        self.assertEqual(len(self.warnings(client)), 1)
        self.assertIn("answers again", self.logged(client))

    def test_a_text_that_breaks_off_is_its_whole_lines_and_comes_once(self):
        server = self.server()
        text = "if x:\n        return 1\n    return 2\n"
        server.then(text=text, break_off_after=9)
        client = self.serve(*options(server.url(), "--extent", "block"))
        document = self.open(client, "def f(x):\n    \n")
        self.assertEqual(self.suggest(document, len(document.text) - 1), "if x:\n        return 1")
        self.assertEqual(len(server.asked), 1)
        self.assertIn("broke its answer off", self.warnings(client)[0])

    def test_and_nothing_where_no_line_is_whole(self):
        server = self.server()
        server.then(text=" some_name\n", break_off_after=1)
        client = self.serve(*options(server.url()))
        self.assertEqual(self.suggest(self.open(client)), "")
        self.assertEqual(len(server.asked), 1)

    def test_what_is_no_answer_is_survived(self):
        server = self.server()
        client = self.serve(*options(server.url()))
        document = self.open(client)
        bad = [Behaviour(body=b"data: {\n\n"), Behaviour(body=b"\xff\xfe\0\n\n" * 1000),
               Behaviour(body=b"data: []\n\ndata: 1\n\n"), Behaviour(is_endless=True),
               Behaviour(status=500, body=b"<html>"), Behaviour(status=400, body=b'{"error":{"message":"too long"}}'),
               Behaviour(headers={"Content-Type": "text/html"}, body=b"<html>Welcome</html>"),
               Behaviour(body=b"")]
        for number, behaviour in enumerate(bad):
            server.then(behaviour)
            document.insert(0, "\n")
            self.assertEqual(self.suggest(document, PLACE + number + 1), "", behaviour)
        self.assertEqual(len(self.warnings(client)), 1)
        self.wait_until(lambda: self.suggest(document, len(document.text) - 1, BY_HAND) == " 1")

    def test_one_that_is_late_is_not_waited_for(self):
        server = self.server()
        server.then(wait=PATIENCE)
        client = self.serve(*options(server.url(), "--remote-timeout", 1))
        self.assertEqual(self.suggest(self.open(client)), "")
        self.assertIn("did not begin to answer within 1 s", self.warnings(client)[0])
        self.assertTrue(server.asked[0].was_left.wait(PATIENCE))


class CancellationTest(RemoteTestCase):
    def test_the_next_key_closes_the_connection(self):
        server = self.server()
        server.then(Behaviour(text="x" * 3000, between=0.02), Behaviour(text="1\n"))
        document = self.open(self.serve(*options(server.url())))
        answer = document.complete(PLACE, **AUTOMATIC)
        asked = server.wait_for(1)
        document.insert(PLACE, " ")
        self.assertIsNone(answer.result())
        self.assertTrue(asked.was_left.wait(PATIENCE))
        self.assertEqual(self.suggest(document, PLACE + 1), "1")

    def test_so_does_a_cancelled_request_and_what_is_enough(self):
        server = self.server()
        server.then(Behaviour(text="x" * 3000, between=0.02), Behaviour(text=" b\n" + "x" * 3000, between=0.02))
        client = self.serve(*options(server.url()))
        document = self.open(client)
        answer = document.complete(PLACE, **AUTOMATIC)
        cancelled = server.wait_for(1)
        client.notify("$/cancelRequest", {"id": answer.id})
        self.assertTrue(cancelled.was_left.wait(PATIENCE))
        self.assertEqual(self.suggest(document), " b")
        self.assertTrue(server.asked[1].was_left.wait(PATIENCE))

    def test_keys_in_quick_succession_ask_once(self):
        server = self.server()
        client = self.serve("--remote", server.url(), "--remote-model", "qwen2.5-coder", "--remote-pause", 300,
                            "--no-look-ahead")
        document = self.open(client)
        answers = []
        for key, letter in enumerate(" bcd +"):
            document.insert(PLACE + key, letter)
            answers.append(document.complete(PLACE + key + 1, **AUTOMATIC))
        answers[-1].result()
        self.assertLessEqual(len(server.asked), 2)
        self.assertIn("return a + bcd +", server.asked[-1].body["prompt"])


class TlsTest(RemoteTestCase):
    def make_certificates(self, name):
        """An authority, and a certificate of it for a name."""
        def openssl(*arguments):
            subprocess.run(["openssl", *map(str, arguments)], check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        fresh = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *fresh, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority")
        openssl("req", *fresh, "-keyout", f"{name}.key.pem", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self.write("names", f"subjectAltName=DNS:{name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                f"{name}.pem", "-extfile", "names")
        return {"certificate": self.folder / f"{name}.pem", "key": self.folder / f"{name}.key.pem"}

    def test_a_certificate_of_a_known_authority_is_trusted(self):
        server = self.server(**self.make_certificates("localhost"))
        client = self.serve(*options(server.url(), "--remote-ca", "ca.pem", "--remote-token-variable", "TEAM_TOKEN"),
                            environment={"TEAM_TOKEN": SECRET})
        self.assertEqual(self.suggest(self.open(client)), " 1")
        self.assertEqual(server.asked[0].headers["Authorization"], f"Bearer {SECRET}")

    def test_one_of_an_unknown_authority_is_not(self):
        server = self.server(**self.make_certificates("localhost"))
        client = self.serve(*options(server.url()))
        self.assertEqual(self.suggest(self.open(client)), "")
        self.assertIn("cannot be trusted", self.warnings(client)[0])
        self.assertEqual(server.asked, [])

    def test_nor_one_for_another_name(self):
        server = self.server(**self.make_certificates("elsewhere"))
        client = self.serve(*options(server.url(), "--remote-ca", "ca.pem"))
        self.assertEqual(self.suggest(self.open(client)), "")
        self.assertIn("cannot be trusted", self.warnings(client)[0])
        self.assertEqual(server.asked, [])


class UsageTest(RemoteTestCase):
    def test_what_cannot_be_asked_is_wrong_usage(self):
        serve = ["serve", "--stdio", "--no-share"]
        url = ["--remote", "https://host", "--remote-model", "qwen2.5-coder"]
        for arguments, sentence in (
                (["--remote", "http://host", "--remote-model", "qwen2.5-coder"], "plain http"),
                (["--remote", "host"], "must begin with https://"),
                (["--remote", "https://u:p@host"], "no user, password"),
                (["--remote", "https://host"], "--remote-model"),
                (["--remote", "https://host", "--remote-model", "ours"], "--remote-template"),
                (["--remote-api", "infill"], "does not say where it is"),
                ([*url, "--remote-token-variable", "NOT_SET"], "NOT_SET.*is not set"),
                ([*url, "--remote-ca", "none.pem"], "none.pem.*cannot be read"),
                ([*url, "--remote-template", "x"], "must be qwen"),
                ([*url, "--remote-api", "x"], "must be openai or infill")):
            result = self.run_program(*serve, *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertRegex(result.stderr, sentence)

    def test_the_configuration_file_can_name_it(self):
        server = self.server()
        configuration = self.write("c.toml", f'[remote]\nremote = "{server.url()}"\nremote_api = "infill"\n'
                                             "remote_pause = 0\n")
        client = self.serve("--config", configuration)
        self.assertEqual(self.suggest(self.open(client)), " 1")


class FiguresTest(ListeningTestCase):
    def test_health_and_metrics_tell_of_the_server(self):
        remote = CompletionServer()
        self.addCleanup(remote.close)
        remote.then(*[Behaviour(status=503)] * 3)
        server = self.listen("--http", "127.0.0.1:0", "--tcp", "127.0.0.1:0", *options(remote.url()))
        health = self.health(server)
        self.assertEqual((health["model"], health["is_loaded"], health["remote"]),
                         ("qwen2.5-coder", False, {"address": remote.url() + "/v1/completions", "state": "unknown"}))
        connection = self.connect(server.tcp)
        self.assert_serves(connection)
        connection.say({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        connection.say({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": "file:///a.py", "languageId": "python", "version": 1, "text": TEXT}}})

        def ask(number):
            return connection.answer({"jsonrpc": "2.0", "id": number, "method": "textDocument/inlineCompletion",
                                      "params": {"textDocument": {"uri": "file:///a.py"},
                                                 "position": {"line": 1, "character": 14},
                                                 "context": {"triggerKind": 2}}})
        ask(2)
        self.assertEqual(self.health(server)["remote"]["state"], "fails")
        self.assertIn("503", self.health(server)["remote"]["failure"])
        self.wait_for(lambda: ask(3)["result"]["items"])
        self.assertEqual(self.health(server)["remote"]["state"], "answers")
        text = self.get(server.http, "/metrics")[2].decode()
        figures = dict(re.findall(r"^nextline_remote_(\w+) (\S+)$", text, re.MULTILINE))
        self.assertEqual((figures["requests_total"], figures["retries_total"], figures["failures_total"]),
                         ("4", "2", "1"))
        self.assertEqual(figures["first_piece_seconds_count"], "1")


class WithoutOneTest(RemoteTestCase):
    def test_nothing_is_sent_anywhere_that_is_not_configured(self):
        """The program opens no connection: the kernel's list of its sockets says so, request after request."""
        client = self.serve("--model", model_path(), "--snapshots", "off")
        document = self.open(client)
        for _ in range(5):
            document.insert(0, "\n")
            self.suggest(document, len(document.text) - 1)
            self.assertEqual(sockets_of(client.process.pid), set())


def sockets_of(process_id):
    """Of the internet's families, as the kernel lists them."""
    own = set()
    for descriptor in pathlib.Path(f"/proc/{process_id}/fd").iterdir():
        try:
            own.add(os.readlink(descriptor))
        except FileNotFoundError:
            continue
    listed = set()
    for family in ("tcp", "tcp6", "udp", "udp6"):
        for line in pathlib.Path(f"/proc/{process_id}/net/{family}").read_text().splitlines()[1:]:
            listed.add(f"socket:[{line.split()[9]}]")
    return own & listed


if __name__ == "__main__":
    unittest.main()
