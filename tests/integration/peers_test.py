"""What `make peers` and scripts/draft_peers run, without the peers: speed_probe stands in for llama.cpp's side."""

import json
import subprocess
import sys
import unittest

from tests.integration.nextline import BINARY, REPOSITORY, NextlineTestCase, model_path

PROBE = BINARY.parent / "speed_probe"


class SpeedProbeTest(NextlineTestCase):
    def answers(self, *lines):
        return subprocess.run([PROBE, model_path(), "2", "100"], input="".join(line + "\n" for line in lines),
                              capture_output=True, encoding="utf-8", timeout=120)

    def test_each_line_is_measured(self):
        result = self.answers("prefill 100", "decode 20 4", "rows 20 16 2", "rows 100 1 1", "prefill 16")
        self.assertEqual(result.returncode, 0, result.stderr)
        seconds = [json.loads(line)["seconds"] for line in result.stdout.splitlines()]
        self.assertEqual(len(seconds), 5)
        self.assertGreater(min(seconds), 0)

    def test_what_is_no_measurement_is_refused(self):
        for line in ("prefill", "prefill 0", "prefill 1000", "decode 20 1000", "rows 20 17 1", "rows 20 0 1", "idle 3"):
            with self.subTest(line):
                result = self.answers(line)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn(f"This is no measurement: {line}", result.stderr)


class CompareSpeedTest(NextlineTestCase):
    def test_engines_take_turns_and_the_better_variant_counts(self):
        # As an interpreter it is called with a script, MODEL THREADS CONTEXT and a variant.
        stand_in = self.write("python", f'#!/bin/sh\nexec {PROBE} "$2" "$3" "$4"\n')
        stand_in.chmod(0o755)
        figures = self.folder / "figures.json"
        result = subprocess.run(
            [sys.executable, REPOSITORY / "tests/peers/compare_speed.py", "--probe", PROBE,
             "--llama-python", stand_in, "--folder", model_path().parent, "--models", model_path().stem, "missing",
             "--rounds", "2", "--cases", "row at 16", "--json", figures],
            capture_output=True, encoding="utf-8", timeout=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("missing is left out", result.stderr)
        self.assertRegex(result.stdout, r"(?m)^1 row at 16 +ms ")

        (row,) = json.loads(figures.read_text())["rows"]
        self.assertEqual((row["case"], row["unit"], len(row["nextline"])), ("1 row at 16", "ms", 2))
        medians = {name: sum(values) / 2 for name, values in row["llama_cpp"].items()}
        self.assertEqual(row["flash"], min(medians, key=medians.get))
        self.assertAlmostEqual(row["ratio"], medians[row["flash"]] / (sum(row["nextline"]) / 2))


class DraftPeersTest(NextlineTestCase):
    def draft(self, lines, *arguments):
        trace = self.write("trace.jsonl", "".join(line + "\n" for line in lines))
        return subprocess.run([BINARY.parent / "draft_peers", trace, *arguments], capture_output=True,
                              encoding="utf-8", timeout=60)

    def test_what_followed_in_the_history_is_accepted(self):
        line = list(range(100, 120))
        document = {"path": "a.py", "kind": "file", "time": 1, "language": 0, "tokens": line}
        row = {"path": "b.py", "language": 0, "novel": True, "before": [1, *line[:10]], "behind": [], "generated": line[10:]}
        result = self.draft([json.dumps({"document": document}), json.dumps({"row": row})])
        self.assertEqual(result.returncode, 0, result.stderr)
        # Name (which may have spaces), size, most, drafted, accepted, …
        accepted = {(words[0], words[-8], words[-7]): float(words[-5]) for words in
                    (line.split() for line in result.stdout.splitlines() if "nextline  " in line or "last" in line)}
        self.assertEqual(accepted["nextline", "full", "4"], 4)
        self.assertEqual(accepted["nextline", "full", "16"], 10)
        self.assertEqual(accepted["prompt", "full", "16"], 0)

    def test_rows_can_be_left_out_and_damaged_lines_are_named(self):
        row = {"path": "b.py", "language": 0, "novel": False, "before": [1], "behind": [], "generated": [2]}
        self.assertIn("no rows", self.draft([json.dumps({"row": row})], "--novel").stderr)
        self.assertIn("Line 2 of ", self.draft([json.dumps({"row": row}), '{"row": {}}']).stderr)


if __name__ == "__main__":
    unittest.main()
