"""How `nextline serve` is reached by TCP and by HTTP, and by whom it is not"""

import concurrent.futures
import json
import os
import random
import signal
import socket
import unittest

from tests.integration.listening import (INITIALIZE, LOOPBACK, Connection, ListeningTestCase, WebSocket, call)
from tests.integration.nextline import TEST_MODEL
from tests.integration.served import PYTHON, inserted

ANY = f"{LOOPBACK}:0"


def opened(text, uri="file:///a.py"):
    return call("textDocument/didOpen",
                {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}})


def completion(text, number, uri="file:///a.py"):
    lines = text.split("\n")
    return call("textDocument/inlineCompletion", {
        "textDocument": {"uri": uri}, "position": {"line": len(lines) - 1, "character": len(lines[-1])},
        "context": {"triggerKind": 1}}, id=number)


class NetworkTest(ListeningTestCase):
    def assert_completes(self, client, uri="file:///a.py"):
        self.assert_serves(client)
        client.say(call("initialized"))
        client.say(opened(PYTHON, uri))
        answer = client.answer(completion(PYTHON, 2, uri))
        self.assertEqual(inserted(answer["result"]).strip(), "fibonacci(n - 2)")

    def test_clients_of_both_kinds_are_completed_at_once(self):
        server = self.listen("--tcp", ANY, "--http", f"[::1]:0" if socket.has_ipv6 else ANY)
        by_tcp, by_web_socket = self.connect(server.tcp), None
        address = server.http
        headers = {"Host": f"[{address[0]}]:{address[1]}"} if ":" in address[0] else {}
        by_web_socket = self.web_socket(address, **headers)
        self.assertEqual(by_web_socket.status, 101)
        self.assert_completes(by_tcp)
        self.assert_completes(by_web_socket)
        by_tcp.close()
        answer = by_web_socket.answer(completion(PYTHON, 3))
        self.assertEqual(inserted(answer["result"]).strip(), "fibonacci(n - 2)")

    def test_health_says_how_it_stands(self):
        server = self.listen("--http", ANY)
        self.assertEqual({name: self.health(server)[name] for name in ("status", "model", "clients")},
                         {"status": "ok", "model": f"{TEST_MODEL}.gguf", "clients": 0})
        self.assert_completes(self.web_socket(server.http))
        health = self.health(server)
        self.assertEqual((health["is_loaded"], health["clients"]), (True, 1))
        status, header, body = self.get(server.http, "/health", "HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertEqual(header["Cache-Control"], "no-store")
        self.assertEqual(self.get(server.http, "/none")[0], 404)
        self.assertEqual(self.get(server.http, "/health", "POST")[0], 405)

    def test_metrics_count_what_was_done_for_clients(self):
        server = self.listen("--http", ANY)

        def figures():
            status, header, body = self.get(server.http, "/metrics")
            self.assertEqual((status, header["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
            lines = (line.rsplit(" ", 1) for line in body.decode().splitlines() if not line.startswith("#"))
            return {name: float(value) for name, value in lines}

        before = figures()
        self.assert_completes(self.web_socket(server.http))
        after = figures()
        self.assertEqual((before["nextline_clients"], after["nextline_clients"]), (0, 1))
        self.assertEqual(after["nextline_requests_total"] - before["nextline_requests_total"], 1)
        self.assertEqual(after["nextline_model_loaded"], 1)

    def test_the_standard_streams_go_along_with_others(self):
        # Without anybody there, the one that listens goes on.
        server = self.listen("--stdio", "--tcp", ANY)
        self.assert_completes(self.connect(server.tcp))
        self.assertIsNone(server.poll())

    def test_a_port_that_is_taken_is_named(self):
        server = self.listen("--tcp", ANY)
        address = "{}:{}".format(*server.tcp)
        self.assert_fails(["serve", "--tcp", address], f"Nobody can be served at {address}: Address already in use.")
        self.assert_fails(["serve", "--tcp", "no.such.invalid:80"], "There is no host 'no.such.invalid'.")

    def test_a_stop_ends_it_orderly(self):
        for kind in signal.SIGTERM, signal.SIGINT:
            server = self.listen("--tcp", ANY, "--http", ANY)
            client, silent = self.connect(server.tcp), self.connect(server.tcp)
            self.assert_completes(client)
            client.say(opened(PYTHON * 200, "file:///b.py"))
            client.say(completion(PYTHON * 200, 3, "file:///b.py"))
            server.send_signal(kind)
            self.assertEqual(server.wait(20), 0, self.log_of(server))
            self.assertIsNone(silent.hear())


class StrangersTest(ListeningTestCase):
    def assert_refused_by_tcp(self, server, first):
        client = self.connect(server.tcp)
        client.say(first)
        self.assertRegex(client.hear()["error"]["message"], "token")
        self.assertIsNone(client.hear())

    def test_a_page_from_elsewhere_does_not_connect(self):
        server = self.listen("--http", ANY)
        own = "http://{}:{}".format(*server.http)
        self.assertEqual(self.web_socket(server.http, Origin=own).status, 101)
        for headers in [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": own + "1"},
                        {"Host": "evil.example"}, {"Host": "evil.example", "Origin": "http://evil.example"}]:
            with self.subTest(headers):
                self.assertEqual(self.web_socket(server.http, **headers).status, 403)
                self.assertEqual(self.get(server.http, "/health", **headers)[0], 403)

    def test_from_elsewhere_nobody_connects_without_the_token(self):
        server = self.listen("--tcp", "0.0.0.0:0", "--http", "0.0.0.0:0")
        token = self.wait_for(lambda: [line.split()[-1] for line in self.log_of(server).splitlines()
                                       if "token" in line])[0]
        tcp, web = (LOOPBACK, server.tcp[1]), (LOOPBACK, server.http[1])
        server.tcp, server.http = tcp, web
        self.assertEqual(self.log_of(server).count(token), 1)
        for first in (INITIALIZE, call("nextline/attach", {"protocol": 1}, id=7),
                      call("nextline/attach", {"protocol": 1, "token": "0" * 64}, id=7)):
            self.assert_refused_by_tcp(server, first)
        for target, headers in [("/health", {}), ("/health?token=0", {}),
                                ("/health", {"Authorization": f"Bearer {token}0"})]:
            self.assertEqual(self.get(web, target, **headers)[0], 401)
        self.assertEqual(self.web_socket(web).status, 401)

        client = self.connect(tcp)
        client.say(call("nextline/attach", {"protocol": 1, "token": token}))
        self.assert_serves(client)
        self.assertEqual(self.get(web, f"/health?token={token}")[0], 200)
        self.assertEqual(self.get(web, "/health", Authorization=f"Bearer {token}")[0], 200)
        self.assert_serves(self.web_socket(web, f"/lsp?token={token}"))

    def test_a_token_file_counts_on_this_machine_too(self):
        path = self.write("token", "correct-horse-battery\n")
        path.chmod(0o644)
        self.assert_fails(["serve", "--tcp", ANY, "--token-file", path], "others may read it")
        path.chmod(0o600)
        server = self.listen("--tcp", ANY, "--token-file", path)
        self.assert_refused_by_tcp(server, INITIALIZE)
        client = self.connect(server.tcp)
        told = client.answer(call("nextline/attach", {"protocol": 1, "token": "correct-horse-battery"}, id=7))
        self.assertEqual(told["result"]["protocol"], 1)
        self.assert_serves(client)

    def test_another_protocol_is_refused_with_both_versions(self):
        server = self.listen("--tcp", ANY)
        client = self.connect(server.tcp)
        told = client.answer(call("nextline/attach", {"protocol": 99, "version": "9.9"}, id=7))
        self.assertRegex(told["error"]["message"], r"Nextline 9\.9\) attaches by protocol 99, the server \(Nextline")
        self.assertIsNone(client.hear())


class LimitsTest(ListeningTestCase):
    def test_who_finds_no_seat_is_told_and_the_others_stay(self):
        server = self.listen("--tcp", ANY, "--http", ANY, "--connections", 3)
        first = self.connect(server.tcp)
        self.assert_serves(first)
        web_sockets = [self.web_socket(server.http) for _ in range(2)]
        self.assertEqual([each.status for each in web_sockets], [101, 101])
        self.assertEqual(self.get(server.http, "/health")[0], 503)
        self.assertIsNone(self.connect(server.tcp).hear())
        self.assert_serves(web_sockets[1])
        first.close()
        self.wait_for(lambda: self.get(server.http, "/health")[0] == 200)

    def test_who_says_nothing_is_turned_away(self):
        server = self.listen("--tcp", ANY, "--http", ANY, "--hello-time", 1)
        half = self.connect(server.tcp)
        half.socket.sendall(b"Content-Length: 100\r\n\r\n{")
        slow = socket.create_connection(server.http)
        self.addCleanup(slow.close)
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        mute = self.web_socket(server.http)
        self.assertIsNone(half.hear())
        self.assertEqual(slow.recv(100), b"")
        self.assertIsNone(mute.hear())
        self.assertEqual(self.health(server)["clients"], 0)

    def test_long_messages_are_not_kept(self):
        server = self.listen("--tcp", ANY, "--http", ANY, "--message-limit", 1)
        client = self.connect(server.tcp)
        self.assert_serves(client)
        client.say(b" " * ((1 << 20) + 1))
        self.assertRegex(client.hear()["error"]["message"], "1048577 bytes was skipped")
        web_socket = self.web_socket(server.http)
        self.assert_serves(web_socket)
        web_socket.begin_frame(WebSocket.TEXT, (1 << 20) + 1)
        self.assertIsNone(web_socket.hear())


class HostileTest(ListeningTestCase):
    """What nobody should send leaves the server standing, and its clients served."""

    FRAMES = 10_000

    def setUp(self):
        super().setUp()
        self.server = self.listen("--tcp", ANY, "--http", ANY)
        self.random = random.Random(1)
        self.client = self.connect(self.server.tcp)
        NetworkTest.assert_completes(self, self.client)

    def assert_stands(self):
        answer = self.client.answer(completion(PYTHON, 99))
        self.assertEqual(inserted(answer["result"]).strip(), "fibonacci(n - 2)")
        self.assertEqual(self.health(self.server)["clients"], 1)
        self.assertIsNone(self.server.poll())

    def garbage(self, good):
        """Something like `good`, but not quite; or anything."""
        kind = self.random.randrange(4)
        if kind == 0:
            return self.random.randbytes(self.random.randrange(1, 200))
        damaged = bytearray(good)
        for _ in range(self.random.randrange(1, 6)):
            damaged[self.random.randrange(len(damaged))] = self.random.randrange(256)
        return bytes(damaged[:self.random.randrange(1, len(damaged))] if kind == 1 else damaged)

    def throw(self, address, good):
        """Many connections, each with something malformed, read to the end or left."""
        thrown = [self.garbage(good) for _ in range(self.FRAMES // 4)]

        def throw_one(data):
            with socket.create_connection(address, 30) as connection:
                try:
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
                except ConnectionError:
                    pass

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(throw_one, thrown))
        self.wait_for(lambda: self.health(self.server)["clients"] == 1)

    def test_garbage_by_tcp(self):
        self.throw(self.server.tcp, b"Content-Length: 20\r\n\r\n" + b'{"jsonrpc":"2.0"   }')
        self.assert_stands()

    def test_garbage_by_http(self):
        host = "{}:{}".format(*self.server.http)
        self.throw(self.server.http, f"GET /health?token=%20 HTTP/1.1\r\nHost: {host}\r\nX: y\r\n\r\n".encode())
        self.assert_stands()

    def test_malformed_frames_of_web_sockets(self):
        for _ in range(self.FRAMES // 8):
            web_socket = WebSocket(self.server.http)
            self.assertEqual(web_socket.status, 101)
            try:
                for _ in range(2):
                    web_socket.socket.sendall(self.garbage(b"\x81\x8dabcd" + bytes(13)))
            except ConnectionError:
                pass
            web_socket.close()
        self.wait_for(lambda: self.health(self.server)["clients"] == 1)
        self.assert_stands()

    def test_malformed_messages_of_a_client(self):
        hostile = self.connect(self.server.tcp)
        self.assert_serves(hostile)
        good = json.dumps(completion(PYTHON, 5)).encode()
        for _ in range(self.FRAMES // 4):
            damaged = bytearray(good)
            damaged[self.random.randrange(len(good))] = self.random.randrange(256)
            hostile.say(bytes(damaged))
            hostile.say(call("no/such", id=6))
            while hostile.hear().get("id") != 6:
                pass
        hostile.close()
        self.wait_for(lambda: self.health(self.server)["clients"] == 1)
        self.assert_stands()


class CrowdTest(ListeningTestCase):
    def test_200_connections_half_of_them_slow_or_silent_do_not_disturb_a_client(self):
        server = self.listen("--tcp", ANY, "--http", ANY)
        client = self.connect(server.tcp)
        NetworkTest.assert_completes(self, client)
        crowd = [self.connect(server.tcp) for _ in range(200)]
        for number, each in enumerate(crowd):
            if number % 4 == 0:
                each.socket.sendall(b"Content-Le")  # Slow: the rest may come.
            elif number % 4 != 1:
                each.say(INITIALIZE)
        for number in range(20):
            answer = client.answer(completion(PYTHON, 100 + number))
            self.assertEqual(inserted(answer["result"]).strip(), "fibonacci(n - 2)")
        for number, each in enumerate(crowd):
            if number % 4 >= 2:
                self.assertEqual(each.hear()["result"]["serverInfo"]["name"], "Nextline")


if __name__ == "__main__":
    unittest.main()
