"""pygls' language client edits and completes."""

import asyncio
import pathlib
import tempfile
import unittest

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter
from pygls.workspace import PositionCodec

from tests.editors.oracle import PATIENCE, SOURCE, complete
from tests.integration.nextline import BINARY, model_path

ENCODINGS = [types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16, types.PositionEncodingKind.Utf32]


@attrs.define
class ItemWithData(types.InlineCompletionItem):
    """An inline completion together with what the protocol does not name."""

    data: object = None


def converter_with_data():
    converter = default_converter()
    structure_item = converter.get_structure_hook(types.InlineCompletionItem)

    def structure(value, _):
        item = structure_item(value, types.InlineCompletionItem)
        return ItemWithData(item.insert_text, item.filter_text, item.range, item.command, value["data"])

    converter.register_structure_hook(types.InlineCompletionItem, structure)
    return converter


class Client(LanguageClient):
    """Notes what the server reports and how it ends."""

    def __init__(self):
        super().__init__("nextline-tests", "1", converter_factory=converter_with_data)
        self.errors = []
        self.tokens = []
        self.progress = []
        self.exit_status = None
        self.expected_exit_status = 0
        self.log = ""

        @self.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(parameters):
            self.tokens.append(parameters.token)

        @self.feature(types.PROGRESS)
        def report(parameters):
            self.progress.append((parameters.token, parameters.value["kind"]))

    def report_server_error(self, error, source):
        self.errors.append(error)

    async def server_exit(self, server):
        self.exit_status = server.returncode
        self.log = (await server.stderr.read()).decode()


class Document:
    """A text that is edited here and, in the server's position encoding, there."""

    def __init__(self, client, path, text, encoding):
        self.client = client
        self.text = text
        self.version = 1
        self.codec = PositionCodec(encoding)
        path.write_bytes(text.encode())
        self.identifier = types.TextDocumentIdentifier(path.as_uri())
        client.text_document_did_open(types.DidOpenTextDocumentParams(
            types.TextDocumentItem(path.as_uri(), types.LanguageKind.Python, self.version, text)))

    def position(self, offset):
        line_begin = self.text.rfind("\n", 0, offset) + 1
        return types.Position(self.text.count("\n", 0, offset),
                              self.codec.client_num_units(self.text[line_begin:offset]))

    def offset(self, position):
        """Where the position is in the text; the inverse of `position`."""
        begin = 0
        for _ in range(position.line):
            begin = self.text.index("\n", begin) + 1
        end = begin
        while self.position(end).character < position.character:
            end += 1
        return end

    def behind(self, text):
        """The offset behind the last occurrence of the text."""
        return self.text.rindex(text) + len(text)

    def replace(self, begin, end, new_text):
        changed = types.Range(self.position(begin), self.position(end))
        self.text = self.text[:begin] + new_text + self.text[end:]
        self.version += 1
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(self.version, self.identifier.uri),
            [types.TextDocumentContentChangePartial(range=changed, text=new_text)]))

    def insert(self, offset, new_text):
        self.replace(offset, offset, new_text)

    def type(self, offset, keys):
        """Inserts one character after the other, and returns the offset behind them."""
        for key in keys:
            self.insert(offset, key)
            offset += 1
        return offset

    def request_inline_completion(self, offset, request_id=None):
        """A future, of which the request has been sent."""
        parameters = types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            self.identifier, self.position(offset))
        return asyncio.wrap_future(self.client.protocol.send_request(
            types.TEXT_DOCUMENT_INLINE_COMPLETION, parameters, msg_id=request_id))

    def request_completion(self, offset):
        return asyncio.wrap_future(self.client.protocol.send_request(
            types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(self.identifier, self.position(offset))))


async def answer_of(request):
    return await asyncio.wait_for(request, PATIENCE)


