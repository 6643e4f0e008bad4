"""`nextline doctor`"""

import unittest

from tests.integration.nextline import DEFAULT_MODEL, NextlineTestCase, model_path


class DoctorTest(NextlineTestCase):
    def test_a_machine_without_a_model_is_described(self):
        answer = self.succeed("doctor")
        self.assertEqual(set(answer), {"version", "configuration", "cpu", "memory", "power",
                                       "devices", "cache", "model"})
        self.assertIn(answer["power"]["on_battery"], (True, False))
        self.assertIn(answer["cpu"]["instruction_set"], answer["cpu"]["instruction_sets"])
        self.assertTrue(answer["cache"]["writable"])
        self.assertFalse(answer["model"]["present"])
        self.assertIn("nextline models fetch", answer["model"]["error"])

    def test_a_model_is_described(self):
        model = self.succeed("doctor", "--model", model_path())["model"]
        self.assertTrue(model["usable"])
        self.assertEqual((model["architecture"], model["layers"], model["context_length"]),
                         ("llama", 30, 8192))
        self.assertTrue(model["shift_check"]["passes"])
        self.assertLess(model["shift_check"]["kl"], 0.01)

    def test_each_type_of_matrix_has_a_fast_path_or_not(self):
        types = self.succeed("doctor", "--model", model_path())["model"]["weight_types"]
        self.assertEqual((types["Q4_1"]["arithmetic"], types["Q4_1"]["fast_path"]), ("int8", True))
        self.assertEqual(types["F32"], {"tensors": 61, "matrices": 0})  # Norms.
        types = self.succeed("doctor", "--model", model_path(), "--isa", "reference")["model"]["weight_types"]
        self.assertEqual((types["Q4_1"]["arithmetic"], types["Q4_1"]["fast_path"]), ("float32", False))

    def test_the_number_of_threads_is_measured(self):
        cpu = self.succeed("doctor", "--model", model_path())["cpu"]
        measured = cpu.get("threads_measured")
        if measured is None:
            self.assertEqual((cpu["threads"], cpu["threads_reason"]), (1, "the process may use one core"))
            return
        self.assertIn(cpu["threads"], [cost["threads"] for cost in measured])
        self.assertEqual(measured[0]["threads"], 1)
        self.assertRegex(cpu["threads_reason"], r"^(chosen by measurement|one per core, as other programs disturbed the measurement); one token .* ms with 1 thread, .* ms with 2")
        for cost in measured:
            self.assertGreater(cost["pass_ms"], 0)
            self.assertGreater(cost["token_ms"], 0)

    def test_without_a_model_nothing_is_measured(self):
        cpu = self.succeed("doctor")["cpu"]
        self.assertNotIn("threads", cpu)
        self.assertRegex(cpu["threads_reason"], r"^chosen by measurement when a model is loaded, \d+ at most$")

    def test_loading_takes_little_more_memory_than_the_file(self):
        path = model_path(DEFAULT_MODEL)
        answer = self.succeed("doctor", "--model", path)
        self.assertEqual(answer["model"]["bytes"], path.stat().st_size)
        self.assertGreater(answer["memory"]["peak_bytes"], 0.5 * path.stat().st_size)
        self.assertLess(answer["memory"]["peak_bytes"], 1.3 * path.stat().st_size)

    def test_a_file_that_is_no_model_is_a_finding(self):
        self.write("no.gguf", "no model")
        model = self.succeed("doctor", "--model", "no.gguf")["model"]
        self.assertTrue(model["present"])
        self.assertFalse(model["usable"])
        self.assertIn("no.gguf", model["error"])

    def test_the_options_are_reported_as_the_reason(self):
        cpu = self.succeed("doctor", "--threads", 3, "--isa", "portable")["cpu"]
        self.assertEqual((cpu["threads"], cpu["threads_reason"]), (3, "asked for with --threads"))
        self.assertEqual((cpu["instruction_set"], cpu["instruction_set_reason"]),
                         ("portable", "asked for with --isa"))

    def test_the_table_is_aligned(self):
        result = self.run_program("doctor")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        labels = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
        width = len("instruction sets") + 2
        for line in labels:
            self.assertEqual(line[width - 2:width], "  ", line)


if __name__ == "__main__":
    unittest.main()
