"""Every kernel is compiled for every target, and keeps in registers what it computes with."""

import collections
import re
import struct
import subprocess
import unittest

from tests.cuda_build import LIBRARY, REPORTS, SOURCES

TARGETS = ("sm_80", "sm_89", "sm_90")
SPILLED_BYTES = 0  # At most, of a kernel.

ENTRY = re.compile(
    r"Compiling entry function '(?P<kernel>\w+)' for '(?P<target>\w+)'\n"
    r"ptxas info    : Function properties for \w+\n"
    r" +(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, (?P<loads>\d+) bytes spill loads\n"
    r"ptxas info    : Used (?P<registers>\d+) registers")

FAT_BINARY = struct.pack("<I", 0xBA55ED50)
KINDS = {1: "compute", 2: "sm"}  # PTX, machine code.


def entries():
    """What ptxas reports of each kernel and target."""
    for report in sorted(REPORTS.glob("*.ptxas")):
        if not (SOURCES / report.with_suffix(".cu").name).exists():
            continue  # Of a source that is gone.
        for entry in ENTRY.finditer(report.read_text()):
            yield entry.groupdict()


def title_of(entry):
    """The kernel as it is written, and its target."""
    written = subprocess.run(["c++filt", entry["kernel"]], check=True, capture_output=True, text=True).stdout
    return f"{written.strip()} for {entry['target']}"


def images(content):
    """The kind and architecture of each image of device code in an ELF file, as "sm_80"."""
    at = content.find(FAT_BINARY)
    while at >= 0:
        header, size = struct.unpack_from("<H", content, at + 6)[0], struct.unpack_from("<Q", content, at + 8)[0]
        image = at + header
        while image < at + header + size:
            kind, _, image_header, image_size = struct.unpack_from("<HHIQ", content, image)
            if kind not in KINDS:
                break
            architecture = struct.unpack_from("<I", content, image + 28)[0]
            yield f"{KINDS[kind]}_{architecture}"
            image += image_header + image_size
        at = content.find(FAT_BINARY, at + 4)


class KernelsTest(unittest.TestCase):
    def test_each_is_compiled_for_each_target(self):
        targets = collections.defaultdict(set)
        for entry in entries():
            targets[entry["kernel"]].add(entry["target"])
        self.assertGreater(len(targets), 0)
        for kernel, compiled_for in targets.items():
            self.assertEqual(compiled_for, set(TARGETS), kernel)

    def test_each_file_of_them_has_machine_code_and_ptx(self):
        found = collections.Counter(images(LIBRARY.read_bytes()))
        self.assertEqual(set(found), {*TARGETS, "compute_90"})
        self.assertEqual(len(set(found.values())), 1, found)

    def test_none_spills_registers(self):
        for entry in entries():
            spilled = max(int(entry["stores"]), int(entry["loads"]))
            if spilled > SPILLED_BYTES:
                with self.subTest(title_of(entry)):
                    self.fail(f"spills {spilled} bytes with {entry['registers']} registers")


if __name__ == "__main__":
    unittest.main()
