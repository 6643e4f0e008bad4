"""Reads the documentation: its pages, what they link to, and the commands that they print."""

import dataclasses
import functools
import os
import pathlib
import re
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

# What a line of a block begins with if it is a command and not a file's text or a program's answer.
PROGRAMS = r"(?:make|nextline|cmake|ctest|python3|git|ln|mkdir|code|curl|ps|export|for|(?:build|scripts|docs|tests)/[\w./*-]+)(?= |$)"
SHELLS = ("", "sh", "bash")
SERVES = re.compile(r"^(?:build/release/)?nextline serve (?!.*--stdio)")


@dataclasses.dataclass(frozen=True)
class Command:
    page: str
    line: int
    text: str
    answer: str = ""  # What the page says that it prints, behind a "$".

    @property
    def is_form(self):
        """Whether it has words in capitals in which a reader puts his own."""
        return re.search(r"(?<![$\w])[A-Z]{3,}\b", re.sub(r"'[^']*'|export \w+=", "", self.text)) is not None

    def __str__(self):
        return f"{self.page}:{self.line}: {self.text}"


class Page:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(REPOSITORY))
        self.lines = path.read_text().split("\n")

    @functools.cached_property
    def blocks(self):
        """The fenced blocks: (number of the first line, language, lines)."""
        found, begin = [], None
        for number, line in enumerate(self.lines, 1):
            fence = re.match(r"\s*```(\w*)", line)
            if fence and begin is None:
                begin, language = number, fence[1]
            elif fence:
                content = self.lines[begin:number - 1]
                indent = len(self.lines[begin - 1]) - len(self.lines[begin - 1].lstrip())
                found.append((begin + 1, language, [one[indent:] for one in content]))
                begin = None
        if begin is not None:
            raise ValueError(f"{self.name}:{begin}: the block does not end.")
        return found

    @functools.cached_property
    def prose(self):
        """(number, line) of what stands in no block."""
        inside = {number for begin, _, lines in self.blocks for number in range(begin - 1, begin + len(lines) + 1)}
        return [(number, line) for number, line in enumerate(self.lines, 1) if number not in inside]

    @property
    def anchors(self):
        """Of the headings, as hosts of repositories make them."""
        titles = [line.lstrip("# ") for _, line in self.prose if re.match(r"#+ ", line)]
        plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "") for title in titles]
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}

    @property
    def links(self):
        """(number, target) of everything that is linked to or shown."""
        return [(number, target) for number, line in self.prose
                for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line))]

    @property
    def spans(self):
        """(number, text) of what is set as code within the text."""
        return [(number, text.replace(r"\|", "|")) for number, line in self.prose for text in re.findall(r"`([^`]+)`", line)]

    @property
    def commands(self):
        """In the order of the page: those of blocks, and those of tables."""
        found = []
        for begin, language, lines in self.blocks:
            if language in SHELLS:
                found += self._commands_of_block(begin, lines)
        for number, line in self.prose:
            if line.startswith("|"):
                found += [Command(self.name, number, text) for text in re.findall(r"`([^`]+)`", line.replace(r"\|", "|"))
                          if re.match(PROGRAMS, text) and (" " in text or is_program(text))]
        return sorted(found, key=lambda command: command.line)

    def _commands_of_block(self, begin, lines):
        found, number = [], 0
        while number < len(lines):
            first, text = number, lines[number].removeprefix("$ ")
            number += 1
            if not re.match(PROGRAMS, text):
                continue
            # What stands behind a gap says what the command does.
            text = re.split(r" {3,}", text)[0].rstrip()
            while text.endswith("\\") or (text.startswith("for ") and not re.search(r"^done\b", text, re.M)):
                text += "\n" + re.split(r"(?<=\S) {3,}", lines[number])[0].rstrip()
                number += 1
            answer = []
            while lines[first].startswith("$ ") and number < len(lines) and not re.match(r"\$ |$", lines[number]):
                answer.append(lines[number])
                number += 1
            found.append(Command(self.name, begin + first, text, "\n".join(answer)))
        return found


def is_program(name):
    """Whether it is a file that can be executed, and not one that is only named."""
    return "/" in name and not (REPOSITORY / name).is_file() or os.access(REPOSITORY / name, os.X_OK)


@functools.cache
def tracked_files():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY,
                            capture_output=True, check=True, text=True)
    return [name for name in listed.stdout.splitlines() if (REPOSITORY / name).exists()]


@functools.cache
def pages():
    """All that readers are led through."""
    names = [name for name in tracked_files() if name.endswith(".md")
             and ("/" not in name or name.startswith(("docs/", "editor-plugins/")))]
    return [Page(REPOSITORY / name) for name in names]


def commands():
    """The commands of README.md, CONTRIBUTING.md and docs."""
    return [command for page in pages() if page.name in ("README.md", "CONTRIBUTING.md") or page.name.startswith("docs/")
            for command in page.commands]
