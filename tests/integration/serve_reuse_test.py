"""What `nextline serve` computes after an edit, and what it keeps"""

import time
import unittest

from tests.integration.nextline import DEFAULT_MODEL, model_path
from tests.integration.served import PYTHON, ServedTestCase, functions


# Of the tokens that are still there, none is computed again before a completion, but for the markers.
UNREPAIRED = ("--repair", "markers")
REPAIRED = 100  # Tokens that are computed again otherwise, at most.


class ReuseTestCase(ServedTestCase):
    reuse = ("--refresh", "off")  # It would be counted; serve_refresh_test.py is about it.


class ShortDocumentTest(ReuseTestCase):
    """The model sees what stands before the cursor, and all of it is computed at once."""

    def test_typing_at_the_end_leads_to_what_a_fresh_text_leads_to(self):
        document = self.open(self.serve_initialized(), PYTHON)
        for typed in ["", *" fibon", "acci(n - 2)\n"]:
            document.insert(len(document.text), typed)
            completion, _ = self.complete(document, len(document.text))
            self.assertEqual(completion, self.expected(document.text))

    def test_a_word_is_completed_from_its_middle(self):
        document = self.open(self.serve_initialized(), PYTHON)
        _, before_word = self.complete(document, len(PYTHON))
        document.insert(len(PYTHON), " fibon")
        completion, tokens = self.complete(document, len(document.text))
        self.assertEqual(completion, "acci(n - 2)")
        self.assertEqual(tokens["prompt"], before_word["prompt"])

    def test_the_same_place_asked_again_takes_no_token(self):
        document = self.open(self.serve_initialized(), PYTHON)
        first, tokens = self.complete(document, len(PYTHON))
        self.assertEqual((tokens["encoded"], tokens["reused"]), (tokens["prompt"], 0))
        again, tokens = self.complete(document, len(PYTHON))
        self.assertEqual((tokens["encoded"], tokens["reused"]), (0, tokens["prompt"]))
        self.assertEqual(again, first)

    def test_a_line_inserted_above_takes_its_own_tokens_and_those_that_are_repaired(self):
        text = functions(12) + "def multiply_by_12(x):\n    return x *"
        for options, most in (UNREPAIRED, 20), ((), 20 + REPAIRED):
            with self.subTest(options):
                document = self.open(self.serve_initialized(*options), text)
                self.complete(document)
                document.insert(text.index("def multiply_by_2("), "# Twice as much:\n")
                _, tokens = self.complete(document)
                self.assertGreater(tokens["prompt"], 200)
                self.assertLess(tokens["encoded"], most)

    def test_a_completion_where_the_cursor_was_said_to_be_is_that_of_the_place(self):
        client = self.serve_initialized()
        document = self.open(client, PYTHON)
        document.move_cursor(len(PYTHON))
        text, _ = self.complete(document, len(PYTHON))
        self.assertEqual(text, self.expected(PYTHON))


class LongDocumentTest(ReuseTestCase):
    """The model sees what stands before and behind the cursor: 1100 tokens. Nothing is repaired, so that
    what is counted is what the edits themselves take."""

    def setUp(self):
        super().setUp()
        client = self.serve_initialized("--max-tokens", 4, *UNREPAIRED, model=model_path(DEFAULT_MODEL))
        self.complete(self.open(client, PYTHON), len(PYTHON))
        body = "return x * 60"
        self.document = self.open(client, functions(68).replace(body, ""), "b.py")

    def ask(self):
        """Returns the tokens of the completion in one of the last functions, which has no body."""
        body = "def multiply_by_60(x):\n    "
        _, tokens = self.complete(self.document, self.document.text.index(body) + len(body))
        return tokens

    def read_whole(self):
        """Asks until everything is computed; returns the tokens of each answer."""
        answers = [self.ask()]
        while answers[-1]["encoded"] > 0:
            time.sleep(0.5)
            answers.append(self.ask())
        return answers

    def function(self, number):
        """Where a function's text begins and ends."""
        begin, end = (self.document.text.index(f"def multiply_by_{n}(") for n in (number, number + 1))
        return begin, end

    def delete_function(self, number):
        begin, end = self.function(number)
        self.document.delete(begin, end - begin)

    def test_the_first_answer_is_about_its_beginning_and_the_surroundings_of_the_cursor(self):
        first, *_, last = answers = self.read_whole()
        self.assertLess(first["prompt"], 400)
        self.assertLess(first["encoded"], 400)
        self.assertGreater(last["prompt"], 1000)
        prompts = [tokens["prompt"] for tokens in answers]
        self.assertEqual(prompts, sorted(prompts))

    def test_a_rename_at_many_places_takes_the_renamed_tokens(self):
        [*_, whole] = self.read_whole()
        places = range(58, 0, -5)
        self.document.replace(*((self.function(n)[0] + 4, len("multiply"), "times") for n in places))
        tokens = self.ask()
        self.assertAlmostEqual(tokens["prompt"], whole["prompt"], delta=2 * len(places))
        self.assertLess(tokens["encoded"], 6 * len(places))

    def test_an_edit_far_from_the_cursor_takes_few_tokens(self):
        [*_, whole] = self.read_whole()
        begin, end = self.function(5)
        deleted = self.document.text[begin:end]
        name = "multiply_by_1"
        for what, edit, difference in [
            ("insert", lambda: self.document.insert(begin, "# Five times as much:\n"), 6),
            ("undo", lambda: self.document.delete(begin, len("# Five times as much:\n")), -6),
            ("delete", lambda: self.document.delete(begin, end - begin), -15),
            ("undo", lambda: self.document.insert(begin, deleted), 15),
            ("replace", lambda: self.document.replace((begin, end - begin, deleted.replace("return", "yield"))), 0),
            ("rename", lambda: self.document.replace(
                *((self.function(n)[0] + 4, len(name), "times_1") for n in (65, 17, 12))), 0),
            ("below", lambda: self.delete_function(62), -16),
        ]:
            with self.subTest(what):
                edit()
                tokens = self.ask()
                self.assertAlmostEqual(tokens["prompt"], whole["prompt"] + difference, delta=8)
                self.assertGreater(tokens["prompt"], 1000)
                self.assertLess(tokens["encoded"], 40)
                [*_, whole] = self.read_whole()


if __name__ == "__main__":
    unittest.main()
