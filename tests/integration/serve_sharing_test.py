"""How processes of `nextline serve --stdio` share one server in the background"""

import contextlib
import os
import pathlib
import signal
import socket
import stat
import subprocess
import time
import unittest

from scripts.language_client import PATIENCE, LanguageClient, OpenDocument, framed, read_message
from tests.integration.listening import resident_bytes
from tests.integration.nextline import BINARY, model_path
from tests.integration.served import PYTHON, ServedTestCase, functions, inserted

TEXT = functions(12) + "def multiply_by_12(x):\n    return x *"
WEIGHTS = 60 << 20  # Far less than a loaded model takes, far more than a process without one.


class SharingTestCase(ServedTestCase):
    """Processes with a runtime directory of the test's own; those in the background end with the test."""

    reuse = ()
    stay = 30

    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "run"
        self.runtime.mkdir(0o700)
        self.environment["XDG_RUNTIME_DIR"] = str(self.runtime)
        self.addCleanup(self.end_servers)

    def share(self, *arguments, **process_options):
        """An editor's process, which need not be the one that serves it."""
        command = [BINARY, "serve", "--stdio", "--model", model_path(), "--stay", self.stay,
                   "--snapshots", self.snapshots, *arguments]
        path = self.folder / f"log {len(self.logs)}"
        with path.open("wb") as log:
            client = LanguageClient([*map(str, command)], cwd=self.folder, env=self.environment,
                                    **{"stderr": log, **process_options})
        self.logs[client] = path
        self.addCleanup(client.close)
        return client

    def share_initialized(self, *arguments, **process_options):
        client = self.share(*arguments, **process_options)
        client.initialize({})
        return client

    def servers(self):
        """The processes in the background that belong to this test."""
        own = f"XDG_RUNTIME_DIR={self.runtime}".encode()
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (b"--background" in (process / "cmdline").read_bytes().split(b"\0")
                        and own in (process / "environ").read_bytes().split(b"\0")):
                    found.append(int(process.name))
        return found

    def server(self):
        [server] = self.servers()
        return server

    def end_servers(self):
        for server in self.servers():
            os.kill(server, signal.SIGKILL)

    def wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            self.assertLess(time.monotonic(), deadline, "It does not come.")
            time.sleep(0.02)
        return result

    def wait_for_end_of_servers(self):
        self.wait_for(lambda: not self.servers())

    def sockets(self):
        return list(self.runtime.glob("nextline/*.socket"))

    def server_log(self):
        return (self.cache / "nextline/log/server.log").read_text(encoding="utf-8")

    def assert_served_by_itself(self, client, sentence):
        self.assert_completes(client, "alone.py")
        self.assertEqual(self.servers(), [])
        self.assertRegex(self.logged(client), sentence + ".* This editor is served by a process of its own")


