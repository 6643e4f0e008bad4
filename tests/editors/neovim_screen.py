"""What Neovim shows on its screen, as its user interfaces are told of it, and as an SVG picture."""

import threading
import xml.sax.saxutils

import pynvim

CELL = (8.43, 19)  # A cell of 14-pixel text in the usual monospaced fonts.
MARGIN = 12
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


class Screen:
    """A user interface of a Neovim, in a connection of its own: keeps what each cell of the screen shows."""

    def __init__(self, socket, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[(" ", 0)] * columns for _ in range(rows)]  # Text and highlight.
        self.highlights = {0: {}}
        self.defaults = {"foreground": 0xE0E2EA, "background": 0x14161B}
        self.cursor = (0, 0)
        self.drawn = threading.Event()
        self.neovim = pynvim.attach("socket", path=str(socket))
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        def attach():
            self.neovim.ui_attach(self.columns, self.rows, rgb=True, ext_linegrid=True)
        self.neovim.run_loop(lambda *_: None, self.take, setup_cb=attach)

    def take(self, method, events):
        for name, *calls in events if method == "redraw" else ():
            if handler := getattr(self, f"take_{name}", None):
                for call in calls:
                    handler(*call)

    # The events of the protocol for user interfaces, by their names.

    def take_default_colors_set(self, foreground, background, *_):
        self.defaults = {"foreground": foreground, "background": background}

    def take_hl_attr_define(self, number, attributes, *_):
        self.highlights[number] = attributes

    def take_grid_clear(self, _):
        self.cells = [[(" ", 0)] * self.columns for _ in range(self.rows)]

    def take_grid_cursor_goto(self, _, row, column):
        self.cursor = (row, column)

    def take_grid_line(self, _, row, column, cells, *__):
        highlight = 0
        for text, *more in cells:
            highlight = more[0] if more else highlight
            for _ in range(more[1] if len(more) > 1 else 1):
                self.cells[row][column] = (text, highlight)
                column += 1

    def take_grid_scroll(self, _, top, bottom, left, right, rows, *__):
        order = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in order:
            self.cells[row][left:right] = self.cells[row + rows][left:right]

    def take_flush(self):
        self.drawn.set()

    # What there is to be seen.

    def text(self):
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self.cells)

    def svg(self):
        """The screen as a picture, the cursor a bar."""
        width, height = self.columns * CELL[0] + 2 * MARGIN, self.rows * CELL[1] + 2 * MARGIN
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
                 f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="14">',
                 f'<rect width="100%" height="100%" rx="8" fill="{colour(self.defaults["background"])}"/>']
        for number, row in enumerate(self.cells):
            parts += self.runs(number, row)
        x, y = MARGIN + self.cursor[1] * CELL[0], MARGIN + self.cursor[0] * CELL[1]
        parts.append(f'<rect x="{x:.1f}" y="{y:.0f}" width="2" height="{CELL[1]}" '
                     f'fill="{colour(self.defaults["foreground"])}"/>')
        return "\n".join([*parts, "</svg>", ""])

    def runs(self, number, row):
        """The elements for a row: cells that look the same are one."""
        begin = 0
        while begin < len(row):
            highlight = row[begin][1]
            end = begin
            while end < len(row) and row[end][1] == highlight:
                end += 1
            yield from self.run(number, begin, "".join(text for text, _ in row[begin:end]), highlight, end - begin)
            begin = end

    def run(self, number, begin, text, highlight, cells):
        looks = {**self.defaults, **self.highlights.get(highlight, {})}
        if looks.get("reverse"):
            looks["foreground"], looks["background"] = looks["background"], looks["foreground"]
        x, y = MARGIN + begin * CELL[0], MARGIN + number * CELL[1]
        if looks["background"] != self.defaults["background"]:
            yield (f'<rect x="{x:.1f}" y="{y:.0f}" width="{cells * CELL[0]:.1f}" height="{CELL[1]}" '
                   f'fill="{colour(looks["background"])}"/>')
        if text.strip():
            style = "".join([' font-weight="bold"' if looks.get("bold") else "",
                             ' font-style="italic"' if looks.get("italic") else "",
                             ' text-decoration="line-through"' if looks.get("strikethrough") else ""])
            yield (f'<text x="{x:.1f}" y="{y + 14:.0f}" fill="{colour(looks["foreground"])}" xml:space="preserve" '
                   f'textLength="{cells * CELL[0]:.1f}"{style}>{xml.sax.saxutils.escape(text)}</text>')


def colour(number):
    return f"#{number:06x}"
