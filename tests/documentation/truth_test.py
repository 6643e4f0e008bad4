"""What the documentation names is there: pages, sections, files, options, tests; and what is made from the program is as
the program makes it."""

import functools
import pathlib
import re
import subprocess
import unittest

from tests.documentation.pages import REPOSITORY, Page, commands, pages, tracked_files

PROGRAM = REPOSITORY / "build/release/nextline"

# Options of other programs that stand alone in the text, and the files that know them.
OTHER_OPTIONS = {
    "--journal": "tests/faults/__main__.py",
    "--measure": "docs/draw_how_it_works.py",
}


@functools.cache
def reference():
    return subprocess.run([PROGRAM, "reference"], capture_output=True, check=True, text=True).stdout


def known_options():
    return set(re.findall(r"^\| `(--[\w-]+)`", reference(), re.M)) | {"--help", "--version", "--background"}


class LinksTest(unittest.TestCase):
    def test_each_leads_somewhere(self):
        for page in pages():
            for number, target in page.links:
                if re.match(r"\w+:", target):
                    continue
                path, _, anchor = target.partition("#")
                with self.subTest(f"{page.name}:{number}: {target}"):
                    linked = (page.path.parent / path).resolve() if path else page.path
                    self.assertTrue(linked.exists())
                    if anchor:
                        self.assertIn(anchor, Page(linked).anchors)

    def test_each_page_can_be_reached_from_the_readme(self):
        reached, waiting = set(), [REPOSITORY / "README.md"]
        while waiting:
            path = waiting.pop()
            if path in reached:
                continue
            reached.add(path)
            targets = (path.parent / target.partition("#")[0] for _, target in Page(path).links if ":" not in target)
            waiting += [target.resolve() for target in targets if target.suffix == ".md"]
        wanted = {page.path for page in pages() if page.name.startswith("docs/")}
        self.assertEqual({str(path) for path in wanted - reached}, set())


class NamesTest(unittest.TestCase):
    def test_each_option_is_one(self):
        known = known_options()
        for command in commands():
            if re.match(r"(build/\w+/)?nextline ", command.text):
                for option in re.findall(r"(?<=\s)--[a-z][\w-]*", command.text.split("|")[0]):
                    with self.subTest(str(command)):
                        self.assertIn(option, known)
        for page in pages():
            for number, text in page.spans:
                option = re.match(r"--[a-z][\w-]*", text)
                if not option:
                    continue
                with self.subTest(f"{page.name}:{number}: {text}"):
                    other = OTHER_OPTIONS.get(option[0])
                    self.assertTrue(option[0] in known or (other and option[0] in (REPOSITORY / other).read_text()))

    def test_options_of_other_programs_are_named(self):
        spans = {text.split()[0] for page in pages() for _, text in page.spans}
        self.assertEqual(set(OTHER_OPTIONS) - spans, set())

    def test_each_file_is_there(self):
        files = {pathlib.PurePath(name) for name in tracked_files()}
        folders = {parent for file in files for parent in file.parents}
        top = {file.parts[0] for file in files if len(file.parts) > 1}
        for page in pages():
            for number, text in page.spans:
                path = pathlib.PurePath(text)
                is_form = re.search(r"[A-Z]{3,}|[*:…{}<$ ]", text)
                if "/" not in text or path.parts[0] not in top or is_form:
                    continue
                with self.subTest(f"{page.name}:{number}: {text}"):
                    named = path in files or path in folders or any(
                        file.with_suffix("") == path or str(file.parent / file.stem) == text for file in files)
                    self.assertTrue(named)

    def test_each_limit_has_a_test(self):
        sources = "\n".join((REPOSITORY / name).read_text(errors="replace") for name in tracked_files()
                            if name.startswith("tests/") and name.endswith(("_test.cc", "_test.py")))
        names = [(number, name) for number, line in Page(REPOSITORY / "docs/limits.md").prose
                 if line.startswith("|") for name in re.findall(r"`((?:test_\w+)|(?:[A-Z][a-z]+[A-Z]\w+))`", line)]
        self.assertGreater(len(names), 20)
        for number, name in names:
            with self.subTest(f"docs/limits.md:{number}: {name}"):
                self.assertRegex(sources, rf"\b{name}\b")


class ReferenceTest(unittest.TestCase):
    def test_it_is_what_the_program_writes(self):
        written = (REPOSITORY / "docs/configuration-reference.md").read_text()
        self.assertEqual(written, reference(), "build/release/nextline reference > docs/configuration-reference.md")


if __name__ == "__main__":
    unittest.main()
