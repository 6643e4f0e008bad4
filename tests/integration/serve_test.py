"""`nextline serve`, driven as an editor drives it"""

import signal
import subprocess
import threading
import time
import unittest

from scripts.language_client import framed, read_message
from tests.integration.loopback_server import Behaviour, serving
from tests.integration.models_test import CONTENT, CatalogueTestCase
from tests.integration.nextline import BINARY, TEST_MODEL, model_path
from tests.integration.served import LONG, PYTHON, ServedTestCase, inserted

# For places where the model would go on for long.
FEW = ("--max-tokens", 8)


def cancel(client, answer):
    client.notify("$/cancelRequest", {"id": answer.id})


class LifecycleTest(ServedTestCase):
    def test_the_server_says_what_it_can(self):
        client = self.serve()
        version = self.run_program("--version").stdout.split()[-1]
        self.assertEqual(client.initialize({}), {
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": {"openClose": True, "change": 2, "save": True},
                "completionProvider": {"triggerCharacters": ["."], "completionItem": {"labelDetailsSupport": True}},
                "executeCommandProvider": {"commands": [
                    "nextline.whyNothing", "nextline.didAccept", "nextline.statistics",
                    "nextline.eraseStatistics"]},
                "inlineCompletionProvider": True,
                "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
            },
            "serverInfo": {"name": "Nextline", "version": version},
        })

    def test_shutdown_and_exit_end_it_with_status_0(self):
        client = self.serve_initialized()
        self.open(client, LONG).complete(len(LONG))
        self.assertEqual(client.shut_down(), 0)

    def test_exit_alone_ends_it_with_status_1(self):
        client = self.serve_initialized()
        client.notify("exit")
        self.assertEqual(client.wait(), 1)

    def test_exit_before_initialize_ends_it_with_status_1(self):
        client = self.serve()
        client.notify("exit")
        self.assertEqual(client.wait(), 1)

    def test_the_end_of_the_input_ends_it_with_status_1(self):
        client = self.serve_initialized()
        client.close_input()
        self.assertEqual(client.wait(), 1)

    def test_sigterm_ends_it_in_the_middle_of_a_request(self):
        client = self.serve_initialized()
        self.assert_completes(client)
        self.open(client, LONG).complete(len(LONG))
        client.process.send_signal(signal.SIGTERM)
        self.assertEqual(client.wait(10), 1)

    def test_a_client_that_closes_its_output_in_the_middle_of_a_request_ends_it(self):
        client = self.serve_initialized()
        self.assert_completes(client)
        self.open(client, LONG).complete(len(LONG))
        client.close_input()
        self.assertEqual(client.wait(10), 1)

    def test_a_client_that_is_gone_in_the_middle_of_a_request_ends_it(self):
        for gone in [("stdin", "stdout"), ("stdout",)]:
            with self.subTest(gone), self.busy_server() as process:
                for name in gone:
                    getattr(process, name).close()
                try:
                    self.assertEqual(process.wait(60), 1)
                finally:
                    process.kill()

    def busy_server(self):
        """A server that has answered one request and is computing another."""
        process = subprocess.Popen([BINARY, "serve", "--stdio", "--no-share", "--model", model_path()], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": LONG}
        short, long = ({"textDocument": document, "position": {"line": line, "character": 0},
                        "context": {"triggerKind": 1}} for line in (0, 120))

        def send(**message):
            process.stdin.write(framed({"jsonrpc": "2.0", **message}))
            process.stdin.flush()

        send(id=1, method="initialize", params={"capabilities": {}})
        send(method="textDocument/didOpen", params={"textDocument": document})
        send(id=2, method="textDocument/inlineCompletion", params=short)
        while read_message(process.stdout)["id"] != 2:
            pass
        send(id=3, method="textDocument/inlineCompletion", params=long)
        time.sleep(0.1)
        return process

    def test_standard_output_has_messages_only(self):
        client = self.serve_initialized("--verbose")
        self.assert_completes(client)
        self.assertEqual(client.shut_down(), 0)
        self.assertFalse(client.stream_end)
        self.assertIn("is loaded in", self.logged(client))


class InlineCompletionTest(ServedTestCase):
    def assert_as_expected(self, document, offset=None, *arguments):
        offset = len(document.text) if offset is None else offset
        result = document.complete(offset).result()
        self.assertEqual(inserted(result), self.expected(document.text, offset, *arguments))
        self.assertNotEqual(result["items"], [])
        cursor = document.position(offset)
        self.assertEqual(result["items"][0]["range"], {"start": cursor, "end": cursor})

    def test_the_answer_has_the_documented_shape(self):
        result = self.open(self.serve_initialized(), PYTHON).complete(len(PYTHON)).result()
        self.assertEqual(set(result), {"items"})
        item = result["items"][0]
        self.assertEqual(set(item), {"insertText", "range", "data", "command"})
        self.assertEqual(set(item["data"]), {"id", "timing", "tokens"})
        self.assertEqual(set(item["data"]["timing"]),
                         {"tokenize_ms", "edit_ms", "prefill_ms", "decode_ms", "total_ms"})
        self.assertEqual(set(item["data"]["tokens"]),
                         {"prompt", "reused", "encoded", "generated", "drafted", "accepted", "passes"})

    def test_each_position_encoding_is_spoken(self):
        text = '🙂 = "größe"; number = 1 + # 🙂'
        for offered, agreed in [(["utf-16", "utf-8"], "utf-8"), (["utf-32", "utf-16"], "utf-16"),
                                (["utf-32"], "utf-32"), (["utf-7"], "utf-16")]:
            with self.subTest(offered):
                client = self.serve_initialized(*FEW, capabilities={"general": {"positionEncodings": offered}})
                self.assertEqual(client.encoding, agreed)
                document = self.open(client, text)
                document.replace((text.index("; number"), 0, "🙂"), (text.index("größe"), 5, "ß"))
                self.assert_as_expected(document, document.text.index(" # "), *FEW)

    def test_edits_lead_to_what_a_fresh_text_leads_to(self):
        document = self.open(self.serve_initialized(), PYTHON)
        self.assert_as_expected(document)
        for character in " fib":
            document.insert(len(document.text), character)
        self.assert_as_expected(document)
        document.insert(0, '"""Numbers 🙂"""\n\n')
        self.assert_as_expected(document)
        document.delete(document.text.index("    if"), len("    if n < 2:\n        return n\n"))
        self.assert_as_expected(document)
        places = [place for place in range(len(document.text)) if document.text.startswith("fibonacci", place)]
        document.replace(*((place, len("fibonacci"), "lucas_🙂") for place in reversed(places)))
        self.assert_as_expected(document)
        document.replace_all("x = 1\n")
        self.assert_as_expected(document)

    def test_an_emoji_comes_in_two_halves(self):
        document = self.open(self.serve_initialized(), PYTHON)
        end = PYTHON.index('."""')
        for half in "\ud83d", "\ude42":
            document.insert(end, half)
            end += 1
        document.text = document.text.replace("\ud83d\ude42", "🙂")
        self.assert_as_expected(document)

    def test_lines_may_end_in_carriage_return_and_line_feed(self):
        document = self.open(self.serve_initialized(), PYTHON.replace("\n", "\r\n"))
        document.insert(0, "# Numbers\r\n")
        self.assert_as_expected(document)

    def test_the_middle_of_a_document_is_completed(self):
        document = self.open(self.serve_initialized(*FEW), PYTHON)
        for offset in PYTHON.index("    if"), PYTHON.index("n < 2"), 0:
            self.assert_as_expected(document, offset, *FEW)

    def test_a_document_may_be_longer_than_the_context(self):
        document = self.open(self.serve_initialized("--context", 256), LONG)
        for typed in "    return", " x", " *":
            document.insert(len(document.text), typed)
            result = document.complete(len(document.text)).result()
            self.assertEqual(inserted(result), self.expected(document.text, None, "--context", 256))
            self.assertLessEqual(result["items"][0]["data"]["tokens"]["prompt"], 256)

    def test_the_token_limit_ends_the_line(self):
        result = self.open(self.serve_initialized(*FEW), PYTHON).complete(0).result()
        self.assertEqual(result["items"][0]["data"]["tokens"]["generated"], 8)

    def test_where_the_model_has_nothing_to_say_there_is_no_item(self):
        text = "def f():"
        self.assertEqual(self.expected(text, None, "--max-tokens", 1), "")
        document = self.open(self.serve_initialized("--max-tokens", 1), text)
        self.assertEqual(document.complete(len(text), triggerKind=2).result(), {"items": []})
        menu = document.complete(len(text), method="completion").result()
        self.assertEqual(menu, {"isIncomplete": True, "items": []})

    def test_who_asks_gets_several_items_and_others_get_one(self):
        document = self.open(self.serve_initialized(), PYTHON)
        asked = document.complete(len(PYTHON), triggerKind=1).result()["items"]
        automatic = document.complete(len(PYTHON), triggerKind=2).result()["items"]
        self.assertEqual(len(asked), 3)
        self.assertEqual(len({item["insertText"] for item in asked}), 3)
        self.assertEqual([item["insertText"] for item in automatic], [asked[0]["insertText"]])
        self.assertEqual(asked[0]["insertText"], self.expected(PYTHON))
        # They have one prompt, which is computed once.
        self.assertEqual([item["data"]["tokens"]["encoded"] for item in asked[1:]], [0, 0])

    def test_a_selected_entry_of_a_menu_is_continued(self):
        text = PYTHON + " fib"
        document = self.open(self.serve_initialized(), text)
        word = {"start": document.position(len(PYTHON) + 1), "end": document.position(len(text))}
        result = document.complete(len(text), selectedCompletionInfo={"range": word, "text": "fibonacci("}).result()
        self.assertEqual(inserted(result), "fibonacci(" + self.expected(PYTHON + " fibonacci("))
        self.assertEqual(result["items"][0]["range"], word)

    def test_positions_outside_the_document_are_its_nearest(self):
        document = self.open(self.serve_initialized(), PYTHON)
        for line, character, offset in [(1000, 0, len(PYTHON)), (0, 1000, PYTHON.index("\n"))]:
            answer = document.client.request("textDocument/inlineCompletion", {
                "textDocument": {"uri": document.uri}, "context": {"triggerKind": 1},
                "position": {"line": line, "character": character}})
            self.assertEqual(inserted(answer.result()), self.expected(PYTHON, offset))


class CompletionTest(ServedTestCase):
    """`textDocument/completion`: what `textDocument/inlineCompletion` says, for menus."""

    def test_the_edit_leads_to_the_same_text(self):
        for text in PYTHON, PYTHON + " fibon":
            with self.subTest(text[-10:]):
                document = self.open(self.serve_initialized(), text + "  # 🙂\n")
                inline = inserted(document.complete(len(text)).result())
                menu = document.complete(len(text), method="completion").result()
                self.assertTrue(menu["isIncomplete"])
                [item] = menu["items"]
                self.assertEqual(set(item),
                                 {"label", "kind", "filterText", "textEdit", "detail", "data", "command"})
                word = "fibon" if text.endswith("fibon") else ""
                self.assertEqual(item["textEdit"]["newText"], word + inline)
                self.assertEqual(item["textEdit"]["range"], {
                    "start": document.position(len(text) - len(word)), "end": document.position(len(text))})
                self.assertTrue(item["filterText"].startswith(word))


class SeveralRequestsTest(ServedTestCase):
    def setUp(self):
        super().setUp()
        self.client = self.serve_initialized()
        self.assert_completes(self.client, "first.py")
        self.document = self.open(self.client, LONG)

    def start_long_request(self):
        """A request that the model is busy with."""
        answer = self.document.complete(len(LONG))
        time.sleep(0.1)
        return answer

    def test_a_cancelled_request_is_answered_with_an_error(self):
        answer = self.start_long_request()
        cancel(self.client, answer)
        self.assert_error(answer, -32800, "cancelled")
        self.assertEqual(inserted(self.document.complete(40).result()), self.expected(LONG, 40))

    def test_a_request_elsewhere_supersedes_one_that_waits(self):
        first = self.start_long_request()
        second = self.document.complete(40)
        self.assertEqual(inserted(second.result()), self.expected(LONG, 40))
        self.assertIsNone(first.result())
        self.assertLess(first.arrived, second.arrived)

    def test_a_change_supersedes_a_request_that_waits(self):
        answer = self.start_long_request()
        self.document.insert(0, "#")
        self.assertIsNone(answer.result())
        self.assertEqual(inserted(self.document.complete(40).result()), self.expected("#" + LONG, 40))

    def test_closing_supersedes_a_request_that_waits(self):
        answer = self.start_long_request()
        self.document.close()
        self.assertIsNone(answer.result())
        self.assert_completes(self.client)

    def test_the_same_place_asked_twice_is_answered_twice(self):
        answers = [self.document.complete(400) for _ in range(2)]
        texts = [inserted(answer.result()) for answer in answers]
        self.assertEqual(texts, [self.expected(LONG, 400)] * 2)

    def test_of_two_at_the_same_place_one_may_be_cancelled(self):
        first, second = self.document.complete(1200), self.document.complete(1200)
        cancel(self.client, first)
        self.assert_error(first, -32800, "cancelled")
        self.assertEqual(inserted(second.result()), self.expected(LONG, 1200))

    def test_documents_do_not_supersede_each_other(self):
        other = self.open(self.client, PYTHON, "b.py")
        first, second = self.document.complete(400), other.complete(len(PYTHON))
        self.assertEqual(inserted(first.result()), self.expected(LONG, 400))
        self.assertEqual(inserted(second.result()), self.expected(PYTHON))


class TypingTest(ServedTestCase):
    TYPED = '''

def greatest_common_divisor(a, b):
    """The greatest number that divides both."""
    while b:
        a, b = b, a % b
    return a


def common_multiple(a, b):
    return a * b // greatest_common'''
    KEYS_PER_SECOND = 15

    def type(self, document):
        """Asks after each keystroke. Returns the answers, each with the text it was asked for."""
        asked = []
        begin = time.monotonic()
        for number, character in enumerate(self.TYPED):
            time.sleep(max(0, begin + number / self.KEYS_PER_SECOND - time.monotonic()))
            document.insert(len(document.text), character)
            asked.append((document.complete(len(document.text)), document.text))
        return asked

    def test_200_keystrokes_have_200_answers_and_none_is_stale(self):
        self.assertEqual(len(self.TYPED), 200)
        document = self.open(self.serve_initialized(), PYTHON)
        completed = []
        for answer, text in (asked := self.type(document)):
            result = answer.result()
            if result is not None and result["items"]:
                document.text = text
                cursor = document.position(len(text))
                self.assertEqual(result["items"][0]["range"], {"start": cursor, "end": cursor})
                completed.append((text, inserted(result)))
        arrivals = [answer.arrived for answer, _ in asked]
        self.assertEqual(arrivals, sorted(arrivals))
        self.assertEqual(completed[-1][0], PYTHON + self.TYPED)
        for text, insertion in completed[-1:] + completed[:-1:len(completed) // 3 + 1]:
            self.assertEqual(insertion, self.expected(text))


class ModelTest(ServedTestCase, CatalogueTestCase):
    def progresses(self, client):
        """Of each progress that was shown, what was told from its beginning on."""
        shown = []
        for message in client.received:
            if message.get("method") == "$/progress":
                value = message["params"]["value"]
                if value["kind"] == "begin":
                    shown.append([])
                shown[-1].append(value)
        return shown

    def wait_for_progress(self, client, condition):
        message = client.wait_for(lambda message: message.get("method") == "$/progress"
                                  and condition(message["params"]["value"]))
        self.assertIsNotNone(message)

    def ask_for_progress(self, client):
        """Initializes without a moment's delay: the model may load faster than two answers come."""
        answer = client.request("initialize", {"capabilities": {"window": {"workDoneProgress": True}}})
        client.notify("initialized")
        answer.result()

    def test_loading_is_shown(self):
        client = self.serve()
        self.ask_for_progress(client)
        self.wait_for_progress(client, lambda value: value["kind"] == "end")
        calls = [message for message in client.received if "method" in message]
        self.assertEqual(calls[0]["method"], "window/workDoneProgress/create")
        self.assertEqual({call["method"] for call in calls[1:]}, {"$/progress"})
        [token] = {call["params"]["token"] for call in calls}
        self.assertIsInstance(token, str)
        [values] = self.progresses(client)
        self.assertRegex(" ".join(value["kind"] for value in values), r"^begin( report)* end$")

    def test_a_client_without_progress_is_shown_none(self):
        client = self.serve_initialized()
        self.assert_completes(client)
        self.assertEqual([message for message in client.received if "method" in message], [])

    def test_a_model_that_is_missing_is_fetched(self):
        go_on = threading.Event()
        [listed] = [row for row in self.succeed("models", "list")["models"] if row["name"] == TEST_MODEL]
        with serving(model_path().read_bytes(), [Behaviour(wait_for=go_on)]) as server:
            self.use_catalogue([{"url": server.url}], name=TEST_MODEL, bytes=listed["bytes"], sha256=listed["sha256"])
            client = self.serve(model=TEST_MODEL)
            self.ask_for_progress(client)
            answer = self.open(client, PYTHON).complete(len(PYTHON))
            self.wait_for_progress(client, lambda value: "percentage" in value)
            self.assertFalse(answer.done())
            time.sleep(0.5)  # Progress is shown some times a second.
            go_on.set()
            self.wait_for_progress(client, lambda value: value.get("percentage", 0) > 0)
            self.assertEqual(inserted(answer.result()), self.expected(PYTHON))
        self.wait_for_progress(client, lambda value: value["kind"] == "end")
        for values in self.progresses(client):
            percentages = [value["percentage"] for value in values if "percentage" in value]
            self.assertEqual(percentages, sorted(percentages))

    def test_while_a_model_is_fetched_requests_are_answered(self):
        with serving(CONTENT, [Behaviour(wait_for=threading.Event())]) as server:
            self.use_catalogue([{"url": server.url}])
            client = self.serve_initialized(model="tiny")
            document = self.open(client, PYTHON)
            first, second = document.complete(1), document.complete(2)
            self.assertIsNone(first.result())
            cancel(client, second)
            self.assert_error(second, -32800, "cancelled")
            third = document.complete(3)
            self.assertEqual(client.shut_down(), 0)
            self.assert_error(third, -32800, "shut down")

    def test_a_client_that_is_gone_ends_the_fetching(self):
        with serving(CONTENT, [Behaviour(wait_for=threading.Event())]) as server:
            self.use_catalogue([{"url": server.url}])
            client = self.serve_initialized(model="tiny")
            self.wait_for(self.partial.exists)
            client.close_input()
            self.assertEqual(client.wait(10), 1)

    def test_a_model_that_cannot_be_had_is_told_once_and_to_each_request(self):
        self.use_catalogue([{"url": "http://127.0.0.1:1/model.gguf"}])
        client = self.serve_initialized(model="tiny")
        document = self.open(client, PYTHON)
        for method in "inlineCompletion", "completion", "inlineCompletion":
            self.assert_error(document.complete(len(PYTHON), method=method), -32803, r"cannot be fetched from .*\.")
        self.assertEqual(client.shut_down(), 0)
        [shown] = [message["params"] for message in client.received if message.get("method") == "window/showMessage"]
        self.assertEqual(shown["type"], 1)
        self.assertIn("cannot be fetched from", shown["message"])

    def test_a_file_that_is_no_model_is_told(self):
        client = self.serve_initialized(model=self.write("no.gguf", "no model"))
        self.assert_error(self.open(client, PYTHON).complete(0), -32803, r"no\.gguf")


if __name__ == "__main__":
    unittest.main()
