"""The library links cuBLAS and loads without a driver; the program is free of CUDA."""

import ctypes
import ctypes.util
import pathlib
import re
import subprocess
import tempfile
import unittest

from tests.cuda_build import LIBRARY, PROGRAM
from tests.integration.nextline import NextlineTestCase, model_path

HAS_DRIVER = ctypes.util.find_library("cuda") is not None


def needed_by(file):
    """The shared libraries that a file is linked with."""
    dynamic = subprocess.run(["readelf", "--dynamic", "--wide", file], check=True, capture_output=True, text=True)
    return re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic.stdout)


class LibraryTest(unittest.TestCase):
    def test_it_links_cublas_and_has_the_runtime_within(self):
        needed = needed_by(LIBRARY)
        self.assertIn("libcublas.so.13", needed)
        self.assertFalse([name for name in needed if name.startswith(("libcudart", "libcuda."))], needed)

    def test_it_exports_one_function(self):
        symbols = subprocess.run(["nm", "--dynamic", "--defined-only", LIBRARY], check=True, capture_output=True, text=True)
        self.assertEqual([line.split()[-1] for line in symbols.stdout.splitlines()], ["nextline_cuda_interface"])

    def test_it_loads_without_a_driver(self):
        function = ctypes.CDLL(str(LIBRARY)).nextline_cuda_interface
        function.restype = ctypes.c_void_p
        self.assertIsNotNone(function())


class ProgramTest(NextlineTestCase):
    binary = PROGRAM

    def setUp(self):
        super().setUp()
        self.write("a.py", "import os\n\n")

    def complete(self, *arguments):
        return ["complete", "a.py:2:1", "--max-tokens", 2, "--model", model_path(), *arguments]

    def test_it_is_free_of_cuda(self):
        linked = subprocess.run(["ldd", PROGRAM], check=True, capture_output=True, text=True).stdout
        self.assertNotRegex(linked, r"(?i)cuda|cublas|nvidia")
        self.assertEqual([name for name in needed_by(PROGRAM) if re.search("cuda|cublas|nv", name)], [])

    @unittest.skipIf(HAS_DRIVER, "there is a driver")
    def test_without_a_driver_a_cuda_device_is_refused(self):
        self.assert_fails(self.complete("--device", "cuda:0"),
                          "There is no NVIDIA driver on this machine, so no CUDA device can be used.")

    @unittest.skipIf(HAS_DRIVER, "there is a driver")
    def test_without_a_driver_auto_computes_on_the_cpu_and_says_so_once(self):
        result = self.run_program(*self.complete("--device", "auto"))
        self.assertEqual(result.returncode, 0, result.stderr)
        said = [line for line in result.stderr.splitlines() if line.startswith("nextline: ")]
        self.assertEqual(said, ["nextline: The CPU computes: There is no NVIDIA driver on this machine, so no CUDA device can be used."])

    @unittest.skipIf(HAS_DRIVER, "there is a driver")
    def test_a_driver_that_does_not_work_is_told_in_a_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["g++", "-shared", "-x", "c++", "/dev/null", "-o", pathlib.Path(folder) / "libcuda.so.1"], check=True)
            self.environment["LD_LIBRARY_PATH"] = folder
            self.assert_fails(self.complete("--device", "cuda:0"), r"[A-Z][^.]*(CUDA|driver)[^.]*\.$")
            self.assertEqual(self.run_program(*self.complete()).returncode, 0)


if __name__ == "__main__":
    unittest.main()
