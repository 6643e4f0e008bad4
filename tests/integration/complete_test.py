"""`nextline complete FILE:LINE:COLUMN`"""

import json
import os
import signal
import struct
import time
import unittest

from tests.integration.nextline import DEFAULT_MODEL, REPOSITORY, TEST_MODEL, NextlineTestCase, model_path

PYTHON = '''def fibonacci(n):
    """Returns the n-th Fibonacci number."""
    if n < 2:
        return n
    return fibonacci(n - 1) +'''


class PositionTest(NextlineTestCase):
    """Places are checked before any model is looked for."""

    def test_a_line_behind_the_end_names_the_last_line(self):
        self.write("a.py", "one\ntwo\n")
        self.assert_fails(["complete", "a.py:4:1"], r"a\.py ends with line 3; there is no line 4\.")

    def test_a_column_behind_the_end_names_the_last_column(self):
        self.write("a.py", "größe\n")
        self.assert_fails(["complete", "a.py:1:7"], r"Line 1 of a\.py has 5 characters, so its last column is 6, not 7")

    def test_the_carriage_return_of_a_line_break_is_no_character(self):
        self.write("a.py", "one\r\ntwo\r\n")
        self.assert_fails(["complete", "a.py:1:5"], r"has 3 characters")

    def test_a_byte_order_mark_is_no_character(self):
        self.write("a.py", b"\xef\xbb\xbfone\n")
        self.assert_fails(["complete", "a.py:1:5"], r"has 3 characters")

    def test_a_path_may_contain_colons(self):
        self.write("a:1:2.py", "one\n")
        self.assert_fails(["complete", "a:1:2.py:9:1"], r"a:1:2\.py ends with line 2")


class SourceFileTest(NextlineTestCase):
    def test_what_is_no_readable_file_is_named(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "folder").mkdir()
        for name, sentence in [
            ("missing.py", r"missing\.py cannot be read: No such file"),
            ("folder", "folder is a directory"),
            ("pipe", "pipe is not a regular file"),
            ("/dev/null", "/dev/null is not a regular file"),
        ]:
            with self.subTest(name):
                self.assert_fails(["complete", f"{name}:1:1"], sentence)

    def test_a_file_that_is_not_utf8_names_the_first_bad_byte(self):
        for content, sentence in [
            (b"one\ntwo \xff three\n", r"is not UTF-8: byte 8 \(0xFF, in line 2\)"),
            (b"\xc0\xaf", r"byte 0 \(0xC0, in line 1\)"),
            (b"a\xed\xa0\x80", r"byte 1 \(0xED"),
            (b"cut off \xe2\x82", r"byte 8 \(0xE2"),
        ]:
            with self.subTest(content):
                self.write("a.py", content)
                self.assert_fails(["complete", "a.py:1:1"], sentence)

    def test_a_file_beyond_the_limit_is_refused(self):
        with open(self.folder / "large.py", "wb") as file:
            file.truncate((16 << 20) + 1)
        self.assert_fails(["complete", "large.py:1:1"], "files of up to 16 MiB are completed")


class ModelFileTest(NextlineTestCase):
    """A model that cannot be used ends in one sentence that names it."""

    def setUp(self):
        super().setUp()
        self.write("a.py", "x = 1\n")

    def assert_model_fails(self, model, sentence):
        self.assert_fails(["complete", "a.py:2:1", "--model", model], sentence)

    def test_a_model_that_is_not_fetched_names_the_command(self):
        self.assert_model_fails("smollm2-135m-instruct-q4_1",
                                "'nextline models fetch smollm2-135m-instruct-q4_1' fetches it")

    def test_a_fetched_file_of_the_wrong_size_names_the_command(self):
        self.models.mkdir(parents=True)
        (self.models / "smollm2-135m-instruct-q4_1.gguf").write_bytes(b"GGUF")
        self.assert_model_fails("smollm2-135m-instruct-q4_1", "has 4 bytes instead of 98362432")

    def test_a_name_that_is_unknown(self):
        self.assert_model_fails("no-such-model", "neither a model named 'no-such-model'")

    def test_files_that_are_no_models(self):
        with open(model_path(), "rb") as model:
            beginning = model.read(1 << 20)
        absurd = b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60)
        for name, content in [
            ("empty.gguf", b""),
            ("text.gguf", b"This is no model, but a text of some length.\n"),
            ("truncated.gguf", beginning),
            ("absurd.gguf", absurd),
        ]:
            with self.subTest(name):
                self.write(name, content)
                self.assert_model_fails(name, name.replace(".", r"\."))

    def test_a_path_without_a_file(self):
        self.assert_model_fails("missing.gguf", r"missing\.gguf")

    def test_an_unknown_instruction_set(self):
        self.assert_fails(["complete", "a.py:2:1", "--isa", "sse9"], "instruction set 'sse9'")

    def test_an_instruction_set_that_the_machine_lacks(self):
        supported = self.succeed("doctor")["cpu"]["instruction_sets"]
        for name in {"avx2", "avx512", "amx"} - set(supported):
            with self.subTest(name):
                self.assert_fails(["complete", "a.py:2:1", "--isa", name],
                                  f"This machine cannot execute {name}; 'nextline doctor' shows what it can.")


