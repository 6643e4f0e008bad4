"""The server's metrics, read by Prometheus' own parser."""

import os
import pathlib
import subprocess
import unittest

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.listening import LOOPBACK, ListeningTestCase, call
from tests.integration.serve_network_test import completion, opened
from tests.integration.served import PYTHON

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROBE = pathlib.Path(os.environ.get("METRICS_PROBE", REPOSITORY / "build/release/metrics_probe"))
BASE_UNITS = ("seconds", "bytes")


class MetricsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.version = 'a "quoted" \\ version\nof two lines'
        cls.text = subprocess.run([PROBE, cls.version], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
        cls.families = {family.name: family for family in text_string_to_metric_families(cls.text)}

    def values(self, family, suffix=""):
        return {tuple(sorted(sample.labels.items())): sample.value for sample in self.families[family].samples
                if sample.name == family + suffix}

    def test_each_family_has_a_type_and_says_what_it_is(self):
        self.assertGreater(len(self.families), 15)
        for family in self.families.values():
            with self.subTest(family.name):
                self.assertIn(family.type, ("counter", "gauge", "histogram"))
                self.assertRegex(family.documentation, r"^\S.*\.$")
                self.assertTrue(family.samples)

    def test_names_follow_the_conventions(self):
        for family in self.families.values():
            with self.subTest(family.name):
                self.assertRegex(family.name, r"^(nextline|process)_[a-z_]+$")
                self.assertNotRegex(family.name, "milli|micro|kilo|mega|_ms$|_mb$")
                if family.type == "counter":
                    self.assertTrue(all(sample.name.endswith("_total") for sample in family.samples))
                if family.type == "histogram":
                    self.assertTrue(family.name.endswith(BASE_UNITS))

    def test_each_stands_in_the_documentation(self):
        page = (REPOSITORY / "docs/metrics.md").read_text()
        for family in self.families.values():
            with self.subTest(family.name):
                self.assertIn(f"| `{family.name}{'_total' if family.type == 'counter' else ''}` | {family.type}", page)

    def test_no_family_and_no_sample_comes_twice(self):
        samples = [(sample.name, tuple(sorted(sample.labels.items())))
                   for family in self.families.values() for sample in family.samples]
        self.assertEqual(len(samples), len(set(samples)))
        types = [line for line in self.text.splitlines() if line.startswith("# TYPE ")]
        self.assertEqual(len(types), len(self.families))

    def test_histograms_are_cumulative_and_add_up(self):
        for family in (family for family in self.families.values() if family.type == "histogram"):
            counts = self.values(family.name, "_count")
            for labels, count in counts.items():
                with self.subTest(family.name, labels=labels):
                    buckets = [(float(sample.labels["le"]), sample.value) for sample in family.samples
                               if sample.name.endswith("_bucket") and set(labels) < set(sample.labels.items())]
                    self.assertEqual([most for most, _ in buckets], sorted(most for most, _ in buckets))
                    self.assertEqual([value for _, value in buckets], sorted(value for _, value in buckets))
                    self.assertEqual((buckets[0][0], buckets[-2][0], buckets[-1]), (0.001, 10, (float("inf"), count)))

    def test_times_are_in_seconds(self):
        self.assertAlmostEqual(self.values("nextline_completion_duration_seconds", "_sum")[("purpose", "request"),],
                               60.7434)

    def test_values_come_through(self):
        self.assertEqual(self.values("nextline_requests", "_total"), {(): 6})
        self.assertEqual(self.values("nextline_suggestions", "_total")[("source", "model"),], 5)
        self.assertEqual(self.values("nextline_empty_answers", "_total"), {(("reason", "in_comment"),): 1})
        self.assertEqual(self.values("nextline_cache_bytes"), {(): 123456789})
        self.assertEqual(self.values("nextline_build_info"), {(("version", self.version),): 1})


class ServedMetricsTest(ListeningTestCase):
    def test_a_server_that_has_completed_says_so(self):
        server = self.listen("--http", f"{LOOPBACK}:0")
        client = self.web_socket(server.http)
        self.assert_serves(client)
        for message in (call("initialized"), opened(PYTHON)):
            client.say(message)
        client.answer(completion(PYTHON, 2))
        status, _, body = self.get(server.http, "/metrics")
        self.assertEqual(status, 200)
        families = {family.name: family for family in text_string_to_metric_families(body.decode())}
        [completions] = [sample.value for sample in families["nextline_completion_duration_seconds"].samples
                         if sample.name.endswith("_count") and sample.labels["purpose"] == "request"]
        self.assertGreaterEqual(completions, 1)  # Each candidate is one.
        for name in ("nextline_requests", "nextline_open_documents", "nextline_clients"):
            self.assertEqual(families[name].samples[0].value, 1, name)


if __name__ == "__main__":
    unittest.main()
