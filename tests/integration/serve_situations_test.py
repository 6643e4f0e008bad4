"""The situations of tests/situations that are marked so, with the default model in place of what one might say."""

import unittest

from tests.integration.nextline import DEFAULT_MODEL, model_path
from tests.integration.served import ServedTestCase
from tests.integration.situations import CURSOR, read_situations


class SituationsTest(ServedTestCase):
    def accepted(self, client, situation):
        """The text and the cursor once what is suggested has been accepted; None if nothing is."""
        cursor = situation.text.index(CURSOR)
        text = situation.text.replace(CURSOR, "", 1)
        document = self.open(client, text, situation.file_name)
        items = document.complete(cursor).result()["items"]
        document.close()
        if not items:
            return None
        first, last = (document.offset(items[0]["range"][end]) for end in ("start", "end"))
        return text[:first] + items[0]["insertText"] + CURSOR + text[last:]

    def test_the_model_brings_the_same_about(self):
        client = self.serve_initialized("--max-tokens", 32, "--refresh", "off", model=model_path(DEFAULT_MODEL))
        situations = [situation for situation in read_situations() if situation.with_model]
        self.assertGreater(len(situations), 20)
        for situation in situations:
            with self.subTest(f"{situation.language}: {situation.name}"):
                self.assertEqual(self.accepted(client, situation), situation.result)


if __name__ == "__main__":
    unittest.main()
