"""The archive that scripts/release has made, unpacked once for all tests."""

import pathlib
import shutil
import tarfile
import tempfile
import unittest

from tests.integration.nextline import REPOSITORY

OUTPUT = REPOSITORY / "build/release-archive"


def archive_path():
    archives = sorted(OUTPUT.glob("nextline-*-linux-x64.tar.gz"))
    if len(archives) != 1:
        raise AssertionError(f"These tests need the archive: scripts/release makes it in {OUTPUT}")
    return archives[0]


class ArchiveTestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.archive = archive_path()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nextline-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        with tarfile.open(cls.archive) as archive:
            cls.entries = archive.getmembers()
            archive.extractall(cls.folder, filter="data")
        cls.unpacked = cls.folder / cls.archive.name.removesuffix(".tar.gz")

    def files(self):
        return sorted(str(path.relative_to(self.unpacked)) for path in self.unpacked.rglob("*") if path.is_file())