class CompletionTest(NextlineTestCase):
    def complete(self, position, *arguments, model=TEST_MODEL):
        return self.succeed("complete", position, "--model", model_path(model), *arguments)

    def test_the_answer_has_the_documented_shape(self):
        self.write("a.py", PYTHON)
        answer = self.complete("a.py:5:30")
        self.assertEqual(set(answer), {"text", "replaced_behind", "finish_reason", "timing", "tokens"})
        self.assertEqual(set(answer["timing"]),
                         {"tokenize_ms", "edit_ms", "prefill_ms", "decode_ms", "total_ms"})
        self.assertEqual(set(answer["tokens"]),
                         {"prompt", "reused", "encoded", "generated", "drafted", "accepted", "passes"})
        self.assertEqual((answer["tokens"]["reused"], answer["tokens"]["encoded"]), (0, answer["tokens"]["prompt"]))

    def test_a_line_is_completed(self):
        self.write("a.py", PYTHON)
        self.assertEqual(self.complete("a.py:5:30")["text"].strip(), "fibonacci(n - 2)")

    def test_a_word_is_completed_from_its_middle(self):
        self.write("a.py", PYTHON + " fibon")
        answer = self.complete("a.py:5:36")
        self.assertEqual(answer["text"], "acci(n - 2)")
        self.write("a.py", PYTHON)
        self.assertEqual(answer["tokens"]["prompt"], self.complete("a.py:5:30")["tokens"]["prompt"])

    def test_a_model_that_can_fill_in_the_middle_sees_what_stands_behind_the_position(self):
        call = "maximum = find_"
        behind = "\n\n\ndef find_heaviest_parcel(parcels):\n    return max(parcels)\n"
        self.write("a.py", call)
        self.write("b.py", call + behind)
        position = f"py:1:{len(call) + 1}"
        for model, sees_it in (TEST_MODEL, False), (DEFAULT_MODEL, True):
            with self.subTest(model):
                alone, within = (self.complete(f"{name}.{position}", model=model) for name in "ab")
                self.assertEqual(within["text"].startswith("heaviest_parcel("), sees_it)
                self.assertEqual(within["tokens"]["prompt"] > alone["tokens"]["prompt"], sees_it)
                self.assertEqual(within["text"] == alone["text"], not sees_it)

    def test_the_number_of_threads_does_not_change_the_text(self):
        path = REPOSITORY / "tests/integration/nextline.py"
        texts = {self.complete(f"{path}:40:1", "--threads", n)["text"] for n in (1, 2, 3)}
        self.assertEqual(len(texts), 1)

    def test_the_token_limit_ends_the_line(self):
        self.write("a.py", PYTHON)
        answer = self.complete("a.py:5:30", "--max-tokens", 2)
        self.assertEqual(answer["tokens"]["generated"], 2)
        self.assertEqual(answer["finish_reason"], "token_limit")

    def test_text_goes_to_standard_output_and_timing_to_standard_error(self):
        self.write("a.py", PYTHON)
        result = self.run_program("complete", "a.py:5:30", "--model", model_path())
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.strip(), "fibonacci(n - 2)")
        self.assertRegex(result.stderr, r"tokens after a prompt of \d+ in \d+ ms")

    def test_several_candidates_are_shown_the_first_one_being_the_only_one(self):
        self.write("a.py", PYTHON)
        alone = self.complete("a.py:5:30")
        self.assertNotIn("candidates", alone)
        answer = self.complete("a.py:5:30", "--candidates", 3)
        self.assertEqual(answer["text"], alone["text"])
        candidates = answer["candidates"]
        self.assertEqual(candidates[0]["text"], alone["text"])
        self.assertEqual(len({candidate["text"] for candidate in candidates}), 3)
        for candidate in candidates:
            self.assertEqual(set(candidate), {"text", "replaced_behind", "confidence", "tokens"})
            self.assertLess(0, candidate["confidence"])
            self.assertLessEqual(candidate["confidence"], 1)
        self.assertEqual([candidate["tokens"]["encoded"] for candidate in candidates[1:]], [0, 0])
        result = self.run_program("complete", "a.py:5:30", "--model", model_path(), "--candidates", 2)
        self.assertRegex(result.stdout, r"^1\. \(\d+ %\) .*fibonacci\(n - 2\)\n2\. \(\d+ %\) ")

    def test_an_empty_file_is_completed(self):
        self.write("a.py", "")
        self.assertEqual(self.complete("a.py:1:1", "--max-tokens", 4)["tokens"]["prompt"], 1)

    def test_ctrl_c_ends_it_with_what_there_is(self):
        self.write("a.py", PYTHON * 50)
        process = self.start("complete", "a.py:200:1", "--model", model_path(), "--isa", "reference", "--json")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(json.loads(output)["finish_reason"], "cancelled")

    def test_a_file_of_10_mb_is_completed_from_its_last_tokens(self):
        line = "value = compute(value, 12345)  # grows and grows\n"
        self.write("large.py", line * (10_000_000 // len(line)))
        last = 10_000_000 // len(line)
        answer = self.complete(f"large.py:{last + 1}:1", "--context", 512)
        self.assertLessEqual(answer["tokens"]["prompt"], 512)
        self.assertIn("value = compute", answer["text"])

    def test_one_line_of_10_mb_is_completed(self):
        self.write("long.py", "x" + " + 12345678" * 1_000_000)
        answer = self.complete("long.py:1:11000002", "--context", 256, "--max-tokens", 4)
        self.assertLessEqual(answer["tokens"]["prompt"], 256)


if __name__ == "__main__":
    unittest.main()
