"""`--device`, with CUDA backends that need no CUDA (tests/support/stand_in_cuda)"""

import os
import pathlib
import shutil
import unittest

from tests.integration.nextline import BINARY, NextlineTestCase, model_path
from tests.integration.served import ServedTestCase

STAND_INS = BINARY.parent / "stand_in_cuda"


class DeviceTestCase(NextlineTestCase):
    """Runs a copy of the program in a folder of its own."""

    def setUp(self):
        super().setUp()
        program = self.folder / "program"
        program.mkdir()
        self.binary = pathlib.Path(shutil.copy(BINARY, program))
        self.write("a.py", "import os\n\n")
        self.environment["LD_LIBRARY_PATH"] = str(STAND_INS / "driver")

    def put_backend(self, name):
        os.symlink(STAND_INS / name / "libnextline_cuda.so", self.binary.parent / "libnextline_cuda.so")

    def complete(self, *arguments):
        return ["complete", "a.py:2:1", "--max-tokens", 2, "--model", model_path(), *arguments]

    def devices(self, *arguments):
        rows = self.succeed("doctor", "--model", model_path(), *arguments)["devices"]
        return {row["device"]: row for row in rows}


class WithoutBackendTest(DeviceTestCase):
    def test_auto_computes_on_the_cpu_and_says_nothing(self):
        result = self.run_program(*self.complete("--device", "auto"))
        self.assertEqual(result.returncode, 0)
        self.assertNotIn("CUDA", result.stderr)

    def test_cuda_is_refused(self):
        self.assert_fails(self.complete("--device", "cuda:0"), "This build has no CUDA backend")

    def test_doctor_says_how_to_get_one(self):
        devices = self.devices()
        self.assertTrue(devices["cpu"]["chosen"])
        self.assertEqual(devices["cuda"], {"device": "cuda", "chosen": False, "reason": "This build has no CUDA backend; 'make cuda' builds one."})


class UnusableBackendTest(DeviceTestCase):
    def assert_unusable(self, sentence):
        self.assert_fails(self.complete("--device", "cuda:0"), sentence)
        result = self.run_program(*self.complete())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "nextline: The CPU computes: " + sentence)
        self.assertEqual(self.run_program(*self.complete("--device", "cpu")).stderr.count("nextline: "), 0)
        devices = self.devices()
        self.assertTrue(devices["cpu"]["chosen"])
        self.assertRegex(devices["cuda"]["reason"], sentence)

    def test_of_another_build(self):
        self.put_backend("another_build")
        self.assert_unusable("The CUDA backend .* is of another build than this program")

    def test_no_library(self):
        (self.binary.parent / "libnextline_cuda.so").write_text("no library")
        self.assert_unusable("The CUDA backend .* cannot be loaded")


class DevicesTest(DeviceTestCase):
    def setUp(self):
        super().setUp()
        self.put_backend("devices")

    def test_auto_takes_the_one_with_the_most_memory_that_works(self):
        devices = self.devices()
        chosen = [name for name, row in devices.items() if row["chosen"]]
        self.assertEqual(chosen, ["cuda:3"])
        self.assertEqual(devices["cuda:3"]["reason"], "the CUDA device with the most free memory")
        self.assertEqual((devices["cuda:3"]["name"], devices["cuda:3"]["compute_capability"]), ("Sound", "8.0"))
        self.assertIn("compute capability 7.5", devices["cuda:0"]["reason"])
        self.assertIn("0.5 GB of free memory", devices["cuda:1"]["reason"])
        self.assertEqual(self.run_program(*self.complete()).stderr.count("nextline: "), 0)

    def test_the_cpu_computes_where_it_is_asked_for(self):
        for arguments, reason in [(("--device", "cpu"), "asked for with --device"),
                                  (("--isa", "portable"), "asked for with --isa")]:
            with self.subTest(reason):
                cpu = self.devices(*arguments)["cpu"]
                self.assertEqual((cpu["chosen"], cpu["reason"]), (True, reason))

    def test_a_device_that_is_asked_for_computes(self):
        answer = self.succeed(*self.complete("--device", "cuda:3"))
        self.assertEqual(answer["tokens"]["generated"], 2)
        self.assertEqual(self.devices("--device", "cuda:3")["cuda:3"]["reason"], "asked for with --device")

    def test_a_device_that_cannot_be_used_is_refused(self):
        for device, sentence in [("cuda:0", r"cuda:0 \(Old\) has compute capability 7.5"),
                                 ("cuda:1", r"cuda:1 \(Full\) has 0.5 GB of free memory.* 0.7 GB are missing"),
                                 ("cuda:2", r"cuda:2 \(Broken\) does not answer"),
                                 ("cuda:5", "There is no device cuda:5 on this machine")]:
            with self.subTest(device):
                self.assert_fails(self.complete("--device", device), sentence)

    def test_an_instruction_set_does_not_go_with_it(self):
        self.assert_fails(self.complete("--device", "cuda:3", "--isa", "avx2"), "cannot go with --device cuda:3")

    def test_without_a_driver_it_is_not_loaded(self):
        self.environment.pop("LD_LIBRARY_PATH")
        if "no CUDA device" in self.devices()["cpu"]["reason"]:
            self.assertEqual(self.devices()["cuda"]["reason"], "There is no NVIDIA driver on this machine, so no CUDA device can be used.")


class FailingDeviceTest(DeviceTestCase, ServedTestCase):
    def test_the_cpu_goes_on_and_it_is_said_once(self):
        self.put_backend("devices")
        client = self.serve_initialized("--device", "cuda:4")
        for number in range(3):
            self.assert_completes(client, f"{number}.py")
        shown = [message["params"] for message in client.received if message.get("method") == "window/showMessage"]
        sentence = "The test's device has failed. Completions are computed on the CPU until the model is loaded again."
        self.assertEqual(shown, [{"type": 2, "message": sentence}])
        self.assertEqual(self.logged(client).count(sentence), 1)


if __name__ == "__main__":
    unittest.main()
