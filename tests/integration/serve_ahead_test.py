"""What `nextline serve` answers without the model: what is typed along, and what was prepared"""

import statistics
import unittest

from tests.integration.nextline import REPOSITORY
from tests.integration.served import PYTHON, ServedTestCase

FILES = ["scripts/language_client.py", "tests/integration/nextline.py", "tests/integration/served.py",
         "tests/integration/serve_speculation_test.py"]
LINES = 80  # Of each file: a text that is soon read.
PLACES = 100
COMPUTED = ("passes", "encoded", "generated")


def places_in(text, count):
    """Places behind the first word of lines that have several, spread over the text; (offset, rest of the line)."""
    places, offset = [], 0
    for line in text.splitlines(keepends=True):
        words = line.split()
        if len(words) > 2 and not line.lstrip().startswith(("#", '"')):
            first = line.index(words[0]) + len(words[0])
            places.append((offset + first, line[first:].rstrip("\n")))
        offset += len(line)
    step = max(1, len(places) // count)
    return places[::step][:count]


class AheadTest(ServedTestCase):
    reuse = ()

    def serve_without_refresh(self, *arguments):
        return self.serve_initialized("--refresh", "off", "--max-tokens", 16, *arguments)

    def item(self, document, offset):
        """The first item of an answer, with how long it took; None if there is none."""
        answer = document.complete(offset)
        items = answer.result()["items"]
        return (items[0], answer.milliseconds) if items else (None, answer.milliseconds)

    def assert_computed_nothing(self, item):
        tokens = item["data"]["tokens"]
        self.assertEqual([tokens[name] for name in COMPUTED], [0, 0, 0], item)

    def type_along(self, document, offset, text):
        """Types all of a suggestion but its last key, and asks behind each."""
        for typed, key in enumerate(text[:-1], 1):
            document.insert(offset, key)
            offset += len(key)
            item, took = self.item(document, offset)
            self.assertIsNotNone(item, f"{text!r} behind {text[:typed]!r}")
            self.assertEqual(item["insertText"], text[typed:])
            self.assert_computed_nothing(item)
            self.keys.append(took)
        return offset

    def test_typing_along_and_accepting_wait_for_no_model(self):
        client = self.serve_without_refresh()
        self.keys, accepted, hits = [], [], 0
        for name in FILES:
            text = "".join((REPOSITORY / name).read_text().splitlines(keepends=True)[:LINES])
            document = self.open(client, text, name)
            for offset, rest in places_in(text, PLACES // len(FILES)):
                document.delete(offset, len(rest))
                item, _ = self.item(document, offset)
                if item is not None and item["range"]["start"] == item["range"]["end"]:
                    suggested = item["insertText"]
                    end = self.type_along(document, offset, suggested)
                    self.wait_until_idle(client, quiet=0.1)  # It looks ahead without a pause.
                    document.insert(end, suggested[-1])
                    item, took = self.item(document, end + 1)
                    hits += item is not None and item["data"]["tokens"]["passes"] == 0
                    accepted.append(took)
                document.replace_all(text)
            document.close()
        self.assertGreater(len(accepted), PLACES * 3 / 4)
        self.assertGreaterEqual(hits, len(accepted) / 2)
        for what, times in (("a key typed along", self.keys), ("an acceptance", accepted)):
            times = statistics.quantiles(times, n=20)
            print(f"{what}: p50 {times[9]:.2f} ms, p95 {times[18]:.2f} ms")
        print(f"{hits} of {len(accepted)} acceptances were prepared")

    def test_what_was_prepared_is_what_the_model_says_there(self):
        document = self.open(client := self.serve_without_refresh(), PYTHON)
        item, _ = self.item(document, len(PYTHON))
        self.wait_until_idle(client)
        document.insert(len(document.text), item["insertText"])
        prepared, _ = self.item(document, len(document.text))

        other = self.open(self.serve_without_refresh("--no-look-ahead"), document.text)
        said, _ = self.item(other, len(document.text))
        self.assert_computed_nothing(prepared)
        self.assertGreater(said["data"]["tokens"]["passes"], 0)
        self.assertEqual(prepared["insertText"], said["insertText"])

    def test_nothing_is_prepared_where_that_is_turned_off(self):
        client = self.serve_without_refresh("--no-look-ahead")
        document = self.open(client, PYTHON)
        item, _ = self.item(document, len(PYTHON))
        self.wait_until_idle(client)
        document.insert(len(document.text), item["insertText"])
        item, _ = self.item(document, len(document.text))
        self.assertGreater(item["data"]["tokens"]["passes"], 0)


if __name__ == "__main__":
    unittest.main()
