"""RepoBench's Parquet files become rows of JSON."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import pyarrow
import pyarrow.parquet

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/repobench_rows"


def row(number):
    return {
        "repo_name": "shapes/shapes",
        "file_path": f"shapes/area_{number}.py",
        "context": [{"identifier": "Square", "path": "shapes/square.py", "snippet": "class Square:\n    side = 1\n"}],
        "import_statement": "from shapes.square import Square",
        "token_num": 900,
        "cropped_code": "def area(shape):\n    # é € 🙂 \u2028",
        "all_code": "…",
        "next_line": '    return "\t"',
        "gold_snippet_index": number - 1,
        "created_at": "2023-11-29",
        "level": "2k",
    }


def kept(full):
    return {name: value for name, value in full.items() if name not in ("token_num", "created_at")}


class RepoBenchRowsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, rows):
        path = self.folder / name
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=2)
        return path

    def run_script(self, *arguments):
        return subprocess.run([SCRIPT, *arguments], capture_output=True, encoding="utf-8", timeout=120)

    def assert_fails(self, arguments, sentence, status=1):
        result = self.run_script(*arguments)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertIn(sentence, result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_rows_of_all_files_follow_one_another(self):
        rows = [row(number) for number in range(5)]
        result = self.run_script(self.write("a.parquet", rows[:3]), self.write("b.parquet", rows[3:]))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([json.loads(line) for line in result.stdout.removesuffix("\n").split("\n")],
                         [kept(full) for full in rows])

    def test_a_row_without_a_value_is_written_as_it_is(self):
        without = {**row(1), "context": None, "level": None}
        result = self.run_script(self.write("a.parquet", [row(0), without]))
        self.assertEqual(json.loads(result.stdout.split("\n")[1]), kept(without))

    def test_missing_columns_are_named_before_anything_is_written(self):
        full = self.write("full.parquet", [row(1)])
        lacking = {name: value for name, value in row(1).items() if name not in ("level", "next_line")}
        self.assert_fails([full, self.write("a.parquet", [lacking])],
                          'a.parquet is no file of RepoBench v1.1: it lacks the columns "next_line", "level"')

    def test_snippets_of_another_form_are_refused(self):
        self.assert_fails([self.write("a.parquet", [{**row(1), "context": ["text"]}])],
                          'its column "context" holds no lists of snippets, but list<')
        self.assert_fails([self.write("a.parquet", [{**row(1), "context": [{"path": "a.py"}]}])],
                          'its snippets lack "identifier", "snippet".')

    def test_what_is_no_parquet_file_is_refused(self):
        self.assert_fails([self.folder / "none.parquet"], "none.parquet cannot be read as a Parquet file: ")
        text = self.folder / "text.parquet"
        text.write_text("text\n" * 10, encoding="utf-8")
        self.assert_fails([text], "text.parquet cannot be read as a Parquet file: ")
        cut = self.write("cut.parquet", [row(number) for number in range(5)])
        cut.write_bytes(cut.read_bytes()[:-20])
        self.assert_fails([cut], "cut.parquet cannot be read as a Parquet file: ")

    def test_a_file_is_needed(self):
        self.assert_fails([], "usage: ", status=2)
        self.assert_fails(["--help"], "usage: ", status=2)


if __name__ == "__main__":
    unittest.main()
