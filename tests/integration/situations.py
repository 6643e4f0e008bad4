"""Reads tests/situations; see the README there."""

import pathlib
import re
import typing

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "situations"
CURSOR = "‸"
SPELLED = {"⇥": "\t", "␠": " ", "␍": "\r", "¶": "\n", "␛": "\x1b"}
ENDINGS = {"python": "py", "java": "java", "c": "c", "cpp": "cc", "javascript": "js", "javascriptreact": "jsx",
           "typescript": "ts", "typescriptreact": "tsx", "go": "go", "rust": "rs", "lua": "lua",
           "shellscript": "sh"}


class Situation(typing.NamedTuple):
    name: str
    language: str
    with_model: bool  # The default model is to bring the same result about.
    text: str  # With the cursor in it.
    result: str  # Also with the cursor; None if nothing is to be shown.

    @property
    def file_name(self):
        return f"situation.{ENDINGS.get(self.language, 'txt')}"


def _unspelled(lines):
    content = "\n".join(lines).rstrip("\n")
    return "".join(SPELLED.get(character, character) for character in content)


def _situation(record):
    name, *lines = record.split("\n")
    sections, header = {}, []
    section = header
    for line in lines:
        if line.startswith("--- "):
            section = sections[line[4:].partition(":")[0]] = []
        else:
            section.append(line)
    fields = dict(line.split(": ", 1) for line in header if line)
    result = _unspelled(sections["result"]) if "result" in sections else None
    return Situation(name, fields["language"], fields.get("model") == "the same", _unspelled(sections["text"]), result)


def read_situations():
    for path in sorted(FOLDER.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        for record in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
            yield _situation(record)
