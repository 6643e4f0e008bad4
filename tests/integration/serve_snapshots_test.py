"""What `nextline serve` keeps of files on disk, and what comes of it when they are opened again"""

import random
import resource
import stat
import time
import unittest

from scripts.language_client import OpenDocument
from tests.integration.nextline import model_path
from tests.integration.served import ServedTestCase, functions, inserted

ABOVE = functions(12)
TEXT = ABOVE + "def multiply_by_12(x):\n    return x *"
WARNING = "nextline: .*napshot.*"


class SnapshotsTestCase(ServedTestCase):
    """Servers with a folder of snapshots of the test's own, and files in the test's working directory."""

    reuse = ()
    snapshots = "on"

    def setUp(self):
        super().setUp()
        self.snapshot_folder = self.cache / "nextline/snapshots"

    def open_file(self, client, name, text):
        path = self.folder / name
        if not path.is_symlink():
            self.write(name, text)
        return OpenDocument(client, path.as_uri(), text)

    def complete_in_new_server(self, text, name="a.py", offset=None, **options):
        """A server completes in a file and ends; returns the completion and its tokens."""
        client = self.serve_initialized(**options)
        completion = self.complete(self.open_file(client, name, text), offset)
        self.assertEqual(client.shut_down(), 0)
        self.assert_no_warnings(client)
        return completion

    def files(self):
        return sorted(self.snapshot_folder.iterdir()) if self.snapshot_folder.exists() else []

    def assert_no_warnings(self, client):
        self.assertNotRegex(self.logged(client), WARNING)


class OpenedAgainTest(SnapshotsTestCase):
    def test_an_unchanged_file_takes_one_token(self):
        first, tokens = self.complete_in_new_server(TEXT)
        self.assertEqual(tokens["encoded"], tokens["prompt"])
        for _ in range(2):
            again, tokens = self.complete_in_new_server(TEXT)
            self.assertEqual(again, first)
            self.assertEqual((tokens["encoded"], tokens["prompt"] > 150), (1, True))

    def test_the_cursor_is_taken_to_be_where_it_was(self):
        body = "return x * 8"
        place = TEXT.index(body)
        text = TEXT[:place] + TEXT[place + len(body):]
        first, _ = self.complete_in_new_server(text, offset=place)
        client = self.serve_initialized("--refresh", "off")
        document = self.open_file(client, "a.py", text)
        self.wait_until_idle(client)  # All is computed that the server expects to be asked for.
        again, tokens = self.complete(document, place)
        self.assertEqual(again, first)
        self.assertEqual(tokens["encoded"], 1)

    def test_of_a_file_that_was_changed_outside_the_rest_is_kept(self):
        self.complete_in_new_server(TEXT)
        changed = TEXT.replace("def multiply_by_2(", "# Twice as much:\ndef multiply_by_2(")
        client = self.serve_initialized("--refresh-pause", 50)
        document = self.open_file(client, "a.py", changed)
        _, tokens = self.complete(document)
        self.assertGreater(tokens["prompt"], 150)
        self.assertLess(tokens["encoded"], 60)
        self.assertGreater(tokens["reused"], 100)
        self.wait_until_idle(client)
        self.assertEqual(self.complete(document)[0], self.expected(changed))
        self.assert_no_warnings(client)

    def test_nothing_is_kept_where_that_is_not_wanted(self):
        self.snapshots = "off"
        for _ in range(2):
            _, tokens = self.complete_in_new_server(TEXT)
            self.assertEqual(tokens["encoded"], tokens["prompt"])
        self.assertFalse(self.snapshot_folder.exists())


class DamageTest(SnapshotsTestCase):
    """A snapshot that is not right is refused, and replaced by one that is."""

    def setUp(self):
        super().setUp()
        self.completion, _ = self.complete_in_new_server(TEXT)
        [self.snapshot] = self.files()
        self.good = self.snapshot.read_bytes()

    def assert_refused(self, content, sentence):
        self.snapshot.write_bytes(content)
        client = self.serve_initialized()
        completion, tokens = self.complete(self.open_file(client, "a.py", TEXT))
        self.assertEqual(client.shut_down(), 0)
        self.assertEqual(completion, self.completion)
        self.assertEqual(tokens["encoded"], tokens["prompt"])
        self.assertRegex(self.logged(client), f"nextline: The snapshot of .*a.py.* {sentence}")
        self.assertEqual(self.logged(client).count("snapshot"), 1)
        self.assertEqual(self.files(), [self.snapshot])
        self.assertEqual(self.snapshot.read_bytes(), self.good)

    def test_one_that_was_cut(self):
        for size in len(self.good) // 2, 100, 0:
            with self.subTest(size):
                self.assert_refused(self.good[:size], "is damaged: the file is shorter than it should be")

    def test_one_with_another_byte(self):
        middle = len(self.good) // 2
        changed = bytes([self.good[middle] ^ 1])
        self.assert_refused(self.good[:middle] + changed + self.good[middle + 1:],
                            "is damaged: the checksum of its keys and values is wrong")

    def test_one_of_another_document(self):
        self.complete_in_new_server(TEXT, "b.py")
        [other] = {*self.files()} - {self.snapshot}
        content = other.read_bytes()
        other.unlink()
        self.assert_refused(content, "is another document's")

    def test_one_of_another_model(self):
        # The same but for a letter of its metadata: everything else in the snapshot would fit.
        model = self.write("other.gguf", model_path().read_bytes().replace(b"general.name", b"general.nome", 1))
        self.complete_in_new_server(TEXT, model=model)
        [other] = {*self.files()} - {self.snapshot}
        content = other.read_bytes()
        other.unlink()
        self.assert_refused(content, "is another model's")


