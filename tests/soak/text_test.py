"""The editors' own side: a text that a soak compares the server's with must be right itself"""

import random
import unittest

from tests.soak.text import Text, column_of, split_lines


def random_text(chance, most):
    return "".join(chance.choice(["a", "ß", "世", "🙂", "\n", "\r\n"]) for _ in range(chance.randrange(most)))


class TextTest(unittest.TestCase):
    def test_any_replacement_gives_what_it_gives_in_a_plain_string(self):
        chance = random.Random(1)
        for _ in range(5000):
            plain = random_text(chance, 12)
            text = Text(plain)
            places = []
            for _ in range(2):
                line = chance.randrange(len(text.lines))
                places.append((line, chance.randint(0, len(text.content(line)))))
            first, last = sorted(places)
            start, end = (sum(map(len, text.lines[:line])) + column for line, column in (first, last))
            new = random_text(chance, 5)
            self.assertEqual(text.between(first, last), plain[start:end])
            line, column = text.replace(first, last, new)
            self.assertEqual(text.lines, split_lines(plain[:start] + new + plain[end:]))
            self.assertEqual(sum(map(len, text.lines[:line])) + column, start + len(new))

    def test_places_are_counted_in_the_units_of_each_encoding(self):
        text = Text("x\r\nß世🙂y")
        for encoding, character in [("utf-8", 9), ("utf-16", 4), ("utf-32", 3)]:
            with self.subTest(encoding):
                self.assertEqual(text.position((1, 3), encoding), {"line": 1, "character": character})
                self.assertEqual(column_of(text.content(1), character, encoding), 3)


if __name__ == "__main__":
    unittest.main()
