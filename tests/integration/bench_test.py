"""`nextline bench`"""

import json
import signal
import subprocess
import unittest
import xml.etree.ElementTree

from tests.integration.nextline import REPOSITORY, NextlineTestCase, model_path

LOOKUPS = ("tree_lookup", "index_lookup", "lookup", "draft")
SPECULATE_UNITS = {"tree_append": "token/s", "tree_bytes": "bytes/token", "suffix_array": "token/s",
                   "index_build": "token/s", "index_bytes": "bytes/token",
                   **{f"{lookup}_{percentile}": "us" for lookup in LOOKUPS for percentile in ("p50", "p99")}}

SMALL = ["--context", 64, "--repetitions", 1]

EDITS = ("insert", "replace", "delete", "multi", "jump")
EDIT_ROWS = [("insert", "full"), *((case, mode) for mode in ("repair", "pie", "eager") for case in (*EDITS, "keystroke_fim")),
             *((case, "prefix") for case in EDITS)]


class BenchTest(NextlineTestCase):
    """Facts only: how fast it is depends on the machine."""

    def bench(self, *arguments):
        return self.succeed("bench", *arguments, "--model", model_path())

    def test_all_measures_everything_there_is(self):
        answer = self.bench("all", *SMALL)
        self.assertEqual(set(answer), {"machine", "work", "rows"})
        machine = answer["machine"]
        limits = {"threads", "read_gb_per_s", "gmac_per_s", "float_gmac_per_s"}
        self.assertEqual(set(machine), {"cpu", "isa"} | limits)
        for limit in limits:
            self.assertGreater(machine[limit], 0)
        work = answer["work"]
        self.assertEqual(set(work), {"weight_bytes", "slot_bytes", "row_products", "asking_row_products",
                                     "key_products", "asking_key_products"})
        for name, amount in work.items():
            self.assertGreater(amount, 0, name)
        self.assertLess(work["weight_bytes"], model_path().stat().st_size)

        rows = answer["rows"]
        self.assertEqual(
            [(row["bench"], row.get("case"), row.get("batch_rows")) for row in rows],
            [("prefill", "64", None), ("decode", "64", None),
             *(("verify", None, count) for count in (2, 4, 8, 16)),
             *(("edit", case, None) for case, _ in EDIT_ROWS),
             *(("speculate", case, None) for case in SPECULATE_UNITS)])
        for row in rows:
            with self.subTest(row):
                self.assert_documented(row)

    def test_edits_are_measured_in_each_mode(self):
        rows = self.bench("edit", "--context", 300, "--repetitions", 1)["rows"]
        self.assertEqual([(row["case"], row["mode"]) for row in rows], EDIT_ROWS)
        for row in rows:
            with self.subTest(row):
                self.assert_documented(row, context=300)
        encoded = {(row["case"], row["mode"]): row["tokens_encoded"] for row in rows}
        self.assertGreater(encoded["insert", "full"], 200)
        self.assertLess(encoded["replace", "pie"], 20)
        self.assertGreater(encoded["replace", "repair"], encoded["replace", "pie"] + 30)
        self.assertLessEqual(encoded["replace", "repair"], encoded["replace", "pie"] + 100)
        self.assertEqual(encoded["replace", "eager"], encoded["replace", "pie"])
        self.assertGreater(encoded["replace", "prefix"], 40)

    def assert_documented(self, row, context=64):
        """The fields are those of its bench, and their values can be true."""
        unit, fields = {
            "prefill": ("token/s", {"case", "of_limit"}),
            "decode": ("token/s", {"case", "of_limit"}),
            "verify": ("ratio", {"batch_rows", "pass_ms", "single_row_ms", "of_limit"}),
            "edit": ("ms", {"case", "mode", "tokens_encoded"} | (
                set() if row.get("mode") == "full" else {"of_full_prefill", "splice_us"})),
            "speculate": (SPECULATE_UNITS.get(row.get("case")), {"case"}),
        }[row["bench"]]
        if row["bench"] != "speculate":
            fields = fields | {"context"}
            self.assertEqual(row["context"], context)
        self.assertEqual(set(row), {"bench", "model", "value", "unit"} | fields)
        self.assertEqual((row["unit"], row["model"]), (unit, model_path().name))
        self.assertGreater(row["value"], 0)
        for name in {"of_full_prefill", "splice_us", "pass_ms", "single_row_ms"} & fields:
            self.assertGreater(row[name], 0)
        if "of_limit" in row:
            self.assertGreater(row["of_limit"], 0)
            self.assertLess(row["of_limit"], 1.2)

    def test_the_short_case_of_decode_is_one_of_16_tokens(self):
        rows = self.bench("decode", "--context", 16, "--repetitions", 1)["rows"]
        self.assertEqual([row["case"] for row in rows], ["short"])

    def test_the_options_are_reported(self):
        machine = self.bench("prefill", *SMALL, "--threads", 1, "--isa", "portable")["machine"]
        self.assertEqual((machine["isa"], machine["threads"]), ("portable", 1))

    def test_people_get_a_table(self):
        result = self.run_program("bench", "verify", *SMALL, "--model", model_path())
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertRegex(lines[0], r"GB/s.* GMAC/s")
        heading = next(line for line in lines if line.startswith("bench"))
        self.assertEqual(heading.split(), ["bench", "context", "rows", "median", "pass", "ms", "of", "limit"])
        self.assertEqual([line.split()[2] for line in lines if line.startswith("verify")],
                         ["2", "4", "8", "16"])

    def test_the_single_row_of_verify_is_the_same_for_all(self):
        rows = self.bench("verify", *SMALL)["rows"]
        self.assertEqual(len({row["single_row_ms"] for row in rows}), 1)
        # With one repetition, medians are what was measured.
        for row in rows:
            self.assertAlmostEqual(row["value"], row["pass_ms"] / row["single_row_ms"])

    def test_the_picture_of_the_limits_is_drawn_from_it(self):
        answers = [self.bench(bench, "--context", context, "--repetitions", 1)
                   for bench, context in (("verify", 16), ("verify", 300), ("prefill", 32))]
        drawn = subprocess.run(
            [REPOSITORY / "docs/draw_speed_limits.py"], input="\n".join(map(json.dumps, answers)),
            capture_output=True, encoding="utf-8", check=True)
        picture = xml.etree.ElementTree.fromstring(drawn.stdout)
        points = picture.findall("{http://www.w3.org/2000/svg}circle")
        # Five for each context, one for the prompt, three in the legend.
        self.assertEqual(len(points), 5 + 5 + 1 + 3)
        self.assertIn("behind 300", drawn.stdout)

    def test_speculation_is_measured_on_generated_code_and_on_a_folder_of_code(self):
        folder = self.folder / "code"
        folder.mkdir()
        for number in range(40):
            (folder / f"{number}.py").write_text(f"def function_{number}(value):\n    return value + {number}\n" * 3)
        for source in ([], ["--source", folder]):
            rows = self.bench("speculate", "--repetitions", 1, *source)["rows"]
            self.assertEqual([row["case"] for row in rows], list(SPECULATE_UNITS))
            for row in rows:
                with self.subTest(row):
                    self.assert_documented(row)

    def test_a_folder_without_code_is_refused(self):
        folder = self.folder / "empty"
        folder.mkdir()
        self.assert_fails(["bench", "speculate", "--source", folder, "--model", model_path()], "too little code")

    def test_a_context_beyond_the_model_is_refused(self):
        self.assert_fails(["bench", "decode", "--context", 8193, "--model", model_path()],
                          "trained for 8192 tokens, so --context cannot be 8193")

    def test_ctrl_c_ends_it(self):
        process = self.start("bench", "prefill", "--repetitions", 1000, "--model", model_path())
        for line in process.stderr:
            if "prefill" in line:
                break
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
        self.assertEqual((process.returncode, output), (1, ""))
        self.assertIn("interrupted", errors)


if __name__ == "__main__":
    unittest.main()
