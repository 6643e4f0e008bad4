"""`nextline doctor`"""

import unittest

from tests.integration.nextline import NextlineTestCase, model_path


class DoctorTest(NextlineTestCase):
    def test_a_machine_without_a_model_is_described(self):
        answer = self.succeed("doctor")
        self.assertEqual(set(answer), {"version", "cpu", "memory", "power", "devices", "cache",
                                       "model"})
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
        self.assertEqual(model["weight_types"]["Q4_1"]["arithmetic"], "int8")
        self.assertTrue(model["shift_check"]["passes"])
        self.assertLess(model["shift_check"]["kl"], 0.01)

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