class PyglsTestCase(unittest.IsolatedAsyncioTestCase):
    """Starts the program as a language server."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "größe.py"

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # It complains of slow steps, on busy machines in vain.

    async def start(self, encodings=None):
        """A client whose server is initialized, and what the server said about itself."""
        client = Client()
        await client.start_io(str(BINARY), "serve", "--stdio", "--no-share", "--model", str(model_path()),
                              "--reuse", "prefix", "--snapshots", "off", "--least-confidence", "0", "--candidates", "1")
        self.addAsyncCleanup(self.end, client)
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(position_encodings=encodings),
            window=types.WindowClientCapabilities(work_done_progress=True))
        answer = await answer_of(client.initialize_async(types.InitializeParams(capabilities)))
        client.initialized(types.InitializedParams())
        return client, answer

    async def open(self, text, encodings=None):
        """A document that a server has just been told of."""
        client, answer = await self.start(encodings)
        return Document(client, self.path, text, answer.capabilities.position_encoding)

    async def end(self, client):
        """Ends the server as the protocol has it, unless the test did."""
        if client.exit_status is None:
            await answer_of(client.shutdown_async(None))
            client.exit(None)
        await asyncio.wait_for(client.stop(), PATIENCE)
        self.assertEqual(client.errors, [], client.log)
        self.assertEqual(client.exit_status, client.expected_exit_status, client.log)

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    def assert_data(self, data, expected):
        """The times and tokens have the program's names, and it was the same prompt that was completed."""
        self.assertEqual(set(data["timing"]), set(expected["timing"]))
        tokens = data["tokens"]
        self.assertEqual(set(tokens), set(expected["tokens"]))
        self.assertEqual(tokens["reused"], max(0, tokens["prompt"] - tokens["encoded"]))
        self.assertEqual(tokens["prompt"], expected["tokens"]["prompt"])
        if tokens["passes"] > 0:  # Else it is what is left of a suggestion that was typed along.
            self.assertEqual(tokens["generated"], expected["tokens"]["generated"])

    async def assert_answered(self, request, document, offset):
        """The answer is what the program says of the client's text; returns the item."""
        expected = await asyncio.to_thread(complete, document.text, offset)
        answer = await answer_of(request)
        self.assertEqual([item.insert_text for item in answer.items], [expected["text"]])
        item, = answer.items
        end = document.position(offset + expected["replaced_behind"])
        self.assertEqual(item.range, types.Range(document.position(offset), end))
        self.assert_data(item.data, expected)
        return item

    async def assert_completed(self, document, offset):
        """A request at the offset is answered with what the program says; returns the item."""
        return await self.assert_answered(document.request_inline_completion(offset), document, offset)


class LifeTest(PyglsTestCase):
    async def test_the_server_says_what_it_can_do(self):
        _, answer = await self.start()
        self.assertEqual(answer.server_info.name, "Nextline")
        self.assertRegex(answer.server_info.version, r"^\d+\.\d+")
        capabilities = answer.capabilities
        self.assertTrue(capabilities.inline_completion_provider)
        self.assertIsNotNone(capabilities.completion_provider)
        self.assertTrue(capabilities.text_document_sync.open_close)
        self.assertEqual(capabilities.text_document_sync.change, types.TextDocumentSyncKind.Incremental)

    async def test_the_first_encoding_of_utf8_utf16_utf32_is_chosen(self):
        utf8, utf16, utf32 = ENCODINGS
        for offered, expected in [(ENCODINGS, utf8), ([utf32, utf16], utf16), ([utf32], utf32), (None, utf16)]:
            with self.subTest(offered):
                _, answer = await self.start(offered)
                self.assertEqual(answer.capabilities.position_encoding or utf16, expected)

    async def test_loading_the_model_is_reported(self):
        client, _ = await self.start()
        await self.until(lambda: client.progress and client.progress[-1][1] == "end")
        token, = client.tokens
        self.assertEqual({reported for reported, _ in client.progress}, {token})
        kinds = [kind for _, kind in client.progress]
        self.assertEqual((kinds[0], kinds[-1]), ("begin", "end"))
        self.assertLessEqual(set(kinds[1:-1]), {"report"})

    async def test_after_shutdown_the_exit_status_is_0(self):
        document = await self.open(SOURCE)
        await self.assert_completed(document, len(SOURCE))
        await answer_of(document.client.shutdown_async(None))
        document.client.exit(None)
        await self.until(lambda: document.client.exit_status is not None)
        self.assertEqual(document.client.exit_status, 0)

    async def test_without_shutdown_the_exit_status_is_1(self):
        client, _ = await self.start()
        client.expected_exit_status = 1
        client.exit(None)
        await self.until(lambda: client.exit_status is not None)
        self.assertEqual(client.exit_status, 1)


