"""Runs the test modules of a folder, two at a time, each in a process of its own: most of the time, they wait.

    python3 -m tests.side_by_side FOLDER [--jobs N]

What a module printed comes in one piece when it has ended. The status is 1 where one has failed.
"""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


def modules(folder):
    """The longest files first, so that none of them is left over for the end."""
    files = sorted((REPOSITORY / folder).glob("*_test.py"), key=lambda path: -path.stat().st_size)
    return [".".join(path.relative_to(REPOSITORY).with_suffix("").parts) for path in files]


def run(module):
    """Whether a module's tests have passed."""
    started = time.monotonic()
    process = subprocess.run([sys.executable, "-m", "unittest", module], cwd=REPOSITORY, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    print(f"{module}, {time.monotonic() - started:.0f} s\n{process.stdout}", flush=True)
    return process.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    found = modules(arguments.folder)
    if not found:
        sys.exit(f"There are no tests in '{arguments.folder}'.")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        passed = list(pool.map(run, found))
    print(f"{sum(passed)} of {len(found)} modules passed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