class SharingTest(SharingTestCase):
    def test_two_editors_share_one_process_and_its_weights(self):
        clients = [self.share_initialized() for _ in range(2)]
        for client in clients:
            self.assert_completes(client)
        server = self.server()
        self.assertGreater(resident_bytes(server), WEIGHTS)
        for client in clients:
            self.assertLess(resident_bytes(client.process.pid), WEIGHTS / 3)
        together = sum(map(resident_bytes, [server, *(client.process.pid for client in clients)]))
        alone = self.serve_initialized()
        self.assert_completes(alone)
        self.assertLess(together, 1.5 * resident_bytes(alone.process.pid))

    def test_of_many_that_start_at_once_one_starts_the_server(self):
        clients = [self.share() for _ in range(10)]
        for client in clients:
            client.initialize({})
        self.assertEqual(len(self.servers()), 1)
        for client in clients:
            self.assertEqual(client.shut_down(), 0)
        self.assertEqual(sum("was started" in self.logged(client) for client in clients), 1)

    def test_who_has_other_options_has_another_server(self):
        for options in [()], [("--threads", 1)], [("--cache-memory", 100)]:
            self.share_initialized(*options[0])
        self.assertEqual(len(self.servers()), 3)

    def test_what_is_a_clients_own_is_no_other_server(self):
        short, long = self.share_initialized("--max-tokens", 1), self.share_initialized()
        lengths = [self.complete(self.open(client, TEXT))[1]["generated"] for client in (short, long)]
        self.assertEqual(lengths[0], 1)
        self.assertGreater(lengths[1], 1)
        self.server()

    def test_documents_of_one_name_are_kept_apart(self):
        clients = [self.share_initialized() for _ in range(2)]
        documents = [self.open(client, text) for client, text in zip(clients, (PYTHON, TEXT))]
        for document in documents:
            self.assertEqual(inserted(document.complete(len(document.text)).result()), self.expected(document.text))

    def test_without_sharing_nothing_is_started(self):
        client = self.share_initialized("--no-share")
        self.assert_completes(client)
        self.assertEqual(self.servers(), [])
        self.assertEqual(self.sockets(), [])

    def test_a_server_that_listens_elsewhere_too_is_shared(self):
        command = [BINARY, "serve", "--http", "127.0.0.1:0", "--model", model_path(), "--stay", self.stay,
                   "--snapshots", self.snapshots]
        with subprocess.Popen([*map(str, command)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            self.addCleanup(server.kill)
            self.wait_for(self.sockets)
            client = self.share_initialized()
            self.assert_completes(client)
            self.assertEqual(self.servers(), [])
            server.terminate()
            self.assertEqual((server.wait(20), client.wait(20)), (0, 1))
        self.assertEqual(self.sockets(), [])

    def test_only_this_user_can_reach_it(self):
        self.share_initialized()
        [path] = self.sockets()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)

    def test_the_server_holds_nothing_of_who_started_it(self):
        client = self.share_initialized(stderr=subprocess.PIPE)
        self.assertEqual(client.shut_down(), 0)
        self.assertIn(b"started in the background", client.process.stderr.read())  # To its end.
        client.process.stderr.close()
        server = self.server()
        self.assertEqual(os.getsid(server), os.getpgid(server))
        self.assertNotEqual(os.getsid(server), os.getsid(0))

    def test_warnings_reach_the_clients(self):
        client = self.share_initialized()
        client.send_bytes(framed(b"{"))
        told = client.wait_for(lambda message: message.get("method") == "window/logMessage")
        self.assertEqual(told["params"]["type"], 2)
        self.assertIn("not JSON", told["params"]["message"])
        self.assertIn("not JSON", self.server_log())


class EndOfClientTest(SharingTestCase):
    def setUp(self):
        super().setUp()
        self.other = self.share_initialized()

    def assert_others_go_on(self):
        self.assert_completes(self.other, f"{time.monotonic_ns()}.py")
        self.server()

    def test_the_status_is_that_of_a_process_of_its_own(self):
        self.assertEqual(self.share_initialized().shut_down(), 0)
        client = self.share_initialized()
        client.notify("exit")
        self.assertEqual(client.wait(), 1)
        client = self.share_initialized()
        client.close_input()
        self.assertEqual(client.wait(), 1)
        self.assertIn("The client has gone without saying exit.", self.logged(client))
        client = self.share_initialized()
        client.request("shutdown").result()
        client.close_input()
        self.assertEqual(client.wait(), 0)
        client = self.share_initialized()
        client.send_bytes(b"no header\r\n\r\n")
        self.assertEqual(client.wait(), 1)
        self.assert_others_go_on()

    def test_killing_one_leaves_the_others(self):
        for kind in signal.SIGKILL, signal.SIGTERM:
            client = self.share_initialized()
            self.open(client, TEXT * 20).complete(len(TEXT) * 20)
            client.process.send_signal(kind)
            self.assertNotEqual(client.wait(20), 0)
            self.assert_others_go_on()


class EndOfServerTest(SharingTestCase):
    snapshots = "on"

    def test_killed_it_takes_its_clients_along_and_the_next_one_starts_anew(self):
        client = self.share_initialized()
        self.assert_completes(client)
        server = self.server()
        os.kill(server, signal.SIGKILL)
        self.assertEqual(client.wait(10), 1)
        self.assertRegex(self.logged(client), r"nextline: The server that served this editor and others has gone; "
                                              r"its log is .*/server\.log\.")
        again = self.share_initialized()
        self.assert_completes(again)
        self.assertNotEqual(self.server(), server)

    def test_stopped_it_keeps_what_it_computed_and_leaves_no_socket(self):
        client = self.share_initialized()
        path = self.write("a.py", TEXT)
        first, tokens = self.complete(OpenDocument(client, path.as_uri(), TEXT))
        self.assertEqual(tokens["encoded"], tokens["prompt"])
        os.kill(self.server(), signal.SIGTERM)
        self.assertEqual(client.wait(20), 1)
        self.wait_for_end_of_servers()
        self.assertEqual(self.sockets(), [])
        again, tokens = self.complete(OpenDocument(self.share_initialized(), path.as_uri(), TEXT))
        self.assertEqual((again, tokens["encoded"]), (first, 1))


class IdleTest(SharingTestCase):
    stay = 1

    def test_it_ends_when_nobody_has_been_there_for_a_while(self):
        first, second = self.share_initialized(), self.share_initialized()
        self.assertEqual(first.shut_down(), 0)
        time.sleep(1.5)
        self.assert_completes(second)
        self.assertEqual(second.shut_down(), 0)
        self.wait_for_end_of_servers()
        self.assertEqual(self.sockets(), [])
        self.assertIn("Nobody has been here for 1 s.", self.server_log())

    def test_who_comes_in_that_moment_is_served(self):
        for _ in range(6):
            self.assertEqual(self.share_initialized().shut_down(), 0)
            time.sleep(1)
        self.assertLessEqual(len(self.servers()), 1)


class TroubleTest(SharingTestCase):
    """Where processes cannot share, each serves its editor."""

    def test_without_a_folder_to_meet_in(self):
        (self.runtime / "nextline").write_text("")
        client = self.share_initialized()
        self.assert_completes(client)
        self.assertEqual(self.servers(), [])
        self.assertRegex(self.logged(client), "is not a folder. This process shares nothing.")

    def test_without_a_runtime_directory_it_is_one_of_their_own(self):
        del self.environment["XDG_RUNTIME_DIR"]
        self.environment["TMPDIR"] = str(self.folder)
        client = self.share_initialized()
        self.assert_completes(client)
        [path] = self.folder.glob(f"nextline-{os.getuid()}/*.socket")
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        self.assertEqual(client.shut_down(), 0)
        self.end_by_log(self.cache / "nextline/log/server.log")

    def end_by_log(self, log):
        """Ends the server that writes this log, which has no runtime directory to be known by, and waits for that."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(process / "fd/2") == str(log.resolve()):
                    os.kill(int(process.name), signal.SIGTERM)
                    deadline = time.monotonic() + PATIENCE
                    while os.readlink(process / "fd/2") and time.monotonic() < deadline:
                        time.sleep(0.01)  # It writes until its end, when it has no files any more.

    def place_of_socket(self):
        """Where a server with the options of this test would be."""
        client = self.share_initialized()
        [path] = self.sockets()
        client.shut_down()
        os.kill(self.server(), signal.SIGTERM)
        self.wait_for_end_of_servers()
        return path

    def listen_instead(self, path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        self.addCleanup(listener.close)
        return listener

    def test_with_a_server_of_another_protocol(self):
        listener = self.listen_instead(self.place_of_socket())
        client = self.share()
        other, _ = listener.accept()
        with other, other.makefile("rb") as stream:
            asked = read_message(stream)
            self.assertEqual((asked["method"], asked["params"]["protocol"]), ("nextline/attach", 1))
            other.sendall(framed({"jsonrpc": "2.0", "id": asked["id"],
                                  "error": {"code": -32803, "message": "Another protocol."}}))
            client.initialize({})
        self.assert_served_by_itself(client, "Another protocol.")

    def test_with_a_server_that_ends_again_and_again(self):
        listener = self.listen_instead(self.place_of_socket())
        client = self.share()
        for _ in range(3):
            listener.accept()[0].close()
        client.initialize({})
        self.assert_served_by_itself(client, "ends as soon as it is attached to")

    def test_with_a_socket_that_nobody_serves_any_more(self):
        path = self.place_of_socket()
        self.listen_instead(path).close()
        self.assertTrue(path.exists())
        client = self.share_initialized()
        self.assert_completes(client)
        self.server()


if __name__ == "__main__":
    unittest.main()
