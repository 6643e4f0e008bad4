"""What counts as growth in a soak's report"""

import random
import unittest

from tests.soak.report import difference_of_ends, growth, percentile, warm
from tests.soak.server import Sample


def samples(resident_of, files_of=lambda edits: 14):
    return [Sample(edits, edits / 100, resident_of(edits), 0, files_of(edits), 11) for edits in range(0, 1001, 20)]


class ReportTest(unittest.TestCase):
    def test_what_fills_while_the_run_warms_up_is_no_growth(self):
        self.assertAlmostEqual(growth(warm(samples(lambda edits: min(edits, 200))), "resident"), 0)

    def test_what_rises_to_the_end_is(self):
        self.assertAlmostEqual(growth(warm(samples(lambda edits: 10_000 + edits)), "resident"), 0.06, 2)

    def test_a_few_moments_that_stand_out_are_none(self):
        chance = random.Random(1)
        high = {chance.randrange(0, 1001, 20) for _ in range(6)}
        self.assertAlmostEqual(growth(warm(samples(lambda edits: 2000 if edits in high else 1000)), "resident"), 0)

    def test_a_descriptor_that_stays_open_is_seen(self):
        self.assertEqual(difference_of_ends(samples(lambda edits: 1, lambda edits: 14 + edits // 500), "files"), 1)

    def test_percentiles_are_values_that_were_measured(self):
        values = list(range(1, 101))
        self.assertEqual([percentile(values, share) for share in (0.5, 0.95, 0.99)], [51, 96, 100])


if __name__ == "__main__":
    unittest.main()
