"""`nextline replay`"""

import json
import signal
import unittest
import xml.etree.ElementTree

from tests.integration.nextline import NextlineTestCase, model_path
from tests.integration.sample_repository import SampleRepository

SMALL = ["--limit", 3, "--tokens", 256, "--seed", 5, "--threads", 2]

IMPORTS = "import shapes\nimport os\n"
CODE = """

class Room:
    def __init__(self, width, length):
        self.width = width
        self.length = length

    def area(self):
        return self.width * self.length

    def shape(self):
        kind = shapes.Rectangle
"""
NEXT_LINE = "        return kind(self.width, self.length)"
REST = """

    def name(self):
        return os.path.basename(__file__)
"""


def row(number, **changed):
    """A row as RepoBench publishes it."""
    return {
        "repo_name": "owner/rooms",
        "file_path": f"rooms/room_{number}.py",
        "context": [{"identifier": "Rectangle", "path": "shapes.py",
                     "snippet": "class Rectangle:\n    def __init__(self, width, length):\n        pass"}],
        "import_statement": IMPORTS,
        "cropped_code": CODE,
        "all_code": IMPORTS + CODE + NEXT_LINE + REST,
        "next_line": NEXT_LINE,
        "gold_snippet_index": 0,
        "level": "2k",
        "created_at": "not looked at",
        **changed,
    }


def lines_of(rows):
    return "".join(json.dumps(each) + "\n" for each in rows)


def quality(answer):
    """What must be the same in every run on the same instruction set: all but the times."""
    return [{name: value for name, value in row.items() if not name.endswith("_ms")}
            for row in answer["rows"]]