class KilledTest(SnapshotsTestCase):
    ROUNDS = 12

    def test_whenever_a_server_is_killed_a_snapshot_is_whole(self):
        # What they have in common stands before the cursor: what is kept of one is right for the other.
        texts = [TEXT, ABOVE + "def divide_by_12(x):\n    return x /"]
        expected = [self.complete_in_new_server(text)[0] for text in texts]
        moments = random.Random(1)
        for number in range(self.ROUNDS):
            client = self.serve_initialized()
            document = self.open_file(client, "a.py", texts[number % 2])
            completion, tokens = self.complete(document)
            self.assertEqual(completion, expected[number % 2])
            self.assertLess(tokens["encoded"], 20)
            self.assertEqual(len([path for path in self.files() if path.suffix == ".snapshot"]), 1)
            before = self.files()
            document.close()
            if number < self.ROUNDS // 2:
                time.sleep(moments.uniform(0, 0.03))  # It copies, writes or has written.
            else:
                self.wait_until_written_to(before)
            client.close()
            self.assert_no_warnings(client)
        text = ABOVE + "def multiply_by_12(x):\n    return"
        self.assertEqual(self.complete_in_new_server(text)[0], self.expected(text))
        [path] = self.files()  # Whatever the killed ones left is gone.
        self.assertEqual(path.suffix, ".snapshot")

    def wait_until_written_to(self, files):
        """Returns as soon as a file is there that was not, which is while it is being written, or soon after."""
        deadline = time.monotonic() + 1
        while self.files() == files and time.monotonic() < deadline:
            pass

    def test_what_a_killed_writer_left_goes_with_the_next_save(self):
        self.complete_in_new_server(TEXT)
        [path] = self.files()
        left = path.with_name(path.name + ".0123456789abcdef.part")
        left.write_bytes(path.read_bytes()[:1000])
        self.complete_in_new_server(TEXT + "    return")
        self.assertEqual(self.files(), [path])


class FolderTest(SnapshotsTestCase):
    def test_the_folder_and_its_files_are_the_users_alone(self):
        self.complete_in_new_server(TEXT)
        self.assertEqual(stat.S_IMODE(self.snapshot_folder.stat().st_mode), 0o700)
        [path] = self.files()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_of_files_with_secrets_nothing_is_kept(self):
        (self.folder / "link.py").symlink_to("server.pem")
        (self.folder / "id_rsa").symlink_to("a.py")
        self.write("a.py", TEXT)
        client = self.serve_initialized()
        for name in ".env", "server.pem", "link.py", "id_rsa":
            document = self.open_file(client, name, TEXT)
            self.complete(document)
            document.close()
        self.assertEqual(client.shut_down(), 0)
        self.assertEqual(self.files(), [])
        self.complete_in_new_server(TEXT)  # The file that a link of that name leads to is none of them.
        self.assertEqual(len(self.files()), 1)

    def test_two_servers_share_it(self):
        starts = [TEXT, ABOVE + "def divide_by_12(x):\n"]
        typed = ["", "    return"]
        expected = {text + more: self.expected(text + more) for text in starts for more in typed}
        clients = [self.serve_initialized() for _ in starts]
        for _ in range(5):
            documents = [self.open_file(client, "a.py", text) for client, text in zip(clients, starts)]
            for more in typed:
                for document in documents:
                    document.insert(len(document.text), more)
                answers = [document.complete(len(document.text)) for document in documents]
                for document, answer in zip(documents, answers):
                    self.assertEqual(inserted(answer.result()), expected[document.text])
            for document in documents:
                document.close()
        for client in clients:
            self.assertEqual(client.shut_down(), 0)
            self.assert_no_warnings(client)
        self.assertEqual([path.suffix for path in self.files()], [".snapshot"])
        self.assertLess(self.complete_in_new_server(TEXT)[1]["encoded"], 20)

    def test_a_file_that_cannot_be_written_is_told_once(self):
        most = 1 << 16
        client = self.serve_initialized(
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        document = self.open_file(client, "a.py", TEXT)
        text, tokens = self.complete(document)
        document.close()
        other = OpenDocument(client, "untitled:b", TEXT)  # It has no file, so that nothing of it is kept.
        again, others = self.complete(other)
        self.assertEqual((again, others["encoded"]), (text, tokens["encoded"]))
        self.assertEqual(client.shut_down(), 0)
        self.assertRegex(self.logged(client),
                         r"The snapshot of .*a\.py.* was not saved: it is larger than files may be\.")
        self.assertEqual(self.logged(client).count("snapshot"), 1)
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main()
