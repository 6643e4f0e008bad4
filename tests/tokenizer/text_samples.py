"""Strings to compare tokenisers on. All are well-formed Unicode without unassigned characters."""

import pathlib
import sysconfig
import unicodedata

from source_samples import source_samples

WHITE_SPACE = [chr(c) for c in (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
                                0x2028, 0x2029, 0x202F, 0x205F, 0x3000)]
# Looks like a blank, and is none to Unicode: Mongolian vowel separator, zero-width characters, BOM.
NO_WHITE_SPACE = [chr(c) for c in (0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x1C, 0x1F, 0x00, 0x08)]

# Short texts whose borders are the difficult ones; random strings are made of them.
TRICKY = WHITE_SPACE + NO_WHITE_SPACE + [
    " ", " ", "  ", "\n", "\n", "\r\n", "\r", "\t", "'", "’", "'s", "'S", "'ſ", "'re", "'RE", "'Ll", "'t", "'d", "'m", "'ve",
    "a", "A", "re", "Hello", "don't", "é", "e\u0301", "ß", "ſ", "K", "İ", "ı", "ǅ", "ﬁ", "ª", "ʰ",
    "1", "12", "123", "1234", "٣", "१", "๔", "Ⅷ", "½", "²", "①", "〇", "𝟘", "一", "龥", "龦", "ࠀ", "가", "\ud7a3", "\ud7b0",
    "_", ".", "...", "!", "!=", "->", "::", "(", ")", "{}", "$", "+", "<", "=", "^", "`", "|", "~", "\\", "/", "//", "#", "@", "€", "–", "「", "。", "！",
    "\u0300", "\u20dd", "\u093f", "\u0e31", "\u064b", "\ufe0f", "🙂", "👩‍💻", "🏳️‍🌈", "👍🏽", "🇩🇪", "\U000e0001", "\u00ad",
    "שלום", "مرحبا", "हिन्दी", "ไทย", "漢字", "カタカナ", "한글", "\u1112\u1161\u11ab", "\ue000", "\U0010fffd", "\x7f", "\x1b[0m",
    "<|endoftext|>", "<|im_start|>", "<tool_call>",
]


def general_categories(code_points):
    by_category = {}
    for code_point in code_points:
        by_category.setdefault(unicodedata.category(chr(code_point)), []).append(code_point)
    return by_category


def category_samples(rng, code_points, per_category):
    """Characters of each general category, alone and beside others of every kind."""
    samples = []
    for members in general_categories(code_points).values():
        for code_point in rng.sample(members, min(per_category, len(members))):
            c = chr(code_point)
            neighbour = rng.choice(TRICKY)
            samples += [c, f"a{c}b {c}{c}\n{c}1{c} 'S{c}'s", f"{neighbour}{c}{neighbour} {c}"]
    return samples


def sweep_samples(code_points):
    """Every character once, each between a letter, a blank, a digit and a mark."""
    samples = []
    for start in range(0, len(code_points), 64):
        chunk = [chr(c) for c in code_points[start : start + 64]]
        samples.append("".join(f"x{c}" for c in chunk) + " " + " ".join(chunk) + ".".join(chunk) + "1".join(chunk))
    return samples


def random_samples(rng, count):
    return ["".join(rng.choice(TRICKY) for _ in range(rng.randint(1, 24))) for _ in range(count)]


def standard_library_samples(rng, is_assigned, files, slices_per_file):
    """Source text found on this machine: Python's own library, whole files and slices."""
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    paths = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
    samples = []
    for path in rng.sample(paths, min(files, len(paths))):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # A few test files are in other encodings on purpose.
        if not is_assigned(text):
            continue
        samples.append(text[:60_000])
        for _ in range(slices_per_file):
            start = rng.randrange(len(text) + 1)
            samples.append(text[start : start + rng.randint(1, 400)])
    return samples


def long_line_samples(rng):
    def random_line(alphabet, length=120_000):
        return "".join(rng.choices(alphabet, k=length))

    minified = "".join(rng.choice(["function ", "(a,b)", "{return ", "a+b", "}", ";", "var x=", "[1,2,3]", "'s'"])
                       for _ in range(40_000))
    return [
        "a" * 120_000, " " * 120_000, " " * 120_000 + "x", "\n" * 120_000, " \n" * 60_000, "\t" * 120_000, "=" * 120_000,
        "getValueOfTheNextToken" * 6_000, minified, random_line("abcdefghijklmnopqrstuvwxyz"),
        random_line("0123456789"), random_line("!@#$%^&*()-=+[]{};:,.<>/?"),
        random_line([chr(c) for c in range(0x4E00, 0x9FA5)], 50_000), random_line("\u00a0\u3000 "),
        random_line("אבגדה"), "e\u0301" * 60_000,
    ]


def sample_groups(rng, assigned):
    """Groups of strings by name; `assigned` are the code points to draw from, in order."""
    known = set(assigned)
    return {
        "source-like code": source_samples(rng, per_language=150),
        "standard library": standard_library_samples(
            rng, lambda text: all(ord(c) in known for c in text), files=60, slices_per_file=40),
        "general categories": category_samples(rng, assigned, per_category=120),
        "every character": sweep_samples(assigned),
        "tricky mixtures": random_samples(rng, 6_000),
        "long lines": long_line_samples(rng),
    }
