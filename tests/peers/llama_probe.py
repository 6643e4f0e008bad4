"""Measures llama.cpp as speed_probe.cc measures Nextline: a measurement per line on standard input.

    llama_probe.py MODEL THREADS CONTEXT on|off      (the last: flash attention)

The measurements, and the JSON line that each prints, are those of speed_probe.cc.
"""

import json
import sys
import time

import llama_cpp
import numpy

BATCH = 512
ROOM = 64  # Tokens behind the longest context: rows that are tried, tokens that are decoded.


class Probe:
    def __init__(self, path, threads, context, flash_attention):
        model_parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), model_parameters)
        if not self.model:
            raise SystemExit(f"llama.cpp cannot load {path}.")
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = context + ROOM
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.type_k = parameters.type_v = llama_cpp.GGML_TYPE_F16
        parameters.flash_attn_type = (llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash_attention
                                      else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED)
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise SystemExit(f"llama.cpp cannot make a context of {context} tokens.")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.batch = llama_cpp.llama_batch_init(BATCH, 0, 1)
        self.length = 0

    def shorten(self, length):
        memory = llama_cpp.llama_get_memory(self.context)
        if not llama_cpp.llama_memory_seq_rm(memory, 0, length, -1):
            raise SystemExit("llama.cpp cannot remove the last tokens.")
        self.length = min(self.length, length)

    def decode(self, count, asking):
        """A pass over so many tokens behind the sequence; the last `asking` of them want logits."""
        batch = self.batch
        batch.n_tokens = count
        for row in range(count):
            batch.token[row] = 300 + (self.length + row) * 7919 % 5000
            batch.pos[row] = self.length + row
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = 0
            batch.logits[row] = row >= count - asking
        if llama_cpp.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama.cpp cannot compute a pass.")
        self.length += count
        for row in range(count - asking, count):
            logits = llama_cpp.llama_get_logits_ith(self.context, row)
            numpy.ctypeslib.as_array(logits, (self.vocabulary,)).argmax()

    def append(self, count):
        while count > 0:
            rows = min(count, BATCH)
            self.decode(rows, asking=1 if rows == count else 0)
            count -= rows

    def build_up(self, context):
        """Makes the sequence so long; what is there already stays."""
        self.shorten(context)
        self.append(context - self.length)

    def prefill(self, context):
        self.shorten(0)
        start = time.perf_counter()
        self.append(context)
        return time.perf_counter() - start

    def decode_tokens(self, context, count):
        self.build_up(context)
        start = time.perf_counter()
        for _ in range(count):
            self.append(1)
        seconds = time.perf_counter() - start
        self.shorten(context)
        return seconds

    def rows(self, context, count, passes):
        self.build_up(context)
        start = time.perf_counter()
        for _ in range(passes):
            self.decode(count, asking=count)
            self.shorten(context)
        return time.perf_counter() - start

    def measure(self, line):
        name, *numbers = line.split()
        measurements = {"prefill": self.prefill, "decode": self.decode_tokens, "rows": self.rows}
        return measurements[name](*map(int, numbers))


def main():
    path, threads, context, flash_attention = sys.argv[1:]
    llama_cpp.llama_log_set(silent, None)
    llama_cpp.llama_backend_init()
    probe = Probe(path, int(threads), int(context), flash_attention == "on")
    for line in sys.stdin:
        print(json.dumps({"seconds": probe.measure(line)}), flush=True)


@llama_cpp.llama_log_callback
def silent(level, text, user_data):
    """llama.cpp tells much while it loads."""


if __name__ == "__main__":
    main()