class InlineCompletionTest(PyglsTestCase):
    async def test_a_line_is_completed_while_it_is_typed(self):
        document = await self.open(SOURCE)
        offset = document.type(len(SOURCE), "    return ")
        first = await self.assert_completed(document, offset)
        offset = document.type(offset, "a")
        second = await self.assert_completed(document, offset)
        self.assertNotEqual(first.insert_text, second.insert_text)
        self.assertGreater(second.data["tokens"]["reused"], 0)

    async def test_edits_above_the_cursor_count(self):
        document = await self.open(SOURCE + "    return a *")
        await self.assert_completed(document, len(document.text))
        document.insert(0, "# Arithmetic for beginners\n")
        await self.assert_completed(document, len(document.text))
        begin = document.text.index("def subtract")
        document.replace(begin, document.text.index("def multiply"), "")
        await self.assert_completed(document, len(document.text))
        document.replace(document.text.index("product"), document.behind("product"), "quotient")
        await self.assert_completed(document, len(document.text))

    async def test_the_cursor_may_stand_in_the_middle(self):
        for text in ("    return", "    return a", "    return a -"):
            with self.subTest(text):
                document = await self.open(SOURCE.replace("    return a - b", text))
                begin = document.text.index(text, document.text.index("def subtract"))
                await self.assert_completed(document, begin + len(text))

    async def test_a_suggestion_may_begin_with_line_breaks(self):
        document = await self.open(SOURCE + "    return a * b")
        item = await self.assert_completed(document, len(document.text))
        self.assertIn("\n", item.insert_text)

    async def test_positions_are_counted_in_the_encoding_that_was_agreed(self):
        for encoding in ENCODINGS:
            with self.subTest(encoding):
                document = await self.open(f"# größe 🙂 語\n{SOURCE}    print('🙂 größe 語 🙃', )\n", [encoding])
                offset = document.type(document.behind("語 🙃', "), "'🙃', a *")
                await self.assert_completed(document, offset)
                begin, end = document.text.rindex("🙂 größe"), document.behind("🙂 größe")
                document.replace(begin, end, "The product of two numbers is")
                await self.assert_completed(document, document.behind("a *"))
                document.insert(document.behind("# größe 🙂"), "🙃 of two numbers 🙃é")
                await self.assert_completed(document, document.behind("a *"))

    async def test_lines_may_end_with_carriage_returns(self):
        document = await self.open(SOURCE.replace(" a + b", " a").replace("\n", "\r\n"))
        document.insert(0, "# größe 🙂\r\n")
        offset = document.type(len(document.text), "    return ")
        await self.assert_completed(document, offset)
        await self.assert_completed(document, document.behind("return a\r") - 1)

    async def test_several_changes_may_come_in_one_message(self):
        document = await self.open(SOURCE)
        begin, zero = document.position(len(SOURCE)), types.Position(0, 0)
        document.text = "# 🙂\n" + SOURCE + "    return a"
        document.client.text_document_did_change(types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(2, document.identifier.uri),
            [types.TextDocumentContentChangePartial(range=types.Range(begin, begin), text="    return a"),
             types.TextDocumentContentChangePartial(range=types.Range(zero, zero), text="# 🙂\n")]))
        await self.assert_completed(document, len(document.text))

    async def test_the_whole_text_may_be_sent_anew(self):
        document = await self.open(SOURCE)
        document.text = "# Prints the sum of one and two\n" + SOURCE + "    return a"
        document.client.text_document_did_change(types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(2, document.identifier.uri),
            [types.TextDocumentContentChangeWholeDocument(document.text)]))
        await self.assert_completed(document, len(document.text))

    async def test_two_documents_are_kept_apart(self):
        first = await self.open(SOURCE + "    return a")
        second = Document(first.client, self.path.with_name("other.py"), SOURCE, first.codec.encoding)
        second.type(len(SOURCE), "    return b")
        await self.assert_completed(second, len(second.text))
        await self.assert_completed(first, len(first.text))


