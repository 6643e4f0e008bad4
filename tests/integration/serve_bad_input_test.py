"""What `nextline serve` makes of what no editor should send: one error, and it goes on."""

import json
import unittest

from scripts.language_client import framed
from tests.integration.served import LONG, PYTHON, ServedTestCase, inserted

INLINE = "textDocument/inlineCompletion"
PLACE = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0},
         "context": {"triggerKind": 1}}


def call(**members):
    return framed({"jsonrpc": "2.0", **members})


class BadInputTestCase(ServedTestCase):
    error_of_unknown_requests = -32601, "no/such"

    def setUp(self):
        super().setUp()
        self.client = self.serve()

    def assert_refused(self, data, code, sentence, request_id=None):
        """What is sent is answered with an error, and the next request with its answer."""
        self.client.received.clear()
        self.client.send_bytes(data)
        answer = self.client.wait_for(lambda message: "error" in message)
        self.assertEqual((answer["id"], answer["error"]["code"]), (request_id, code), answer)
        self.assertRegex(answer["error"]["message"], sentence)
        self.assert_error(self.client.request("no/such"), *self.error_of_unknown_requests)

class BeforeInitializeTest(BadInputTestCase):
    error_of_unknown_requests = -32002, "initialize"

    def test_requests_are_refused_and_notifications_dropped(self):
        document = self.open(self.client, PYTHON)
        for method in INLINE, "shutdown", "no/such":
            self.assert_refused(call(id=7, method=method), -32002, "initialize", 7)
        self.client.initialize({})
        self.assert_error(document.complete(0), -32602, "'file:///a.py' is not open")
        self.assert_completes(self.client)

    def test_wrong_parameters_leave_it_to_be_initialized(self):
        for params, sentence in [
            ({}, r"params\.capabilities is missing"),
            ({"capabilities": []}, r"params\.capabilities must be an object"),
            ({"capabilities": {"general": {"positionEncodings": [8]}}}, r"positionEncodings\[0\] must be a string"),
        ]:
            self.assert_refused(call(id="a", method="initialize", params=params), -32602, sentence, "a")
        self.client.initialize({})
        self.assert_completes(self.client)

    def test_what_is_no_message_is_refused(self):
        self.assert_refused(framed(b"{"), -32700, "not JSON")
        self.client.initialize({})
        self.assert_completes(self.client)


class AfterShutdownTest(BadInputTestCase):
    def test_requests_are_refused(self):
        self.client.initialize({})
        document = self.open(self.client, PYTHON)
        self.client.request("shutdown").result()
        self.assert_error(document.complete(0), -32600, "shut down")
        self.assert_error(self.client.request("shutdown"), -32600, "shut down")
        self.assert_error(self.client.request("no/such"), -32600, "shut down")
        self.client.notify("exit")
        self.assertEqual(self.client.wait(), 0)


