#!/usr/bin/env python3
"""Writes expected_splits.h: how Hugging Face's library cuts a few texts with the published steps.

    python3 make_expected_splits.py > expected_splits.h

Needs what tests/tokenizer/requirements.txt names.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tokenizer"))
from published_tokenizers import STEPS, piece_lengths  # noqa: E402

TEXTS = [
    "def f(x):\n\treturn x_1 ** 23456\r\n\r\n    # don't, I'LL 'ſ\n",
    "a   b  \n\n   c\n \n",
    "!==  (foo)->bar;\n}\n",
    "Größe e\u0301 мир 日本語テキスト 한글 नमस्ते ٣४Ⅷ½",
    "x\u00a0\u2003y\u180ez\u2028\u0085\ufeff0",
    "👩‍💻🙂 <|endoftext|>",
]


def literal(raw):
    characters = []
    for c in raw.decode():
        if c in '"\\':
            characters.append("\\" + c)
        elif c == " " or (c.isprintable() and c != "\ufeff"):
            characters.append(c)
        else:  # Octal, because it ends after three digits.
            characters.append("".join(f"\\{byte:03o}" for byte in c.encode()))
    return '"' + "".join(characters) + '"'


def pieces(name, text):
    raw, position = text.encode(), 0
    for length in piece_lengths(name, text):
        yield raw[position : position + length]
        position += length


print("""\
// Written by make_expected_splits.py.
#pragma once

#include <string_view>
#include <vector>

namespace nextline::test {

struct ExpectedSplit {
  std::string_view pre_tokenizer;
  std::vector<std::string_view> pieces;  // Together they are the text.
};

// clang-format off
inline const std::vector<ExpectedSplit> kExpectedSplits = {""")
for name in STEPS:
    for text in TEXTS:
        print(f'    {{"{name}", {{{", ".join(literal(piece) for piece in pieces(name, text))}}}}},')
print("""\
};
// clang-format on

}  // namespace nextline::test""")
