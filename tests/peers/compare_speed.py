#!/usr/bin/env python3
"""Compares the CPU backend's speed with llama.cpp's, the engines taking turns on the same machine.

    make peers                                   all models that are there; most of an hour
    scripts/peers --quick --models NAME          fewer rounds, one model

Measured are prompts of 512 and 2,048 tokens; decoding behind 16 and 8,192 tokens; and passes over 1
to 16 rows behind as many, with logits for each row, as a draft is verified. What stands behind the
context is taken off again after each measurement. Each engine is a process of its own that answers
the lines of speed_probe.cc; both keep keys and values in half precision and have the same number of
threads. Nextline computes a prompt in the passes that a session uses.

llama.cpp has batches of 512 tokens, as many threads for prompts as for single tokens, and logits for
the last token only of a prompt. It runs twice, with and without flash attention, and the one with
the better median counts; the column `flash` names it. scripts/peers says how it is built.

In each round every engine measures once, and each begins in its turn. Before each measurement is a
rest in which threads that still spin go to sleep. OpenMP's waiting is left as it is, since it is
llama.cpp's own speed; instead it is checked what an engine does in another's turn: the last line
tells the highest share of a processor that a waiting engine used.

Printed are medians and, in brackets, the slowest and the fastest round. Nothing else should run
meanwhile: the last column is the share of all processor time that went to others and makes a row
worthless where it is more than a few percent.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
MODELS = ["qwen2.5-coder-0.5b-instruct-q4_k_m", "smollm2-135m-instruct-q4_1",
          "qwen2.5-coder-1.5b-instruct-q4_k_m"]
SHORT, LONG = 16, 8192
ROW_COUNTS = [1, 2, 4, 8, 16]
DECODED_TOKENS = 32
PASSES = 5
ROUNDS, QUICK_ROUNDS = 7, 3
REST_SECONDS = 0.2


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    line: str  # As the probes read it.
    unit: str
    amount: float  # Of what is counted per measurement.

    def value(self, seconds):
        """Tokens per second, or milliseconds of a pass."""
        return self.amount / seconds if self.unit == "token/s" else 1e3 * seconds / self.amount

    def ratio(self, ours, theirs):
        """How many times as fast we are."""
        return ours / theirs if self.unit == "token/s" else theirs / ours


def prefill(context):
    return Case(f"prefill {context}", f"prefill {context}", "token/s", context)


def behind(context, row_counts):
    yield Case(f"decode at {context}", f"decode {context} {DECODED_TOKENS}", "token/s", DECODED_TOKENS)
    for count in row_counts:
        name = f"{count} row{'s' if count > 1 else ''} at {context}"
        yield Case(name, f"rows {context} {count} {PASSES}", "ms", PASSES)


# Each with the context that its engines are made for: one that is longer than it need be could slow
# them down.
GROUPS = [(2048, [prefill(512), prefill(2048), *behind(SHORT, ROW_COUNTS)]),
          (LONG, [*behind(LONG, ROW_COUNTS)])]


class Engine:
    """A process that does a measurement for each line that it reads."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def measure(self, case):
        self.process.stdin.write(case.line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended when it was asked for '{case.line}'.")
        return json.loads(answer)["seconds"]

    def processor_seconds(self):
        """That all its threads have used."""
        nanoseconds = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            nanoseconds += int((task / "schedstat").read_text().split()[0])
        return nanoseconds / 1e9

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def busy_seconds():
    """Processor time since the machine started, of all processes and of the hypervisor's other guests."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, interrupt, soft_interrupt, steal = map(int, stat.readline().split()[1:9])
    ticks = user + nice + system + interrupt + soft_interrupt + steal
    return ticks / os.sysconf("SC_CLK_TCK")


class Turns:
    """Lets engines measure one after the other, and watches the others meanwhile."""

    def __init__(self, engines):
        self.engines = engines
        self.highest_idle_share = 0  # Of one processor, by an engine that waited for its turn.

    def measure(self, case, rounds):
        """The values of each engine, and the share of the processor time that went to others."""
        for engine in self.engines:  # Builds the context up, warms caches, touches every page.
            engine.measure(case)
        values = {engine: [] for engine in self.engines}
        start, busy, own = time.perf_counter(), busy_seconds(), self._own_seconds()
        for index in range(rounds):
            first = index % len(self.engines)
            for engine in self.engines[first:] + self.engines[:first]:
                time.sleep(REST_SECONDS)
                values[engine].append(case.value(self._watched(engine, case)))
        wall = time.perf_counter() - start
        others = busy_seconds() - busy - (self._own_seconds() - own)
        return values, max(0.0, others) / (wall * os.cpu_count())

    def _watched(self, engine, case):
        waiting = [other for other in self.engines if other is not engine]
        before, start = [other.processor_seconds() for other in waiting], time.perf_counter()
        seconds = engine.measure(case)
        wall = time.perf_counter() - start
        for other, used in zip(waiting, before):
            self.highest_idle_share = max(self.highest_idle_share, (other.processor_seconds() - used) / wall)
        return seconds

    def _own_seconds(self):
        return time.process_time() + sum(engine.processor_seconds() for engine in self.engines)


def figure(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def column(values):
    return f"{figure(statistics.median(values)):>6} [{figure(min(values))}, {figure(max(values))}]"


def compare(case, model, turns, rounds):
    """Prints a row and returns it as an object."""
    values, others = turns.measure(case, rounds)
    ours, *variants = turns.engines
    medians = {engine: statistics.median(values[engine]) for engine in turns.engines}
    theirs = max(variants, key=lambda engine: -case.ratio(medians[ours], medians[engine]))
    ratio = case.ratio(medians[ours], medians[theirs])
    print(f"{case.name:16} {case.unit:8} {column(values[ours]):22} {column(values[theirs]):22} {theirs.name:5} "
          f"{ratio:5.2f} {others:7.0%}", flush=True)
    return {"model": model, "case": case.name, "unit": case.unit, "nextline": values[ours],
            "llama_cpp": {engine.name: values[engine] for engine in variants}, "flash": theirs.name,
            "ratio": ratio, "others": others}


def compare_group(model, context, cases, arguments):
    peer = [arguments.llama_python, HERE / "llama_probe.py", model, arguments.threads, context]
    engines = [Engine("nextline", [arguments.probe, model, arguments.threads, context]),
               Engine("on", [*peer, "on"]), Engine("off", [*peer, "off"])]
    turns = Turns(engines)
    try:
        return [compare(case, model.stem, turns, arguments.rounds) for case in cases], turns.highest_idle_share
    finally:
        for engine in engines:
            engine.close()


def default_models():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "nextline" / "models"


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True, help="the program speed_probe")
    parser.add_argument("--llama-python", default=sys.executable, help="an interpreter that has llama-cpp-python")
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="NAME", help="those of them that are there")
    parser.add_argument("--folder", default=default_models(), type=pathlib.Path, help="where the models lie")
    parser.add_argument("--threads", default=os.cpu_count(), type=int)
    parser.add_argument("--rounds", type=int, help=f"figures are medians of so many ({ROUNDS})")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    parser.add_argument("--cases", metavar="TEXT", default="", help="only those whose name has this in it")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round there, too")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    return arguments


def main():
    arguments = read_arguments()
    models = [arguments.folder / f"{name}.gguf" for name in arguments.models]
    for missing in [model for model in models if not model.exists()]:
        print(f"{missing.stem} is left out, for it is not there: nextline models fetch {missing.stem}", file=sys.stderr)
    rows, highest_idle_share = [], 0
    for model in [model for model in models if model.exists()]:
        print(f"\n{model.stem}, {arguments.threads} threads, medians of {arguments.rounds}\n"
              f"{'':16} {'':8} {'Nextline':>8} {'':13} {'llama.cpp':>9} {'':12} {'flash':5} {'ratio':>5} {'others':>7}")
        for context, cases in GROUPS:
            wanted = [case for case in cases if arguments.cases in case.name]
            if not wanted:
                continue
            found, idle_share = compare_group(model, context, wanted, arguments)
            rows += found
            highest_idle_share = max(highest_idle_share, idle_share)
    print(f"\nAn engine that waited for its turn used {highest_idle_share:.1%} of a processor at most.")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(
            json.dumps({"threads": arguments.threads, "rounds": arguments.rounds, "rows": rows,
                        "highest_idle_share": highest_idle_share}, indent=1) + "\n")


if __name__ == "__main__":
    main()
