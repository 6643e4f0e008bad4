"""A text as an editor keeps it: in lines, whose places can be counted as LSP's position encodings do."""

import re

UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}  # Codec, bytes of a unit.
LINE_END = re.compile(r"(\r\n|\n|\r)")


def split_lines(text):
    """Each line with its end; the last one has none, and may be empty."""
    parts = LINE_END.split(text)
    return [line + end for line, end in zip(parts[::2], [*parts[1::2], ""])]


def without_end(line):
    return line.rstrip("\r\n")


class Text:
    """A place in it is (line, column), the column in characters; never behind the line's content."""

    def __init__(self, text):
        self.lines = split_lines(text)

    def __str__(self):
        return "".join(self.lines)

    @property
    def end(self):
        return len(self.lines) - 1, len(self.lines[-1])

    def content(self, line):
        """A line without its end."""
        return without_end(self.lines[line])

    def between(self, first, last):
        if first[0] == last[0]:
            return self.lines[first[0]][first[1]:last[1]]
        return "".join([self.lines[first[0]][first[1]:], *self.lines[first[0] + 1:last[0]],
                        self.lines[last[0]][:last[1]]])

    def replace(self, first, last, new):
        """Puts a text in the place of another one; returns the place behind it."""
        before, behind = self.lines[first[0]][:first[1]], self.lines[last[0]][last[1]:]
        lines = split_lines(before + new + behind)
        is_at_end = last[0] == len(self.lines) - 1
        self.lines[first[0]:last[0] + 1] = lines if is_at_end else lines[:-1]
        inserted = split_lines(before + new)
        return first[0] + len(inserted) - 1, len(inserted[-1])

    def position(self, place, encoding):
        """A place in LSP's terms."""
        codec, width = UNITS[encoding]
        return {"line": place[0], "character": len(self.lines[place[0]][:place[1]].encode(codec)) // width}

    def word_start(self, place):
        line, column = place
        while column > 0 and (self.lines[line][column - 1].isalnum() or self.lines[line][column - 1] == "_"):
            column -= 1
        return line, column


def column_of(line, units, encoding):
    """The column, in characters, of a number of units from the beginning of a line."""
    codec, width = UNITS[encoding]
    return len(line.encode(codec)[:units * width].decode(codec))