class BadMessageTest(BadInputTestCase):
    def setUp(self):
        super().setUp()
        self.client.initialize({})

    def test_content_that_is_no_json_is_refused(self):
        for content in b"", b"{", b"{} {}", b'{"jsonrpc": \xff}', b"[" * 1_000_000:
            with self.subTest(content[:20]):
                self.assert_refused(framed(content), -32700, "not JSON")
        self.assert_completes(self.client)

    def test_json_that_is_no_message_is_refused(self):
        for message, sentence in [
            (1, "object"),
            ([{"jsonrpc": "2.0", "id": 7, "method": "shutdown"}], "Batches"),
            ({}, "jsonrpc"),
            ({"jsonrpc": "2.0"}, "method"),
            ({"jsonrpc": "2.0", "id": {}, "method": "shutdown"}, "id must be"),
            ({"jsonrpc": "2.0", "id": 1.5, "method": "shutdown"}, "id must be"),
        ]:
            with self.subTest(message):
                self.assert_refused(framed(message), -32600, sentence)
        for message, sentence in [
            ({"id": 7, "method": "shutdown"}, "jsonrpc"),
            ({"jsonrpc": "1.0", "id": 7, "method": "shutdown"}, "jsonrpc"),
            ({"jsonrpc": "2.0", "id": 7, "method": 7}, "method must be"),
            ({"jsonrpc": "2.0", "id": 7, "method": "shutdown", "params": 7}, "params must be"),
            ({"jsonrpc": "2.0", "id": 7}, "must have"),
        ]:
            with self.subTest(message):
                self.assert_refused(framed(message), -32600, sentence, 7)
        self.assert_completes(self.client)

    def test_a_message_of_another_charset_is_skipped(self):
        content = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "shutdown"}).encode("utf-16")
        header = b"Content-Length: %d\r\nContent-Type: application/json; charset=utf-16\r\n\r\n" % len(content)
        self.assert_refused(header + content, -32600, "charset")
        self.assert_completes(self.client)

    def test_a_message_of_more_than_64_mib_is_skipped(self):
        self.assert_refused(framed(b" " * ((64 << 20) + 1)), -32600, "67108865 bytes was skipped")
        self.assert_completes(self.client)

    def test_what_is_no_header_ends_it(self):
        for header in b"no header\r\n\r\n", b"Content-Type: x\r\n\r\n", b"Content-Length: many\r\n\r\n", b"x" * 100_000:
            with self.subTest(header[:20]):
                client = self.serve_initialized()
                client.send_bytes(header)
                self.assertEqual(client.wait(), 1)
                self.assertEqual((client.received[-1]["id"], client.received[-1]["error"]["code"]), (None, -32600))

    def test_a_message_that_is_cut_off_ends_it(self):
        for beginning in b"Content-Le", b"Content-Length: 100\r\n\r\n{":
            with self.subTest(beginning):
                client = self.serve_initialized()
                client.send_bytes(beginning)
                client.close_input()
                self.assertEqual(client.wait(), 1)
                self.assertIn("nextline: The stream ended in the middle of a message.\n", self.logged(client))


class BadCallTest(BadInputTestCase):
    def setUp(self):
        super().setUp()
        self.client.initialize({})

    def test_it_is_initialized_once(self):
        self.assert_refused(call(id=7, method="initialize", params={"capabilities": {}}), -32600, "initialized", 7)
        self.assert_completes(self.client)

    def test_unknown_methods_are_refused_and_notifications_ignored(self):
        for method in "no/such", "$/no/such", "textDocument/hover", "":
            self.assert_refused(call(id="x", method=method), -32601, "method", "x")
            self.client.notify(method)
        self.assert_completes(self.client)

    def test_responses_to_nothing_are_ignored(self):
        self.client.send_bytes(call(id=7, result=None) + call(id=None, error={"code": 1, "message": ""}))
        self.assert_completes(self.client)

    def test_cancelling_what_is_not_pending_is_ignored(self):
        for params in {"id": 7}, {"id": "x"}, {"id": []}, {}:
            self.client.notify("$/cancelRequest", params)
        self.assert_completes(self.client)

    def test_an_id_that_is_waiting_is_refused(self):
        self.open(self.client, LONG)
        self.client.send_bytes(call(id="x", method=INLINE, params=PLACE) * 2)
        refused = self.client.wait_for(lambda message: message.get("id") == "x")
        self.assertEqual(refused["error"]["code"], -32600)
        self.assertIsNotNone(self.client.wait_for(lambda message: message.get("id") == "x" and "result" in message))
        self.assert_completes(self.client)

    def test_wrong_parameters_name_the_field(self):
        self.open(self.client, PYTHON)
        for method in INLINE, "textDocument/completion":
            for change, sentence in [
                ({"textDocument": None}, r"params\.textDocument must be an object"),
                ({"textDocument": {}}, r"params\.textDocument\.uri is missing; it must be a string"),
                ({"textDocument": {"uri": 7}}, r"params\.textDocument\.uri must be a string"),
                ({"position": 7}, r"params\.position must be an object"),
                ({"position": {"line": "1"}}, r"params\.position\.line must be a whole number"),
                ({"position": {"line": 1}}, r"params\.position\.character is missing"),
                ({"position": {"line": -1, "character": 0}}, r"params\.position\.line must be .* at least 0"),
                ({"context": {}}, r"params\.context\.triggerKind is missing"),
                ({"context": {"triggerKind": 9}}, r"params\.context\.triggerKind must be one of"),
            ]:
                with self.subTest(method=method, change=change):
                    self.assert_refused(call(id=7, method=method, params={**PLACE, **change}), -32602, sentence, 7)
            self.assert_refused(call(id=7, method=method), -32602, "params must be an object", 7)
            self.assert_refused(call(id=7, method=method, params=[]), -32602, "params must be an object", 7)
        self.assert_completes(self.client)

    def test_notifications_with_wrong_parameters_are_logged(self):
        methods = [f"textDocument/did{what}" for what in ("Open", "Change", "Close")] + ["nextline/didMoveCursor"]
        for method in methods:
            self.client.notify(method, {"textDocument": 7})
        self.assert_completes(self.client)
        for method in methods:
            self.assertIn(f"{method.split('/')[1]}: params.textDocument must be an object.", self.logged(self.client))


