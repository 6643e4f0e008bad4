"""What `nextline complete` says of a text, and the source file that the tests edit."""

import json
import pathlib
import subprocess
import tempfile

from tests.integration.nextline import BINARY, model_path

PATIENCE = 60  # Seconds until a condition that does not come true is a failure.

SOURCE = '''"""Sums, differences and the like."""


def add(a, b):
    """Returns the sum of a and b."""
    return a + b


def subtract(a, b):
    """Returns the difference of a and b."""
    return a - b


def multiply(a, b):
    """Returns the product of a and b."""
'''


def complete(text, offset):
    """The JSON object that completes `text` at its character number `offset`, with a text to be shown."""
    line_begin = text.rfind("\n", 0, offset) + 1
    line = text.count("\n", 0, offset) + 1
    column = offset - line_begin + 1
    with tempfile.TemporaryDirectory(prefix="nextline-test-") as folder:
        path = pathlib.Path(folder) / "source.py"
        path.write_bytes(text.encode())
        result = subprocess.run(
            [BINARY, "complete", f"{path}:{line}:{column}", "--model", model_path(), "--json"],
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    answer = json.loads(result.stdout)
    if "error" in answer:
        raise AssertionError(answer["error"])
    if not answer["text"]:
        raise AssertionError("There is nothing to be shown at this place; choose another.")
    return answer
