"""What a run finds: problems with what led to them, counts, times."""

import collections
import difflib
import json
import sys


def write(path, text):
    """Whatever it is: also half a character."""
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


class Findings:
    MOST = 10  # Problems, after which there is no use in going on.

    def __init__(self, folder):
        self.folder = folder  # Is made when there is something to write into it.
        self.problems = []
        self.checks = collections.Counter()  # How often each was made.
        self.counts = collections.Counter()  # Of what was done and heard.
        self.times = collections.defaultdict(list)  # Milliseconds.

    def check(self, what, holds, sentence, document=None, **evidence):
        """Counts a check; what does not hold is a problem."""
        self.checks[what] += 1
        if not holds:
            self.problem(f"{what}: {sentence}", document, **evidence)
        return holds

    def problem(self, sentence, document=None, **evidence):
        """Notes a problem, and what was said of the document last, and further evidence: texts by name."""
        self.problems.append(sentence)
        print(f"soak: {sentence}", file=sys.stderr, flush=True)
        folder = self.folder / f"problem {len(self.problems)}"
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "problem.txt", sentence + "\n")
        if document is not None:
            lines = (json.dumps(message, ensure_ascii=False) for message in document.messages)
            write(folder / "messages.jsonl", "\n".join(lines) + "\n")
            evidence.setdefault("client.txt", str(document.text))
        for name, text in evidence.items():
            write(folder / name, text)
        if "server.txt" in evidence:
            texts = (evidence[name].splitlines(keepends=True) for name in ("client.txt", "server.txt"))
            difference = difflib.unified_diff(*texts, "client", "server")
            write(folder / "difference.txt", "".join(difference))

    @property
    def is_hopeless(self):
        return len(self.problems) >= self.MOST
