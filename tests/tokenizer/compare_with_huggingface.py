#!/usr/bin/env python3
"""Compares Nextline's tokeniser with Hugging Face's `tokenizers` (requirements.txt), token by token.

For each model, the ids of many thousand strings; for each pre-tokeniser, the pieces of the same
strings. Exits with 1 at any difference.

Left out are characters that this build's PCRE2 does not know yet: PCRE2 10.42 has Unicode 14, the
library has a later one, and to Nextline letters assigned since are no letters.
"""

import argparse
import json
import random
import struct
import subprocess
import sys
import time
import unicodedata

from published_tokenizers import STEPS, PublishedTokenizer, piece_lengths
from text_samples import sample_groups


class Probe:
    """tokenizer_probe, built with the tests."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments, stdin=b""):
        return subprocess.run([self.path, *arguments], input=stdin, stdout=subprocess.PIPE, check=True).stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments))

    def numbers(self, command, argument, texts):
        """For each text a list: token ids, or lengths of pieces."""
        frames = b"".join(struct.pack("=I", len(raw)) + raw for raw in (text.encode() for text in texts))
        output = memoryview(self.run(command, argument, stdin=frames)).cast("I")
        answers, position = [], 0
        for _ in texts:
            end = position + 1 + output[position]
            answers.append(output[position + 1 : end].tolist())
            position = end
        return answers


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def compare(self, what, texts, ours, theirs):
        differences = [i for i in range(len(texts)) if ours[i] != theirs[i]]
        self.passed += len(texts) - len(differences)
        self.failed += len(differences)
        print(f"{what}: {len(texts)} strings, {len(differences)} differ", flush=True)
        for i in differences[:3]:
            first = next((k for k, (a, b) in enumerate(zip(ours[i], theirs[i])) if a != b),
                         min(len(ours[i]), len(theirs[i])))
            print(f"  {texts[i][:80]!r} at {first}: ours {ours[i][first:first + 8]}, "
                  f"theirs {theirs[i][first:first + 8]}")


def compare_model(report, probe, model, groups):
    published = PublishedTokenizer(probe.json("vocabulary", model))
    name = model.rsplit("/", 1)[-1]
    if published.missing_bytes:
        print(f"{name}: no token for {len(published.missing_bytes)} bytes, compared as U+001A")
    for group, texts in groups.items():
        ours = probe.numbers("encode", model, texts)
        report.compare(f"{name}, ids, {group}", texts, ours, published.encode(texts))
        if published.normalizing is None:
            continue
        # Nextline never normalises, so that bytes stay what they are. It shows only here.
        normal = [i for i, text in enumerate(texts) if unicodedata.is_normalized("NFC", text)]
        report.compare(f"{name}, ids with NFC, {group}", [texts[i] for i in normal],
                       [ours[i] for i in normal],
                       published.encode([texts[i] for i in normal], normalize=True))


def compare_pieces(report, probe, groups):
    for name in STEPS:
        for group, texts in groups.items():
            report.compare(f"{name}, pieces, {group}", texts, probe.numbers("split", name, texts),
                           [piece_lengths(name, text) for text in texts])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True, help="the program tokenizer_probe")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("models", nargs="+", metavar="MODEL.gguf")
    arguments = parser.parse_args()

    start = time.monotonic()
    probe = Probe(arguments.probe)
    assigned = [code_point for first, last in probe.json("assigned") for code_point in range(first, last + 1)]
    groups = sample_groups(random.Random(arguments.seed), assigned)
    print(f"{sum(map(len, groups.values()))} strings, {len(assigned)} assigned characters")

    report = Report()
    for model in arguments.models:
        compare_model(report, probe, model, groups)
    compare_pieces(report, probe, groups)
    print(f"{time.monotonic() - start:.0f} s")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