class ReplayTest(NextlineTestCase):

    def replay(self, source, *arguments):
        return self.succeed("replay", source, *arguments, "--model", model_path())

    def test_rows_are_replayed_in_all_modes(self):
        rows = self.write("rows.jsonl", lines_of([row(number) for number in range(1, 20)]))
        answer = self.replay(rows, *SMALL, "--edits", "insert,replace,delete")
        everything = [r for r in answer["rows"] if (r["edit"], r["language"]) == ("all", "all")]
        self.assertEqual([r["mode"] for r in everything],
                         ["full", "prefix", "ignore", "conflict", "eager", "pie", "repair"])
        by_mode = {r["mode"]: r for r in everything}
        for r in everything:
            self.assertEqual((r["n"], r["kv_type"], r["layout"]), (3, "f16", "plain"))
            self.assertGreater(r["tokens_full"], 100)
            self.assertLessEqual(r["tokens_full"], 256 + 8)
        self.assertEqual(by_mode["full"]["kl"], 0)
        self.assertEqual(by_mode["prefix"]["kl"], 0)
        self.assertEqual(by_mode["ignore"]["tokens_encoded"], 0)
        self.assertLess(by_mode["pie"]["tokens_encoded"], by_mode["prefix"]["tokens_encoded"])
        self.assertLess(by_mode["pie"]["tokens_encoded"], by_mode["repair"]["tokens_encoded"])
        self.assertLess(by_mode["repair"]["kl"], by_mode["ignore"]["kl"])
        environment = answer["environment"]
        self.assertEqual((environment["cases"], environment["damaged_rows"]), (3, 0))

    def test_damaged_rows_are_named_and_left_out(self):
        whole = [row(1), row(2)]
        text = lines_of(whole[:1]) + '{"repo_name": 7}\n' + "no JSON\n" + lines_of(whole[1:])
        result = self.run_program("replay", self.write("rows.jsonl", text), "--limit", 2, "--tokens", 256,
                                  "--mode", "full,pie", "--edits", "insert", "--model", model_path(),
                                  "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["environment"]["damaged_rows"], 2)
        self.assertRegex(result.stderr, r"[Rr]ow 2\b")
        self.assertRegex(result.stderr, r"[Rr]ow 3\b")

    def test_an_interrupted_run_goes_on_and_comes_to_the_same(self):
        rows = self.write("rows.jsonl", lines_of([row(number) for number in range(1, 4)]))
        arguments = [rows, *SMALL, "--mode", "full,pie,repair", "--edits", "insert,delete"]
        whole = self.replay(*arguments)
        again = self.replay(*arguments)
        self.assertEqual(quality(again), quality(whole))

        results = next((self.cache / "nextline/replay/results").glob("*.jsonl"))
        lines = results.read_text().splitlines(keepends=True)
        self.assertEqual(len(lines), 1 + 3)
        results.write_text("".join(lines[:2]) + lines[2][:40])
        result = self.run_program("replay", *arguments, "--model", model_path(), "--resume", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1 of 3 cases were replayed before", result.stderr)
        self.assertEqual(quality(json.loads(result.stdout)), quality(whole))

    def test_ctrl_c_keeps_what_was_done(self):
        rows = self.write("rows.jsonl", lines_of([row(number) for number in range(1, 40)]))
        process = self.start("replay", rows, "--mode", "full,prefix,pie", "--edits", "insert",
                             "--model", model_path())
        folder = self.cache / "nextline/replay/results"
        while process.poll() is None:
            if any(path.read_text().count("\n") > 2 for path in folder.glob("*.jsonl")):
                break
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, output), (1, ""), errors)
        self.assertIn("With --resume it goes on", errors)

    def package(self):
        """A folder in which a file uses what another defines, for the first time and again,
        and what it defines itself far above."""
        folder = self.folder / "package"
        folder.mkdir()
        (folder / "shapes.py").write_text("class Rectangle:\n    def __init__(self, width, length):\n        pass\n")
        for name in ("room", "hall"):
            (folder / f"{name}.py").write_text(
                "from shapes import Rectangle\n\n"
                + f"def scaled_{name}(width):\n    return width * 3\n\n"
                + "".join(f"{name}_{number} = {number}\n" for number in range(10))
                + f"small_{name} = Rectangle({name}_1, {name}_2)\n"
                + f"large_{name} = Rectangle(scaled_{name}({name}_8), {name}_9)\n")
        return folder

    def test_a_folder_gives_rows_and_cases(self):
        written = self.folder / "rows.jsonl"
        package = self.package()
        answer = self.succeed("replay", package, "--rows", written)
        self.assertEqual(answer["rows"], 6)
        for line in written.read_text().splitlines():
            self.assertLessEqual(set(row(1)) - {"created_at"}, set(json.loads(line)))
        answer = self.replay(package, "--tokens", 256, "--mode", "full,repair",
                             "--edits", "semantic,keystrokes,jump")
        counts = {(each["mode"], each["edit"]): each["n"] for each in answer["rows"] if each["language"] == "all"}
        self.assertEqual(counts, {(mode, edit): 6 if edit == "all" else 2 for mode in ("full", "repair")
                                  for edit in ("all", "semantic", "keystrokes", "jump")})

    def test_the_plot_shows_each_variant(self):
        rows = self.write("rows.jsonl", lines_of([row(1), row(2)]))
        plot = self.folder / "plot.svg"
        self.replay(rows, "--limit", 2, "--tokens", 256, "--mode", "full,pie", "--edits", "insert",
                    "--plot", plot)
        picture = xml.etree.ElementTree.parse(plot).getroot()
        # Each in both fields, and in the legend.
        self.assertEqual(len(picture.findall("{http://www.w3.org/2000/svg}circle")), 2 * 3)

    def test_drafts_change_no_completion_in_any_mode(self):
        rows = self.write("rows.jsonl", lines_of([row(1)]))
        answer = self.replay(rows, *SMALL, "--edits", "insert,delete", "--try-drafts")
        self.assertEqual({each["differing"] for each in answer["rows"]}, {0})
        self.assertEqual(len({each["mode"] for each in answer["rows"]}), 7)

    def released(self):
        """A repository with three releases."""
        repository = SampleRepository(self.folder / "rooms")
        repository.commit("rooms.py", IMPORTS + CODE)
        repository.commit("rooms.py", IMPORTS + CODE + NEXT_LINE + "\n")
        repository.commit("rooms.py", IMPORTS + CODE + NEXT_LINE + REST + CODE.replace("Room", "Hall"))
        return repository.folder

    def test_lines_of_a_release_are_completed_with_drafts_from_each_source(self):
        repository = self.released()
        trace = self.folder / "trace.jsonl"
        sources = ["off", "buffer", "head", "history", "foreign"]
        answer = self.replay(repository, "--speculation", ",".join(sources), "--foreign", repository, "--limit", 6,
                             "--temperature", 0.8, "--top-p", 0.9, "--trace", trace)
        whole = [each for each in answer["rows"] if (each["request"], each["lines"]) == ("line", "all")]
        self.assertEqual([each["speculation"] for each in whole], sources * 2)
        for each in answer["rows"]:
            self.assertEqual(each["differing"], 0)
        self.assertEqual({each["n"] for each in whole}, {6})
        self.assertEqual({each["tokens_per_pass"] for each in whole if each["speculation"] == "off"}, {1})
        self.assertGreater(max(each["tokens_per_pass"] for each in whole), 1)
        written = [json.loads(line) for line in trace.read_text().splitlines()]
        self.assertEqual(len([each for each in written if "row" in each]), 6)
        # Of the file as it was, and of what the two releases added.
        self.assertEqual([each["document"]["kind"] for each in written if "document" in each].count("file"), 1)
        self.assertIn("added", [each["document"]["kind"] for each in written if "document" in each])

    def test_what_cannot_be_drafted_from_is_said(self):
        repository = self.released()
        self.assert_fails(["replay", repository, "--speculation", "off,foreign", "--model", model_path()], "--foreign")
        self.assert_fails(["replay", repository, "--speculation", "everything"], "--speculation", status=2)
        self.assert_fails(["replay", repository, "--temperature", 1], "--temperature", status=2)
        self.assert_fails(["replay", repository, "--speculation", "off", "--trace", self.folder / "no" / "where",
                           "--model", model_path()], "could not be written")
        single = SampleRepository(self.folder / "single")
        single.commit("a.py", "one = 1\n")
        self.assert_fails(["replay", single.folder, "--speculation", "off", "--model", model_path()],
                          "has one release only")

    def test_lines_are_completed_with_what_other_files_define(self):
        arguments = [self.package(), "--context", "0,64", "--tokens", 256]
        answer = self.replay(*arguments)
        everything = [each for each in answer["rows"] if each["lines"] == "all"]
        self.assertEqual([(each["context"], each["n"]) for each in everything], [(0, 4), (64, 4)])
        without, shown = everything
        self.assertEqual((without["context_tokens"], without["names_shown"]), (0, 0))
        self.assertGreater(shown["context_tokens"], 10)
        self.assertLessEqual(shown["context_tokens"], 64)
        self.assertEqual(shown["names_shown"], 100)
        self.assertEqual(shown["prompt_tokens"] - without["prompt_tokens"], shown["context_tokens"])
        self.assertNotEqual(shown["nats_per_line"], without["nats_per_line"])
        self.assertAlmostEqual(without["nats_per_line"] - shown["nats_per_line"], shown["nats_per_line_gain"])
        self.assertEqual({each["lines"] for each in answer["rows"]}, {"all", "first use", "later use"})

        results = next((self.cache / "nextline/replay/results").glob("*.jsonl"))
        lines = results.read_text().splitlines(keepends=True)
        results.write_text("".join(lines[:3]))
        result = self.run_program("replay", *arguments, "--model", model_path(), "--resume", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("2 of 4 lines were replayed before", result.stderr)
        self.assertEqual(json.loads(result.stdout)["rows"], answer["rows"])

    def test_a_context_that_cannot_be_shown_is_said(self):
        alone = self.folder / "alone"
        alone.mkdir()
        self.assert_fails(["replay", alone, "--context", "0", "--model", model_path()], "No line in")
        self.assert_fails(["replay", "nowhere", "--context", "0", "--model", model_path()], "nowhere")
        self.assert_fails(["replay", alone, "--context", "much"], "--context", status=2)
        self.assert_fails(["replay", alone, "--context", "0", "--edits", "insert"], "--context", status=2)

    def test_people_get_a_table(self):
        rows = self.write("rows.jsonl", lines_of([row(1)]))
        result = self.run_program("replay", rows, "--tokens", 256, "--mode", "full,pie", "--edits", "insert",
                                  "--model", model_path())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"(?m)^variant +edit +language")
        self.assertRegex(result.stdout, r"(?m)^pie plain +all +all +1 ")

    def test_what_cannot_be_replayed_is_said(self):
        self.assert_fails(["replay", "nowhere", "--model", model_path()], "nowhere")
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_fails(["replay", empty, "--model", model_path()], "No edits could be made of")
        for option, value in (("--mode", "fast"), ("--edits", "undo"), ("--layout", "middle"),
                              ("--kv-type", "f8"), ("--repair", "names"), ("--edits-before", "1")):
            self.assert_fails(["replay", empty, option, value], option, status=2)


if __name__ == "__main__":
    unittest.main()