class CompletionTest(PyglsTestCase):
    async def test_the_text_edit_makes_what_the_inline_completion_makes(self):
        for encoding in ENCODINGS:
            with self.subTest(encoding):
                document = await self.open(SOURCE + "    return a * b\n\n\nprint('🙂 größe', )\n", [encoding])
                offset = document.type(document.behind("', "), "sub")
                expected = await asyncio.to_thread(complete, document.text, offset)
                answer = await answer_of(document.request_completion(offset))
                self.assertTrue(answer.is_incomplete)
                item, = answer.items
                begin, end = document.offset(item.text_edit.range.start), document.offset(item.text_edit.range.end)
                self.assertEqual((begin, end), (document.behind(", "), offset + expected["replaced_behind"]))
                self.assertEqual(item.text_edit.new_text, "sub" + expected["text"])
                self.assertTrue(item.filter_text.startswith("sub"), item.filter_text)
                self.assert_data(item.data, expected)


class InterruptionTest(PyglsTestCase):
    """What is sent in one go arrives before the server could answer the first of it."""

    long_source = SOURCE.replace(" a + b", " a") + SOURCE * 5 + "    return "

    async def test_a_cancelled_request_is_answered_with_an_error(self):
        document = await self.open(self.long_source)
        request = document.request_inline_completion(len(document.text), request_id="first")
        document.client.cancel_request(types.CancelParams("first"))
        with self.assertRaises(JsonRpcRequestCancelled) as caught:
            await answer_of(request)
        self.assertEqual(caught.exception.code, types.LSPErrorCodes.RequestCancelled)
        await self.assert_completed(document, len(document.text))

    async def test_a_request_at_another_place_supersedes(self):
        document = await self.open(self.long_source)
        superseded = document.request_inline_completion(len(document.text))
        await self.assert_completed(document, document.text.index("return a") + len("return a"))
        self.assertIsNone(await answer_of(superseded))

    async def test_an_edit_supersedes(self):
        document = await self.open(self.long_source)
        superseded = document.request_inline_completion(len(document.text))
        offset = document.type(len(document.text), "a")
        self.assertIsNone(await answer_of(superseded))
        await self.assert_completed(document, offset)

    async def test_fast_typing_with_a_request_for_every_key_ends_in_the_last_place(self):
        document = await self.open(self.long_source)
        offset = len(document.text)
        requests = []
        for key in "a * b - subtract(a":
            offset = document.type(offset, key)
            requests.append(document.request_inline_completion(offset))
        *superseded, last = requests
        await self.assert_answered(last, document, offset)
        for request in superseded:
            self.assertIsNone(await answer_of(request))

    async def test_requests_of_another_document_do_not_supersede(self):
        first = await self.open(self.long_source)
        text = SOURCE + "    return a"
        second = Document(first.client, self.path.with_name("other.py"), text, first.codec.encoding)
        waiting = first.request_inline_completion(len(first.text))
        await self.assert_completed(second, len(text))
        await self.assert_answered(waiting, first, len(first.text))


if __name__ == "__main__":
    unittest.main()
