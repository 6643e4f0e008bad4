"""What `nextline serve` computes while nobody asks, and that it is exact then"""

import time
import unittest

from scripts.language_client import PATIENCE
from tests.integration.served import ServedTestCase, activity_of, functions

# Far below its definition, the greeting is completed from what is cached of it.
GREETING = 'GREETING = "Good evening"\n\n\n' + functions(30) + '# Prints the greeting, which is "'
OLD, NEW = "Good evening", "Welcome aboard"
REPAIRED = 100  # Tokens that are computed before a completion, at most, of what an edit made stale ...
TYPED = 16     # ... and those of the edits themselves.


class RefreshTest(ServedTestCase):
    reuse = ()

    def open_and_read(self, client):
        """A document of which all is computed, and the completion at its end has been asked for."""
        document = self.open(client, GREETING)
        _, tokens = self.complete(document)
        self.assertLess(tokens["prompt"], 300)  # It saw the beginning and what is around the cursor.
        self.wait_until_idle(client)
        self.complete(document)
        return document

    def greet_otherwise(self, document):
        document.replace((GREETING.index(OLD), len(OLD), NEW))

    def test_an_edit_far_above_is_exact_after_a_pause(self):
        client = self.serve_initialized("--refresh-pause", 50)
        document = self.open_and_read(client)
        self.greet_otherwise(document)
        self.wait_until_idle(client)

        # All that the edit made stale was computed.
        completion, tokens = self.complete(document)
        self.assertEqual(completion, self.expected(document.text))
        self.assertIn(NEW, completion)
        self.assertGreater(tokens["prompt"], 500)
        self.assertGreater(tokens["encoded"], tokens["prompt"] - REPAIRED)
        # Nothing is left: a request takes what is typed for it.
        _, tokens = self.complete(document)
        self.assertEqual(tokens["encoded"], 0)
        document.insert(len(document.text), "Wel")
        completion, tokens = self.complete(document)
        self.assertEqual(completion, self.expected(document.text))
        self.assertLess(tokens["encoded"], TYPED)

    def test_without_it_nothing_more_is_computed_than_the_next_completion_needs(self):
        client = self.serve_initialized("--refresh", "off")
        document = self.open_and_read(client)
        self.greet_otherwise(document)
        self.wait_until_idle(client)
        _, tokens = self.complete(document)
        self.assertLess(tokens["encoded"], REPAIRED + TYPED)

    def test_a_document_that_stays_as_it_was_opened_is_exact_after_a_pause(self):
        document = self.open(client := self.serve_initialized("--refresh-pause", 50), GREETING)
        _, seen_first = self.complete(document)
        self.wait_until_idle(client)
        completion, tokens = self.complete(document)
        self.assertEqual(completion, self.expected(GREETING))
        # More than was missing: what had been computed without it, too.
        self.assertGreater(tokens["encoded"], tokens["prompt"] - seen_first["prompt"] + REPAIRED)
        self.assertEqual(self.complete(document)[1]["encoded"], 0)

    def test_typing_goes_on_during_it(self):
        client = self.serve_initialized("--refresh-pause", 0)
        document = self.open_and_read(client)
        self.greet_otherwise(document)
        for character in NEW[:8]:
            document.insert(len(document.text), character)
            answer = document.complete(len(document.text))
            item = answer.result()["items"][0]
            cursor = document.position(len(document.text))
            self.assertEqual(item["range"], {"start": cursor, "end": cursor})
            self.wait_until_it_computes(client, 0.1)
        # It was refreshed meanwhile, which the first completion that is not typed along counts.
        _, tokens = self.complete(document)
        self.assertGreater(tokens["encoded"], 2 * REPAIRED)
        self.wait_until_idle(client)
        self.assertEqual(self.complete(document)[0], self.expected(document.text))

    def wait_until_it_computes(self, client, seconds):
        """Returns when the server has computed for so long by itself, or has nothing left to compute."""
        begin = sum(activity_of(client.process.pid).times.values())
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            activity = activity_of(client.process.pid)
            if not activity.awake or sum(activity.times.values()) - begin > seconds * 1e9:
                return
            time.sleep(0.01)
        self.fail("The server is neither busy nor at rest.")


if __name__ == "__main__":
    unittest.main()