class BadDocumentTest(BadInputTestCase):
    def setUp(self):
        super().setUp()
        self.client.initialize({})

    def test_a_document_that_is_not_open_is_named(self):
        document = self.open(self.client, PYTHON)
        document.close()
        for method in "inlineCompletion", "completion":
            self.assert_error(document.complete(0, method=method), -32602, "'file:///a.py' is not open")
        document.insert(0, "x")
        document.move_cursor(1)
        document.close()
        self.assert_completes(self.client)

    def test_a_document_that_is_open_keeps_its_text(self):
        document = self.open(self.client, PYTHON)
        self.open(self.client, "")
        self.assertEqual(inserted(document.complete(len(PYTHON)).result()), self.expected(PYTHON))
        self.assertIn("file:///a.py", self.logged(self.client))

    def lose_step(self):
        """A document with a change whose range ends before it begins."""
        document = self.open(self.client, PYTHON)
        reversed_range = {"start": document.position(5), "end": document.position(4)}
        document.tell([{"range": reversed_range, "text": "x"}])
        shown = self.client.wait_for(lambda message: message.get("method") == "window/showMessage")
        self.assertEqual(shown["params"]["type"], 1)
        self.assertIn("file:///a.py", shown["params"]["message"])
        for method in "inlineCompletion", "completion":
            self.assert_error(document.complete(0, method=method), -32803, "file:///a.py")
        return document

    def test_a_document_out_of_step_may_be_opened_again(self):
        self.lose_step().close()
        self.assert_completes(self.client, "a.py")

    def test_a_document_out_of_step_may_be_replaced(self):
        document = self.lose_step()
        document.insert(0, "x")
        self.assert_error(document.complete(0), -32803, "file:///a.py")
        document.move_cursor(1)
        document.replace_all(PYTHON)
        self.assertEqual(inserted(document.complete(len(PYTHON)).result()), self.expected(PYTHON))

    def test_changes_outside_the_document_are_at_its_nearest_place(self):
        document = self.open(self.client, "x")
        outside = {"line": 10, "character": 10}
        document.tell([{"range": {"start": {"line": 0, "character": 0}, "end": outside}, "text": PYTHON[:40]},
                       {"range": {"start": outside, "end": outside}, "text": PYTHON[40:]}])
        document.text = PYTHON
        self.assertEqual(inserted(document.complete(len(PYTHON)).result()), self.expected(PYTHON))


if __name__ == "__main__":
    unittest.main()
