"""How much memory `nextline serve` takes for the documents that are open"""

import pathlib
import re
import unittest

from tests.integration.served import PYTHON, ServedTestCase, functions

DOCUMENTS = 50
BUDGET = 48  # Megabytes.
# Of each document some 0.4 MB that are no keys and values, and what the allocator does not give back at
# once. Keys and values take 3.5 MB of a document.
SLACK = 16


def resident_megabytes(client):
    status = pathlib.Path(f"/proc/{client.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1]) / 1024


class CacheMemoryTest(ServedTestCase):
    reuse = ()

    def growths(self, megabytes):
        """Opens one document after the other; yields by how much the memory has grown since the first."""
        client = self.serve_initialized("--cache-memory", megabytes, "--refresh", "off", "--max-tokens", 2)
        first = None
        for number in range(DOCUMENTS):
            text = f"# File {number}\n" + functions(6) + PYTHON
            _, tokens = self.complete(self.open(client, text, f"{number}.py"))
            self.assertGreater(tokens["prompt"], 100)
            first = first or resident_megabytes(client)
            yield resident_megabytes(client) - first

    def test_documents_that_were_used_last_share_the_budget(self):
        for growth in self.growths(BUDGET):
            self.assertLess(growth, BUDGET + SLACK)

    def test_more_is_taken_where_it_may_be(self):
        self.assertTrue(any(growth > BUDGET + SLACK for growth in self.growths(1024)))


if __name__ == "__main__":
    unittest.main()
