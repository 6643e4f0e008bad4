"""Emacs with Eglot edits, completes and saves, with the lines of docs/editors/emacs.md in its init file."""

import fcntl
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import termios
import threading
import time
import unittest

from tests.editors.oracle import PATIENCE, SOURCE, complete
from tests.integration.nextline import BINARY, REPOSITORY, model_path

EMACS = shutil.which("emacs")
EGLOT = pathlib.Path("/usr/share/emacs/site-lisp/elpa-src/eglot-1.9")  # Debian's package elpa-eglot.

# Nothing is compiled beside the tests. There is a file as soon as there is a server, and another one has what
# the buffer has: a key that saves would end the wait for an answer.
PREAMBLE = """
(setq make-backup-files nil auto-save-default nil create-lockfiles nil inhibit-startup-screen t
      native-comp-deferred-compilation nil native-comp-async-report-warnings-errors nil)
(add-hook 'eglot-managed-mode-hook (lambda () (write-region "" nil "{ready}")))
(run-with-timer 0.05 0.05 (lambda ()
  (with-current-buffer (get-file-buffer "{path}")
    (write-region (point-min) (point-max) "{seen}" nil 'silent))))
"""
PROGRAM = """#!/bin/sh
exec '{binary}' "$@" --no-share --model '{model}' --reuse prefix --least-confidence 0 --snapshots off
"""


def configuration():
    """The lines that the page has its readers write."""
    page = (REPOSITORY / "docs/editors/emacs.md").read_text()
    return re.search(r"^```elisp\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[1]


@unittest.skipUnless(EMACS and EGLOT.exists(), "Emacs and Eglot are not installed: scripts/bootstrap editors")
class EmacsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nextline-test-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        program = self.folder / "bin/nextline"
        program.parent.mkdir()
        program.write_text(PROGRAM.format(binary=BINARY, model=model_path()))
        program.chmod(0o755)
        self.path, self.ready, self.seen = (self.folder / name for name in ("größe.py", "ready", "seen"))
        (self.folder / "init.el").write_text(
            PREAMBLE.format(ready=self.ready, path=self.path, seen=self.seen) + configuration())

    def open(self, text):
        """Emacs with the text in a file, as soon as it has a server for it."""
        self.path.write_text(text)
        self.terminal, end = pty.openpty()
        termios.tcsetwinsize(end, (30, 100))
        environment = {**os.environ, "HOME": str(self.folder), "TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                       "XDG_CACHE_HOME": str(self.folder), "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        process = subprocess.Popen([EMACS, "-nw", "-q", "-l", self.folder / "init.el", self.path], env=environment,
                                   stdin=end, stdout=end, stderr=end, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(end)
        self.addCleanup(os.close, self.terminal)
        self.addCleanup(process.wait)
        self.addCleanup(os.killpg, process.pid, signal.SIGKILL)
        threading.Thread(target=self.read_screen, daemon=True).start()
        self.wait_until(self.ready.exists, "Eglot does not start the server.")

    def read_screen(self):
        """Emacs waits for a terminal that takes nothing."""
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:
            pass

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def wait_until(self, condition, message):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, message)
            time.sleep(0.02)

    def assert_completed(self, line):
        """The line is typed at the end and completed, and the file saved."""
        expected = SOURCE + line + complete(SOURCE + line, len(SOURCE + line))["text"]
        self.open(SOURCE)
        self.press("\033>" + line + "\033\t")  # M->, C-M-i
        self.wait_until(lambda: self.seen.read_text() == expected, f"The buffer has not become {expected!r}.")
        self.press("\030\023")  # C-x C-s
        self.wait_until(lambda: self.path.read_text().rstrip("\n") == expected.rstrip("\n"), "It is not saved.")

    def test_the_rest_of_a_line(self):
        self.assert_completed("    return a")

    def test_several_lines(self):
        self.assert_completed("    return a * b")


if __name__ == "__main__":
    unittest.main()
