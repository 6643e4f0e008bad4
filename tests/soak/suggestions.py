"""What must hold of the items that a server suggests at a place."""

from tests.soak.text import UNITS, column_of

STAGES = {"tokenize_ms", "edit_ms", "prefill_ms", "decode_ms", "total_ms"}
TOKENS = {"prompt", "reused", "encoded", "generated", "drafted", "accepted", "passes"}


def units_of(text, encoding):
    codec, width = UNITS[encoding]
    return len(text.encode(codec)) // width


def range_problem(span, asked, encoding):
    """Why a range is not one of the cursor's line that has the cursor; None if it is."""
    start, end = span["start"], span["end"]
    line, column = asked.place
    cursor = units_of(asked.line[:column], encoding)
    if not start["line"] == end["line"] == line:
        return "it leaves the cursor's line"
    if not start["character"] <= cursor <= end["character"] <= units_of(asked.line, encoding):
        return "it does not have the cursor, or goes beyond the line"
    for place in start, end:
        units = place["character"]
        try:
            whole = units_of(asked.line[:column_of(asked.line, units, encoding)], encoding) == units
        except UnicodeDecodeError:
            whole = False
        if not whole:
            return "it cuts a character"
    return None


def text_problem(text, line_end):
    """Why a text is none for a document with such line ends; None if it is."""
    if not text:
        return "it is empty"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "it has half a character"
    rest = text.replace(line_end, "")
    if "\r" in rest or "\n" in rest:
        return f"it has other line ends than {line_end!r}"
    return None


def data_problem(item):
    data = item.get("data", {})
    if not isinstance(data.get("id"), int):
        return "it has no number"
    if set(data.get("timing", ())) != STAGES or min(data["timing"].values()) < 0:
        return "its times are not the documented ones"
    if set(data.get("tokens", ())) != TOKENS or min(data["tokens"].values()) < 0:
        return "its counts are not the documented ones"
    if item.get("command", {}).get("arguments") != [{"id": data["id"]}]:
        return "its command is not about it"
    return None


def inline_problem(item, asked, encoding):
    """What is wrong with an item of `textDocument/inlineCompletion`; None if nothing is."""
    problem = (text_problem(item["insertText"], asked.line_end) or range_problem(item["range"], asked, encoding)
               or data_problem(item))
    if problem:
        return problem
    start = column_of(asked.line, item["range"]["start"]["character"], encoding)
    if asked.selected is None:
        return None if start == asked.place[1] else "it replaces what stands before the cursor"
    selected_from, selected = asked.selected
    if start != selected_from or not item["insertText"].startswith(selected):
        return "it does not continue what is selected"
    return None


def menu_problem(item, asked, encoding):
    """The same of `textDocument/completion`."""
    edit = item["textEdit"]
    problem = (text_problem(edit["newText"], asked.line_end) or range_problem(edit["range"], asked, encoding)
               or data_problem(item))
    if problem:
        return problem
    start = column_of(asked.line, edit["range"]["start"]["character"], encoding)
    word = asked.line[start:asked.place[1]]
    if not edit["newText"].startswith(word) or not item["filterText"].startswith(word):
        return "it does not continue the word at the cursor"
    return None
