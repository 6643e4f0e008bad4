#!/usr/bin/env python3
"""Draws the pictures of docs/how-it-works.md.

    docs/draw_how_it_works.py --measure build/release/nextline     docs/key-press.json: what a key takes
    docs/draw_how_it_works.py                                      docs/images/how/*.svg, from that

A test has it draw them anew, so what is checked in is what this draws.
"""

import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from xml.sax.saxutils import escape

DOCS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "scripts"))

from language_client import LanguageClient, OpenDocument  # noqa: E402
PICTURES = DOCS / "images/how"
FIGURES = DOCS / "key-press.json"

STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #2b3440; }
  .code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
  .paper { fill: #ffffff; stroke: #d9dee5; }
  .title { font-size: 17px; font-weight: 600; }
  .quiet { fill: #66717f; }
  .box { stroke: #9aa4b1; fill: #f4f6f9; }
  .exact { stroke: #4d9f7a; fill: #dff2e8; }
  .stale { stroke: #c79a3b; fill: #fbf0d3; }
  .missing { stroke: #c4564b; fill: #fbe0dd; }
  .new { stroke: #1f77c9; fill: #dcecfb; }
  .gone { stroke: #c3cad3; fill: none; stroke-dasharray: 4 4; }
  .line { stroke: #9aa4b1; fill: none; stroke-width: 1.3; }
  .strong { stroke: #1f77c9; fill: none; stroke-width: 2.5; }
  .warm { stroke: #d9822b; fill: none; stroke-width: 2.5; }
"""
DARK_STYLE = """
    text { fill: #dde3ea; }
    .paper { fill: #14181d; stroke: #2c333c; }
    .quiet { fill: #94a0ae; }
    .box { stroke: #5b6673; fill: #20262d; }
    .exact { stroke: #4cc38f; fill: #17352a; }
    .stale { stroke: #d9ab4c; fill: #3a2f14; }
    .missing { stroke: #e2766b; fill: #40201d; }
    .new { stroke: #5aa9f0; fill: #15304a; }
    .gone { stroke: #4a545f; }
    .line { stroke: #5b6673; }
    .strong { stroke: #5aa9f0; }
    .warm { stroke: #f0a24f; }
"""


class Picture:
    """A sheet of paper on which things are put from top to bottom."""

    def __init__(self, width, height, title, description):
        self.width, self.height, self.description = width, height, description
        self.parts = []
        self.text(24, 34, title, "title")

    def text(self, x, y, content, style="", anchor="start"):
        self.parts.append(f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>')

    def box(self, x, y, width, height, style="box", content="", code=True):
        self.parts.append(f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4"/>')
        if content:
            self.text(x + width / 2, y + height / 2 + 4.5, content, "code" if code else "", "middle")

    def path(self, commands, style="line"):
        self.parts.append(f'<path class="{style}" d="{commands}"/>')

    def arrow(self, x1, y1, x2, y2, style="line"):
        angle = math.atan2(y2 - y1, x2 - x1)
        head = "".join(f"M{x2:.1f} {y2:.1f}L{x2 - 7 * math.cos(angle + side):.1f} {y2 - 7 * math.sin(angle + side):.1f}"
                       for side in (-0.45, 0.45))
        self.path(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}{head}", style)

    def svg(self):
        body = "\n".join(self.parts)
        return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img"
     aria-label="{escape(self.description)}">
<style>{STYLE}  @media (prefers-color-scheme: dark) {{{DARK_STYLE}  }}
</style>
<rect class="paper" x="0.5" y="0.5" width="{self.width - 1}" height="{self.height - 1}" rx="10"/>
{body}
</svg>
"""


CELL = 68


def row_of_tokens(picture, x, y, tokens, styles, numbers, label):
    picture.text(24, y + 20, label, "quiet")
    for index, (token, style, number) in enumerate(zip(tokens, styles, numbers)):
        left = x + index * CELL
        picture.box(left, y, CELL - 6, 30, style, token)
        picture.text(left + (CELL - 6) / 2, y + 46, str(number), "quiet", "middle")


def piece_table():
    picture = Picture(900, 392, "An insertion moves no key",
                      "A piece table before and after an insertion: the storage keeps its slots, the sequence gets a piece more")
    old = ["def", "area", "(", "r", ")", ":"]
    stored = old + [",", "unit"]
    picture.text(24, 66, "The storage: a slot for each token, its key turned to the position it had when it was computed, its anchor.", "quiet")
    row_of_tokens(picture, 150, 82, stored, ["box"] * 6 + ["new"] * 2, [0, 1, 2, 3, 4, 5, 4, 5], "slots")
    picture.text(24, 128, "anchors", "quiet")
    picture.text(24, 172, "The sequence before: one piece. A token's position is where it stands.", "quiet")
    picture.box(150, 184, 6 * CELL - 6, 30, "box", "slots 0–5, anchors 0–5: shift 0", code=False)
    picture.text(24, 250, "After “, unit” has been typed behind r: the piece is split, and one is put between. No slot is touched.", "quiet")
    picture.box(150, 262, 4 * CELL - 6, 30, "box", "slots 0–3: shift 0", code=False)
    picture.box(150 + 4 * CELL, 262, 2 * CELL - 6, 30, "new", "slots 6–7: 0", code=False)
    picture.box(150 + 6 * CELL, 262, 2 * CELL - 6, 30, "box", "slots 4–5: +2", code=False)
    order = old[:4] + stored[6:] + old[4:]
    row_of_tokens(picture, 150, 314, order, ["box"] * 4 + ["new"] * 2 + ["box"] * 2, range(8), "tokens")
    picture.text(24, 360, "positions", "quiet")
    return picture


def dial(picture, x, y, radius, hands, caption):
    picture.path(f"M{x - radius} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0")
    for position, style, label in hands:
        angle = math.radians(20 * position - 90)
        tip = x + radius * math.cos(angle), y + radius * math.sin(angle)
        picture.arrow(x, y, *tip, style)
        away = radius + 16
        anchor = "start" if math.cos(angle) > 0.2 else "middle" if math.cos(angle) > -0.2 else "end"
        picture.text(x + away * math.cos(angle), y + away * math.sin(angle) + 5, label, "", anchor)
    for line, content in enumerate(caption):
        picture.text(x, y + radius + 58 + 20 * line, content, "quiet" if line else "", "middle")


def turned_query():
    picture = Picture(900, 350, "The query turns, the key stays",
                      "Two dials: turning the key forward by the shift, or the query back by it, leaves the same angle between them")
    picture.text(24, 62, "A score depends on the angle between query and key alone. Both turn with their positions.", "quiet")
    dial(picture, 230, 172, 78, [(6, "warm", "key at 6"), (9, "strong", "query at 9")],
         ["As a fresh computation has it", "three positions between them"])
    dial(picture, 640, 172, 78, [(4, "warm", "key, stored at 4"), (7, "strong", "query, turned to 7")],
         ["As it is computed after an insertion of two", "the key was stored at 4 and stands at 6: shift 2; 9 − 2 = 7"])
    picture.text(435, 178, "=", "title", "middle")
    return picture


def bars(picture, y, label, parts):
    x = 190
    picture.text(24, y + 20, label, "quiet")
    for width, style, content in parts:
        picture.box(x, y, width - 3, 30, style, content, code=False)
        x += width


def repair():
    picture = Picture(900, 330, "What an edit leaves stale, and what becomes of it",
                      "The prompt as a bar: exact, stale and missing tokens after an edit, after a repair, and after a refresh")
    bars(picture, 62, "before the edit", [(50, "exact", "sink"), (200, "exact", "text behind"), (400, "exact", "text before the cursor")])
    bars(picture, 110, "edit far above", [(50, "exact", "sink"), (200, "exact", "text behind"), (90, "exact", ""), (50, "missing", "edit"),
                                          (260, "stale", "right positions, old content")])
    bars(picture, 158, "repair, in ms", [(50, "exact", "sink"), (200, "exact", "text behind"), (90, "exact", ""), (50, "new", "edit"),
                                         (40, "new", "line"), (50, "stale", ""), (48, "new", "name"), (50, "stale", ""), (72, "new", "at cursor")])
    bars(picture, 206, "refresh, in pauses", [(50, "exact", "sink"), (200, "exact", "text behind"), (400, "exact", "bit for bit a fresh computation")])
    for column, row, style, label in ((0, 0, "exact", "exact"), (1, 0, "stale", "stale: the text before it has changed"),
                                      (0, 1, "missing", "missing: always computed"), (1, 1, "new", "computed again, the most valuable first")):
        picture.box(190 + 240 * column, 260 + 26 * row, 22, 16, style)
        picture.text(220 + 240 * column, 273 + 26 * row, label, "quiet")
    return picture


def draft_tree():
    picture = Picture(900, 340, "A draft is verified in one pass",
                      "A tree of drafted tokens: the model's own choices are followed from row to row, the rest is dropped")
    picture.text(24, 62, "What followed such a text before, here and in the repository's history, becomes a tree. Each token is a row of one pass.", "quiet")
    nodes = {"for": (60, 180, "box"), "start": (180, 140, "exact"), "i": (180, 220, "gone"), ",": (300, 140, "exact"),
             "in": (300, 220, "gone"), "end": (420, 110, "exact"), "stop": (420, 170, "gone"), "in ": (540, 110, "exact"),
             "zip": (660, 80, "gone"), "intervals": (660, 140, "new")}
    edges = [("for", "start"), ("for", "i"), ("start", ","), ("i", "in"), (",", "end"), (",", "stop"), ("end", "in "),
             ("in ", "zip"), ("in ", "intervals")]
    for first, second in edges:
        (x1, y1, _), (x2, y2, style) = nodes[first], nodes[second]
        picture.path(f"M{x1 + 76} {y1 + 15}L{x2} {y2 + 15}", "line" if style == "gone" else "strong")
    for token, (x, y, style) in nodes.items():
        picture.box(x, y, 76, 30, style, token.strip())
    picture.text(24, 284, "“for” has been said. At each row the model says what comes next; where a child of the row is that, it is accepted.")
    picture.text(24, 306, "Four drafted tokens are accepted; the fifth, “intervals”, is the model's own. The other rows leave no trace: five tokens in one pass.", "quiet")
    return picture


def key_press(figures):
    picture = Picture(900, 330, "A key, in time",
                      "A timeline from the key to the ghost text, on the editor's, the client's and the model's thread")
    stages = figures["milliseconds"]
    total = stages["answer"]
    picture.text(24, 60, f"{figures['model']}, {figures['document_tokens']:,} tokens of document; {figures['machine']}; medians of {figures['keys']} keys", "quiet")
    left, right = 150, 850

    def x(milliseconds):
        return left + (right - left) * milliseconds / (total * 1.02)

    rows = {"editor": 88, "server": 148, "model": 208}
    for name, y in rows.items():
        picture.text(24, y + 20, name, "quiet")
        picture.path(f"M{left} {y + 38}H{right}")
    picture.box(x(0), rows["editor"], 4, 30, "new")
    picture.text(x(0) + 12, rows["editor"] + 20, "key: didChange, and the request")
    picture.box(x(total) - 4, rows["editor"], 4, 30, "new")
    picture.text(x(total) - 10, rows["editor"] + 20, "ghost text", "", "end")
    picture.box(x(0), rows["server"], 4, 30, "box")
    picture.text(x(0) + 12, rows["server"] + 20, f"text, syntax, trigger rules; the cache is spliced in {1000 * stages['edit']:.0f} µs")
    prefill, decode = stages["prefill"], stages["decode"]
    picture.box(x(0), rows["model"], x(prefill) - x(0), 30, "stale")
    picture.text(x(0) - 6, rows["model"] + 20, f"{prefill:.0f} ms", "", "end")
    picture.box(x(prefill), rows["model"], x(prefill + decode) - x(prefill), 30, "exact", f"{decode:.0f} ms", code=False)
    picture.text(x(0), rows["model"] + 62, f"what the key changed: {figures['tokens']['encoded']} of {figures['tokens']['prompt']:,} tokens computed, repairs included", "quiet")
    picture.text(x(prefill), rows["model"] + 82,
                 f"the line: {figures['tokens']['generated']} tokens in {figures['tokens']['passes']} passes, {figures['tokens']['accepted']} of them drafted", "quiet")
    picture.text(right, rows["model"] + 102, f"{total:.0f} ms from the key to the answer", "", "end")
    return picture


TYPED = "    for colour, shade in palette:\n        picture.path(colour)\n    return sum(shades)\n"


def measure(program):
    """What keys take in the middle of this very file, with the default model and nothing else running."""
    text = (DOCS / "draw_speed_limits.py").read_text()
    place = text.index("def draw_bounds")
    text = text[:place] + "def tone(palette, picture):\n\n\n" + text[place:]
    cursor = place + len("def tone(palette, picture):\n")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "tone.py").write_text(text)
        client = LanguageClient([program, "serve", "--stdio", "--no-share", "--snapshots", "off", "--no-statistics"],
                                stderr=subprocess.DEVNULL)
        client.initialize({}, initializationOptions={"leastConfidence": 0})
        document = OpenDocument(client, (pathlib.Path(folder) / "tone.py").as_uri(), text)
        samples = []

        def ask():
            answer = client.request("textDocument/inlineCompletion", {
                "textDocument": {"uri": document.uri}, "position": document.position(cursor), "context": {"triggerKind": 2}})
            items = answer.result()["items"]
            return (answer.milliseconds, items[0]["data"]) if items else (answer.milliseconds, None)

        ask()
        time.sleep(20)  # The rest of the document is computed.
        for letter in TYPED:
            document.insert(cursor, letter)
            cursor += 1
            took, data = ask()
            if data and data["tokens"]["passes"]:  # Not typed along with a suggestion.
                samples.append((took, data))
        client.shut_down()
    doctor = json.loads(subprocess.run([program, "doctor", "--json"], capture_output=True, check=True, text=True).stdout)

    def median(value):
        return statistics.median(value(took, data) for took, data in samples)

    figures = {
        "model": "qwen2.5-coder-0.5b-instruct-q4_k_m",
        "machine": f"{doctor['cpu']['name']}, {doctor['cpu']['threads']} threads, {doctor['cpu']['instruction_set']}",
        "keys": len(samples),
        "document_tokens": round(median(lambda _, data: data["tokens"]["prompt"])),
        "milliseconds": {"answer": median(lambda took, _: took),
                         **{stage: median(lambda _, data, stage=stage: data["timing"][f"{stage}_ms"]) for stage in ("edit", "prefill", "decode")}},
        "tokens": {name: round(median(lambda _, data, name=name: data["tokens"][name]))
                   for name in ("prompt", "encoded", "generated", "accepted", "passes")},
    }
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n")


def pictures():
    return {"piece-table": piece_table(), "turned-query": turned_query(), "repair": repair(), "draft-tree": draft_tree(),
            "key-press": key_press(json.loads(FIGURES.read_text()))}


def main():
    if sys.argv[1:2] == ["--measure"] and len(sys.argv) == 3:
        return measure(sys.argv[2])
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        (PICTURES / f"{name}.svg").write_text(picture.svg())


if __name__ == "__main__":
    main()
