#!/usr/bin/env python3
"""Draws docs/speed-limits.svg: what passes of so many rows take, and below what no program gets.

Reads what `nextline bench … --json` prints, one object per line, and prints the picture:

    for bench in 'verify --context 16' 'verify --context 8192' 'prefill --context 32' \\
                 'prefill --context 128' 'prefill --context 512'; do
      build/release/nextline bench $bench --json
    done | docs/draw_speed_limits.py > docs/speed-limits.svg

The limits are computed as server/bench/least_time.h does, from the machine's and the model's numbers
in the same objects.
"""

import json
import math
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 960, 640
LEFT, RIGHT, TOP, BOTTOM = 76, 936, 104, 566
MOST_ROWS = 512
DRAFT_ROWS = 16  # As far as drafts are measured.

STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #2b3440; }
  .paper { fill: #ffffff; stroke: #d9dee5; }
  .title { font-size: 20px; font-weight: 600; }
  .quiet { fill: #66717f; }
  .grid { stroke: #eceff3; fill: none; }
  .axis { stroke: #9aa4b1; fill: none; }
  .free { fill: #2f9e6e; opacity: 0.10; }
  .free-text { fill: #217a54; }
  .bound { stroke: #8793a1; stroke-width: 1.5; stroke-dasharray: 5 5; fill: none; }
  .line { stroke-width: 3; fill: none; stroke-linejoin: round; stroke-linecap: round; }
  .measured { stroke-width: 1.2; fill: none; stroke-dasharray: 1.5 4; stroke-linecap: round; }
  .draft { stroke: #1f77c9; } .draft-text { fill: #1764ab; } .draft-dot { fill: #1f77c9; stroke: #ffffff; stroke-width: 1.5; }
  .long { stroke: #b0509c; } .long-text { fill: #963c84; } .long-dot { fill: #b0509c; stroke: #ffffff; stroke-width: 1.5; }
  .prompt { stroke: #d9822b; } .prompt-text { fill: #a85d12; } .prompt-dot { fill: #d9822b; stroke: #ffffff; stroke-width: 1.5; }
"""
DARK_STYLE = """
    text { fill: #dde3ea; }
    .paper { fill: #14181d; stroke: #2c333c; }
    .quiet { fill: #94a0ae; }
    .grid { stroke: #232a32; }
    .axis { stroke: #5b6673; }
    .free { fill: #4cc38f; opacity: 0.12; }
    .free-text { fill: #62cf9f; }
    .bound { stroke: #76828f; }
    .draft { stroke: #5aa9f0; } .draft-text { fill: #7bbcf6; } .draft-dot { fill: #5aa9f0; stroke: #14181d; }
    .long { stroke: #d983c5; } .long-text { fill: #e29bd1; } .long-dot { fill: #d983c5; stroke: #14181d; }
    .prompt { stroke: #f0a24f; } .prompt-text { fill: #f3b26c; } .prompt-dot { fill: #f0a24f; stroke: #14181d; }
"""


class Limits:
    """What bounds a pass, in milliseconds."""

    def __init__(self, objects):
        def highest(name):
            return max(answer["machine"][name] for answer in objects)

        self.machine = objects[0]["machine"]
        self.model = objects[0]["rows"][0]["model"]
        self.read_gb_per_s = highest("read_gb_per_s")
        self.gmac_per_s = highest("gmac_per_s")
        self.float_gmac_per_s = highest("float_gmac_per_s")
        self.work = objects[0]["work"]

    def reading(self, before):
        return (self.work["weight_bytes"] + self.work["slot_bytes"] * before) / self.read_gb_per_s / 1e6

    def computing(self, before, rows, asking):
        products = self.work["row_products"] * rows + self.work["asking_row_products"] * asking
        keys = self.work["key_products"] * visible_keys(before, rows)
        keys += self.work["asking_key_products"] * visible_keys(before + rows - asking, asking)
        return products / self.gmac_per_s / 1e6 + keys / self.float_gmac_per_s / 1e6

    def least(self, before, rows, asking):
        return max(self.reading(before), self.computing(before, rows, asking))


def visible_keys(before, rows):
    return rows * before + rows * (rows + 1) / 2


class Series:
    """Measured passes behind the same number of tokens, and the limit below them."""

    def __init__(self, style, before, last_only, points):
        self.style, self.before, self.last_only = style, before, last_only
        self.points = sorted(points)  # (rows, milliseconds)

    def least(self, limits, rows):
        return limits.least(self.before, rows, 1 if self.last_only else rows)


def series_of(objects):
    """Drafts at the shortest and at the longest context, and prompts."""
    drafts, prompts = {}, set()
    for row in (row for answer in objects for row in answer["rows"]):
        if row["bench"] == "verify":
            points = drafts.setdefault(row["context"], set())
            points |= {(1, row["single_row_ms"]), (row["batch_rows"], row["pass_ms"])}
        elif row["bench"] == "prefill" and row["context"] <= MOST_ROWS:
            prompts.add((row["context"], 1e3 * row["context"] / row["value"]))
    if len(drafts) < 2 or not prompts:
        raise SystemExit("Needed are verify at two contexts, and prefill; see the head of this script.")
    return (Series("draft", min(drafts), False, drafts[min(drafts)]),
            Series("long", max(drafts), False, drafts[max(drafts)]),
            Series("prompt", 0, True, prompts))


class Chart:
    """Places rows and milliseconds, both on logarithmic axes."""

    def __init__(self, least, most):
        self.least, self.most = least, most
        self.parts = []

    def x(self, rows):
        return LEFT + (RIGHT - LEFT) * math.log(rows) / math.log(MOST_ROWS * 1.25)

    def y(self, milliseconds):
        share = math.log(milliseconds / self.least) / math.log(self.most / self.least)
        return BOTTOM - (BOTTOM - TOP) * share

    def add(self, part):
        self.parts.append(part)

    def text(self, x, y, content, style="", anchor="start", angle=0):
        turn = f' transform="rotate({angle:.1f} {x:.1f} {y:.1f})"' if angle else ""
        self.add(f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{escape(content)}</text>')

    def line(self, points, style):
        path = " ".join(f"{self.x(rows):.1f},{self.y(milliseconds):.1f}" for rows, milliseconds in points)
        self.add(f'<polyline class="{style}" points="{path}"/>')

    def angle(self, function, rows):
        """How steep a line is, in degrees on the paper."""
        rise = self.y(function(rows * 1.1)) - self.y(function(rows / 1.1))
        return math.degrees(math.atan2(rise, self.x(rows * 1.1) - self.x(rows / 1.1)))


def between(first, last):
    """Numbers of rows close enough for a smooth line."""
    steps = 120
    return [first * (last / first) ** (step / steps) for step in range(steps + 1)]


def draw_axes(chart):
    for rows in (2**exponent for exponent in range(int(math.log2(MOST_ROWS)) + 1)):
        chart.add(f'<path class="grid" d="M{chart.x(rows):.1f} {TOP}V{BOTTOM}"/>')
        chart.text(chart.x(rows), BOTTOM + 20, str(rows), "quiet", "middle")
    decade = 10 ** math.floor(math.log10(chart.least))
    while decade < chart.most:
        for milliseconds in (decade, 2 * decade, 5 * decade):
            if chart.least <= milliseconds <= chart.most:
                chart.add(f'<path class="grid" d="M{LEFT} {chart.y(milliseconds):.1f}H{RIGHT}"/>')
                label = f"{milliseconds:g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"
                chart.text(LEFT - 10, chart.y(milliseconds) + 4.5, label, "quiet", "end")
        decade *= 10
    chart.add(f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>')
    chart.text((LEFT + RIGHT) / 2, BOTTOM + 46, "rows of a draft, the last token included; tokens of a prompt", "quiet", "middle")


def free_rows(series, limits):
    """Rows at which multiplying becomes as long as reading."""
    low, high = 1, MOST_ROWS
    while high - low > 1e-3:
        middle = (low + high) / 2
        is_free = limits.computing(series.before, middle, middle) < limits.reading(series.before)
        low, high = (middle, high) if is_free else (low, middle)
    return low


def draw_bounds(chart, limits, short):
    """The two limits whose maximum is the least time."""
    chart.line([(1, limits.reading(short.before)), (MOST_ROWS, limits.reading(short.before))], "bound")
    chart.text(chart.x(MOST_ROWS), chart.y(limits.reading(short.before)) - 8,
               f"reading the weights once: {limits.reading(short.before):.0f} ms", "quiet", "end")

    def multiplying(rows):
        return limits.computing(short.before, rows, rows)

    free = free_rows(short, limits)
    first = next(rows for rows in between(1, free) if multiplying(rows) >= chart.least)
    chart.line([(rows, multiplying(rows)) for rows in between(first, free)], "bound")
    middle = math.sqrt(first * free)
    chart.text(chart.x(middle) + 8, chart.y(multiplying(middle)) + 18, "multiplying", "quiet", "middle",
               chart.angle(multiplying, middle))
    if free > 1.2:
        x = chart.x(free)
        chart.add(f'<rect class="free" x="{LEFT}" y="{TOP}" width="{x - LEFT:.1f}" height="{BOTTOM - TOP}"/>')
        chart.text((LEFT + x) / 2, TOP + 22, "a draft's rows are nearly free", "free-text", "middle")
        chart.text((LEFT + x) / 2, TOP + 40, f"up to {math.floor(free)} of them at short context", "free-text", "middle")


def draw_series(chart, limits, series, last):
    first = min(rows for rows, _ in series.points)
    chart.line([(rows, series.least(limits, rows)) for rows in between(first, last)], f"line {series.style}")
    chart.line(series.points, f"measured {series.style}")
    for rows, milliseconds in series.points:
        chart.add(f'<circle class="{series.style}-dot" cx="{chart.x(rows):.1f}" cy="{chart.y(milliseconds):.1f}" r="5"/>')
    for rows, milliseconds in (series.points[0], series.points[-1]):
        # The two drafts begin close to each other, and the prompts in the middle of the picture.
        across, down = {"draft": (9, 20), "long": (9, -10), "prompt": (-46, 5)}[series.style] if rows == first else (9, 5)
        chart.text(chart.x(rows) + across, chart.y(milliseconds) + down,
                   f"{100 * series.least(limits, rows) / milliseconds:.0f} %", f"{series.style}-text")


def label_limits(chart, limits, series):
    for one in series:
        if one.style == "prompt":
            rows, label = 128, "least time of a prompt"
            angle = chart.angle(lambda count: one.least(limits, count), rows)
            chart.text(chart.x(rows) + 9, chart.y(one.least(limits, rows)) + 18, label, "prompt-text", "middle", angle)
        else:
            label = f"least behind {one.before:,}"
            chart.text(chart.x(DRAFT_ROWS) + 9, chart.y(one.least(limits, DRAFT_ROWS)) + 9, label, f"{one.style}-text")


def draw_head(chart, limits, series):
    machine = limits.machine
    chart.text(LEFT, 38, "What a pass takes, and below what no program gets", "title")
    chart.text(LEFT, 62, f"{limits.model}; {machine['cpu']}, {machine['isa']}, {machine['threads']} threads: at most "
               f"{limits.read_gb_per_s:.0f} GB/s read, {limits.gmac_per_s:.0f} GMAC/s of bytes, "
               f"{limits.float_gmac_per_s:.0f} of floats", "quiet")
    x = LEFT
    short, long, prompt = series
    for one, label in ((short, f"measured behind {short.before} tokens"), (long, f"behind {long.before:,} tokens"),
                       (prompt, "a prompt from nothing")):
        chart.add(f'<circle class="{one.style}-dot" cx="{x + 5:.1f}" cy="82" r="5"/>')
        chart.text(x + 17, 86.5, label, f"{one.style}-text")
        x += 46 + 7.2 * len(label)
    chart.text(x, 86.5, "% is the share of the limit", "quiet")


def draw(objects):
    limits = Limits(objects)
    series = short, long, prompt = series_of(objects)
    longest = max(milliseconds for one in series for _, milliseconds in one.points)
    chart = Chart(limits.reading(short.before) / 3, 1.6 * longest)
    draw_axes(chart)
    draw_bounds(chart, limits, short)
    draw_series(chart, limits, long, DRAFT_ROWS)
    draw_series(chart, limits, short, DRAFT_ROWS)
    draw_series(chart, limits, prompt, MOST_ROWS)
    label_limits(chart, limits, series)
    draw_head(chart, limits, series)
    body = "\n".join(chart.parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
     aria-label="Time of a pass over its rows, on logarithmic axes, measured and at the least">
<style>{STYLE}  @media (prefers-color-scheme: dark) {{{DARK_STYLE}  }}
</style>
<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"/>
{body}
</svg>"""


def main():
    objects = [json.loads(line) for line in sys.stdin if line.strip()]
    if not objects:
        raise SystemExit(__doc__)
    print(draw(objects))


if __name__ == "__main__":
    main()
