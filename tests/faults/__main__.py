"""Refuses the server what it asks the system for, one call after the other, and kills it.

    python3 -m tests.faults [--long] [--journal FILE] [--jobs N] [PART...]

Parts are `sites`, `ways` (over sockets), `kills` and `circumstances`; all by default. In the short run the
first calls of sites of the kinds that matter most fail, from all over the program, and ten processes are
killed. In the long one each site of every kind fails, in each way, at its first call and at a later one, and
two hundred processes are killed. What has passed is kept in the journal, and not done again: it belongs to one
program.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from tests.faults import circumstances, fault_library, kills, ways
from tests.faults.checks import Bench
from tests.faults.fault_library import KINDS, Fault
from tests.integration.nextline import BINARY, model_path

# Of the short run: how many sites of each kind at most.
SHORT = {"memory": 14, "write": 6, "rename": 3, "thread": 8, "map": 2, "read": 6, "list": 3, "events": 2}
SHORT_WAYS = 3  # Sites of each way over sockets.
SHORT_KILLS, LONG_KILLS = 10, 200
SHORT_CIRCUMSTANCES = [circumstances.full_disk, circumstances.no_memory_for_large_blocks,
                       circumstances.read_only_home, circumstances.jumping_clock, circumstances.two_servers]


class Journal:
    """What has passed, a line of JSON each: only of this program."""

    def __init__(self, path):
        self.path = path
        self.program = hashlib.sha256(BINARY.read_bytes()).hexdigest()[:16]
        self.passed = set()
        if path and path.exists():
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            self.passed = {line["name"] for line in lines if line["program"] == self.program}

    def add(self, name):
        if self.path:
            with self.path.open("a") as file:
                file.write(json.dumps({"program": self.program, "name": name}) + "\n")


def spread(sites, most):
    """So many of the sites, from all over the program: one of each function before a second of any."""
    by_caller = collections.defaultdict(list)
    for site in sites:
        by_caller[tuple(fault_library.callers(site)[:2])].append(site)
    rounds = itertools.chain.from_iterable(itertools.zip_longest(*by_caller.values()))
    return [site for site in rounds if site][:most]


def faults_of(sites, is_long):
    for kind in KINDS:
        of_kind = [site for site in sites if site.kind == kind]
        if not is_long:
            for site in spread(of_kind, SHORT.get(kind, 0)):
                yield site, Fault(kind, site.hash, KINDS[kind][0])
            continue
        for site in of_kind:
            for how in KINDS[kind]:
                yield site, Fault(kind, site.hash, how)
            if site.calls > 1:
                yield site, Fault(kind, site.hash, KINDS[kind][0], (site.calls + 2) // 2)


def works_of(bench, arguments):
    """Everything that is to be done: a group, a name, and a function of the name of a workplace."""
    sites = list(bench.sites.values())
    if "sites" in arguments.parts:
        for site, fault in faults_of(sites, arguments.long):
            if arguments.kind and site.kind not in arguments.kind:
                continue
            yield site.kind, f"{fault}  {fault_library.describe(site)}", (
                lambda place, fault=fault: bench.refuse(fault, place))
    for way in ways.ALL if "ways" in arguments.parts else []:
        sites_of_way = ways.find_sites(bench, way)
        most = len(sites_of_way) if arguments.long else SHORT_WAYS
        for site in spread(sites_of_way, most):
            for how in KINDS[site.kind] if arguments.long else KINDS[site.kind][:1]:
                fault = Fault(site.kind, site.hash, how)
                yield way.__name__, f"{way.__name__}: {fault}  {fault_library.describe(site)}", (
                    lambda place, way=way, fault=fault: way(bench, place, fault))
    if "kills" in arguments.parts:
        for number in range(LONG_KILLS if arguments.long else SHORT_KILLS):
            yield "kill", f"kill {number}", lambda place, number=number: kills.kill_number(bench, number, place)
        changing = [site for site in sites if site.kind in ("write", "sync", "rename", "remove")]
        for site in changing if arguments.long else spread(changing, SHORT_KILLS // 2):
            for call in {1, site.calls} if arguments.long else {site.calls}:
                name = f"kill at {site.kind} {site.hash:016x} {call}  {fault_library.describe(site)}"
                yield "kill at a call", name, (
                    lambda place, site=site, call=call: kills.kill_at(bench, place, site, call))
    if "circumstances" in arguments.parts:
        for circumstance in circumstances.ALL if arguments.long else SHORT_CIRCUMSTANCES:
            yield "circumstance", circumstance.__name__, (
                lambda place, circumstance=circumstance: circumstance(bench, place))


def random_model(folder):
    """A small model with the tokens of a real one."""
    path = folder / "random.gguf"
    subprocess.run([BINARY.parent / "random_model", path, model_path()], check=True)
    return path


def run(arguments, folder):
    bench = Bench(folder, random_model(folder))
    bench.find_sites()
    journal = Journal(arguments.journal)
    works = [work for work in works_of(bench, arguments) if work[1] not in journal.passed]
    places = [f"workplace {number}" for number in range(arguments.jobs)]
    table = collections.Counter()
    broken = []

    def do(number_and_work):
        number, (group, name, function) = number_and_work
        place = places.pop()
        began = time.monotonic()
        try:
            outcome = function(place)
            journal.add(name)
            return group, name, outcome.what, outcome.said, time.monotonic() - began
        except AssertionError as error:
            if arguments.keep:
                shutil.copytree(folder / place, arguments.keep / str(number), symlinks=True, dirs_exist_ok=True)
            return group, name, "BROKEN", f"{type(error).__name__}: {error}", time.monotonic() - began
        finally:
            places.append(place)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as threads:
        for group, name, what, said, took in threads.map(do, enumerate(works)):
            table[group, what] += 1
            if what == "BROKEN":
                broken.append(name)
            if arguments.verbose or what == "BROKEN":
                print(f"{what:22} {name}  [{took:.1f} s]\n    {said[:1500]}", flush=True)
    counts = collections.Counter(site.kind for site in bench.sites.values())
    print("\nsites of each kind: " + ", ".join(f"{kind} {counts[kind]}" for kind in KINDS if counts[kind]))
    for (group, what), count in sorted(table.items()):
        print(f"{group:15} {what:22} {count:4}")
    # A fault that is never met tests nothing.
    reached = sum(count for (_, what), count in table.items() if what != "not reached")
    if reached * 2 < len(works):
        broken.append(f"only {reached} of {len(works)} were reached")
    print(f"\n{len(works) - len(broken)} of {len(works)} as they should be; {len(journal.passed)} had passed before.")
    return 1 if broken else 0


def main():
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--journal", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kind", action="append", help="only sites of this kind")
    parser.add_argument("--keep", type=pathlib.Path, help="where the folders of what went wrong are kept")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("parts", nargs="*", default=["sites", "ways", "kills", "circumstances"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nextline-faults-") as folder:
        return run(arguments, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
