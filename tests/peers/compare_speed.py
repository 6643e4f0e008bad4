#!/usr/bin/env python3
"""Compares the CPU backend's speed with llama.cpp's, the two taking turns on the same machine.

Each round lets both compute a prompt of the same length and decode the same number of tokens behind
it: 512 tokens for prefill, 16 for decoding at short context. Rounds begin with the one and the other
by turns, with a rest in between, in which threads that still spin go to sleep. Printed are medians
and, in brackets, the slowest and the fastest round.

Nothing else should run meanwhile: the last column is the share of the processor time that went to
others (everything but the two engines) and makes a row worthless where it is more than a few percent.

Needs llama-cpp-python, which builds llama.cpp for this machine's processor:

    python -m venv environment
    environment/bin/python -m pip install …      as ../oracle/requirements.txt says
    environment/bin/python compare_speed.py --probe build/release/speed_probe
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

import llama_cpp

MODELS = ["smollm2-135m-instruct-q4_1", "qwen2.5-coder-0.5b-instruct-q4_k_m"]
PREFILL_TOKENS = 512
DECODE_TOKENS = 64
SHORT_CONTEXT = 16
REST_SECONDS = 0.2


def default_models():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "nextline" / "models"


class Nextline:
    """speed_probe, which measures a round for each line that it reads."""

    def __init__(self, probe, model, threads, prefill, decode):
        self.process = subprocess.Popen(
            [probe, model, str(threads), str(prefill), str(decode)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def round(self):
        print(file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class LlamaCpp:
    def __init__(self, model, threads, prefill, decode):
        self.llama = llama_cpp.Llama(
            str(model), n_ctx=prefill + decode, n_batch=512, n_threads=threads, n_threads_batch=threads,
            verbose=False)
        tokens = [300 + i * 7919 % 5000 for i in range(prefill + decode)]
        self.prompt, self.continuation = tokens[:prefill], tokens[prefill:]

    def round(self):
        self.llama.reset()
        start = time.perf_counter()
        self.llama.eval(self.prompt)
        prefilled = time.perf_counter()
        for token in self.continuation:
            self.llama.eval([token])
        decoded = time.perf_counter()
        return {"prefill": len(self.prompt) / (prefilled - start),
                "decode": len(self.continuation) / (decoded - prefilled)}

    def close(self):
        self.llama.close()


def busy_seconds():
    """Processor time since the machine started, of all processes and of the hypervisor's other guests."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, interrupt, soft_interrupt, steal = map(int, stat.readline().split()[1:9])
    ticks = user + nice + system + interrupt + soft_interrupt + steal
    return ticks / os.sysconf("SC_CLK_TCK")


def own_seconds(probe):
    """Processor time of this process and of the probe."""
    with open(f"/proc/{probe.pid}/stat") as stat:
        user, system = map(int, stat.read().rsplit(")", 1)[1].split()[11:13])
    return time.process_time() + (user + system) / os.sysconf("SC_CLK_TCK")


def compare(what, probe, model, threads, prefill, decode, rounds):
    """Prints a row: `what` of the two rates, in tokens per second."""
    ours = Nextline(probe, model, threads, prefill, decode)
    theirs = LlamaCpp(model, threads, prefill, decode)
    rates = {ours: [], theirs: []}
    for engine in rates:
        engine.round()  # Warms caches and touches every page of the weights.
    busy, own, start = busy_seconds(), own_seconds(ours.process), time.perf_counter()
    for index in range(rounds):
        for engine in (ours, theirs) if index % 2 == 0 else (theirs, ours):
            time.sleep(REST_SECONDS)
            rates[engine].append(engine.round()[what])
    busy, own, wall = busy_seconds() - busy, own_seconds(ours.process) - own, time.perf_counter() - start
    ours.close()
    theirs.close()

    median = {engine: statistics.median(rates[engine]) for engine in rates}
    columns = [f"{median[engine]:7.1f} [{min(rates[engine]):.1f}, {max(rates[engine]):.1f}]" for engine in rates]
    others = max(0.0, busy - own) / (wall * os.cpu_count())
    ratio = median[ours] / median[theirs]
    print(f"{model.stem:36} {what:8} {columns[0]:26} {columns[1]:26} {ratio:5.2f} {others:7.0%}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True, help="the program speed_probe")
    parser.add_argument("--models", default=default_models(), type=pathlib.Path, help="where the models lie")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--rounds", default=7, type=int)
    arguments = parser.parse_args()

    print(f"{'tokens per second':36} {'':8} {'Nextline':26} {'llama.cpp':26} {'ratio':>5} {'others':>7}")
    for name in MODELS:
        model = arguments.models / f"{name}.gguf"
        compare("prefill", arguments.probe, model, arguments.threads, PREFILL_TOKENS, 1, arguments.rounds)
        compare("decode", arguments.probe, model, arguments.threads, SHORT_CONTEXT, DECODE_TOKENS, arguments.rounds)


if __name__ == "__main__":
    main()
