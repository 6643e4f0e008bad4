"""What counts as growth in a soak's report"""

import random
import unittest

from tests.soak.report import difference_of_ends, growth, percentile, warm
from tests.soak.server import Sample, mapped_bytes


def samples(resident_of, files_of=lambda edits: 14):
    return [Sample(edits, edits / 100, resident_of(edits), 0, 0, files_of(edits), 11) for edits in range(0, 1001, 20)]


class ReportTest(unittest.TestCase):
    def test_what_fills_while_the_run_warms_up_is_no_growth(self):
        self.assertAlmostEqual(growth(warm(samples(lambda edits: min(edits, 400))), "resident"), 0)

    def test_what_rises_to_the_end_is(self):
        self.assertAlmostEqual(growth(warm(samples(lambda edits: 10_000 + edits)), "resident"), 0.05, 2)

    def test_a_part_grows_by_a_share_of_the_whole(self):
        rising = [sample._replace(own=sample.edits) for sample in warm(samples(lambda edits: 5000))]
        self.assertAlmostEqual(growth(rising, "own"), 0.1)

    def test_a_few_moments_that_stand_out_are_none(self):
        chance = random.Random(1)
        high = {chance.randrange(0, 1001, 20) for _ in range(6)}
        self.assertAlmostEqual(growth(warm(samples(lambda edits: 2000 if edits in high else 1000)), "resident"), 0)

    def test_a_descriptor_that_stays_open_is_seen(self):
        self.assertEqual(difference_of_ends(samples(lambda edits: 1, lambda edits: 14 + edits // 500), "files"), 1)

    def test_a_file_that_is_mapped_counts_though_it_has_been_removed_and_what_is_in_none_does_not(self):
        self.assertEqual(mapped_bytes("""\
1000-3000 r-xp 00000000 fe:00 17                         /usr/bin/nextline
4000-9000 rw-p 00000000 00:00 0                          [heap]
a000-b000 r--s 00000000 fe:00 18                         /home/a file (deleted)
c000-f000 rw-p 00000000 00:00 0
"""), 0x3000)

    def test_percentiles_are_values_that_were_measured(self):
        values = list(range(1, 101))
        self.assertEqual([percentile(values, share) for share in (0.5, 0.95, 0.99)], [51, 96, 100])


if __name__ == "__main__":
    unittest.main()
