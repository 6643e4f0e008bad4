#!/usr/bin/env python3
"""Computes the tables of docs/cuda.md: what the CUDA backend takes at the least, on which device.

    docs/cuda_roofline.py

Counts what the kernels read, write and multiply (docs/cuda.md says what), and divides by what the
devices' data sheets promise. Nothing is measured here; tests/gpu/run measures.
"""

import dataclasses

TOKENS = 8192
PASS_ROWS = 2048  # Of a prompt.
TILE_ROWS = 128  # That cuBLAS multiplies at once.
LINE_TOKENS = 12
LINE_ROWS = LINE_TOKENS + 1  # The last token is computed again, for its logits.


@dataclasses.dataclass
class Device:
    name: str
    bytes_per_s: float  # Of memory.
    half_flops: float  # Of dense products of halves on the tensor cores, summed in float32.
    float_flops: float  # Of float32, a fused multiply-add being two.


DEVICES = [
    Device("H100", 3350e9, 989e12, 67e12),
    Device("RTX 4090", 1008e9, 165e12, 82.6e12),
    Device("L4", 300e9, 121e12, 30.3e12),
]


@dataclasses.dataclass
class Model:
    """The sizes of a published model. The types of its matrices are those of a Q4_K_M file."""

    name: str
    layers: int
    width: int
    heads: int
    heads_kv: int
    feed_forward: int
    vocabulary: int

    def matrices(self):
        """(columns, rows, bits of a weight) of each matrix, the output head last."""
        head = self.width // self.heads
        few, many = (4.5, 6.5625), (5.5, 8.5)  # Q4_K, Q6_K; Q5_0, Q8_0 where blocks of 256 do not fit.

        def bits(columns, has_more):
            return (few if columns % 256 == 0 else many)[has_more]

        eighth = self.layers // 8
        for layer in range(self.layers):
            more = layer < eighth or layer >= 7 * eighth or (layer - eighth) % 3 == 2
            yield self.width, self.heads * head, bits(self.width, False)
            yield self.width, self.heads_kv * head, bits(self.width, False)
            yield self.width, self.heads_kv * head, bits(self.width, more)
            yield self.heads * head, self.width, bits(self.width, False)
            yield self.width, self.feed_forward, bits(self.width, False)
            yield self.width, self.feed_forward, bits(self.width, False)
            yield self.feed_forward, self.width, bits(self.feed_forward, more)
        yield self.width, self.vocabulary, bits(self.width, True)

    def weights(self):
        return sum(columns * rows for columns, rows, _ in self.matrices())

    def weight_bytes(self):
        return sum(columns * rows * bits / 8 for columns, rows, bits in self.matrices())

    def head_weights(self):
        return self.width * self.vocabulary

    def slot_bytes(self):
        """Keys and values of a token, in halves."""
        return 2 * 2 * self.layers * self.heads_kv * (self.width // self.heads)

    def attention_flops(self, keys):
        """Scores and values, of a query that sees so many keys."""
        return 4 * self.layers * self.width * keys


MODELS = [
    Model("DeepSeek-Coder 1.3B", 24, 2048, 16, 16, 5504, 32256),
    Model("DeepSeek-Coder 6.7B", 32, 4096, 32, 32, 11008, 32256),
    Model("DeepSeek-Coder 33B", 62, 7168, 56, 8, 19200, 32256),
]


def prefill_seconds(model, device, pass_rows=PASS_ROWS, tile_rows=TILE_ROWS):
    """Each pass reads the weights and writes them as halves, which each tile of rows reads (they are
    larger than any cache) while it multiplies. Then attention, in float32; logits of one row."""
    body = model.weights() - model.head_weights()
    passes, tiles = -(-TOKENS // pass_rows), -(-TOKENS // tile_rows)
    expanding = passes * (model.weight_bytes() * body / model.weights() + 2 * body) / device.bytes_per_s
    reading = tiles * 2 * body / device.bytes_per_s
    multiplying = 2 * body * TOKENS / device.half_flops
    attending = model.attention_flops(TOKENS * (TOKENS + 1) / 2) / device.float_flops
    return expanding + max(reading, multiplying) + attending


def without_attention(model, device):
    return prefill_seconds(model, dataclasses.replace(device, float_flops=float("inf")))


def few_rows_seconds(model, device, rows, logit_rows, keys_seen):
    """Own kernels: the weights once for up to 16 rows, float32; the keys and values once."""
    reading = (model.weight_bytes() + model.slot_bytes() * TOKENS) / device.bytes_per_s
    body = model.weights() - model.head_weights()
    flops = 2 * (body * rows + model.head_weights() * logit_rows) + model.attention_flops(keys_seen)
    return max(reading, flops / device.float_flops)


def decode_seconds(model, device):
    return few_rows_seconds(model, device, 1, 1, TOKENS)


def edit_seconds(model, device):
    """A line inserted in the upper quarter: its rows see a quarter of the keys, the last row all."""
    keys_seen = LINE_TOKENS * TOKENS / 4 + TOKENS
    return few_rows_seconds(model, device, LINE_ROWS, 1, keys_seen)


def print_table(heading, rows):
    print("| " + " | ".join(heading) + " |")
    print("|" + "---|" * len(heading))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def milliseconds(seconds):
    return f"{1e3 * seconds:,.3g}" if seconds < 1 else f"{1e3 * seconds:,.0f}"


def main():
    print_table(
        ["model", "weights", "in a Q4_K_M file", "keys and values of 8,192 tokens"],
        [[model.name, f"{model.weights() / 1e9:.2f} · 10⁹", f"{model.weight_bytes() / 1e9:.1f} GB",
          f"{TOKENS * model.slot_bytes() / 1e9:.1f} GB"] for model in MODELS])
    rows = []
    for model in MODELS:
        for device in DEVICES:
            prefill, edit = prefill_seconds(model, device), edit_seconds(model, device)
            rows.append([model.name, device.name, milliseconds(prefill), milliseconds(decode_seconds(model, device)),
                         milliseconds(edit), f"{prefill / edit:.0f}"])
    print_table(["model", "device", "prefill, ms", "decode, ms per token", "one-line edit, ms", "prefill / edit"], rows)
    ways = [("as it is", {}), ("passes of 256 rows", {"pass_rows": 256}), ("tiles of 512 rows", {"tile_rows": 512}),
            ("no attention", None)]
    print_table(
        ["model", "device", *(name for name, _ in ways)],
        [[model.name, device.name, *(milliseconds(prefill_seconds(model, device, **way) if way is not None else
                                                  without_attention(model, device)) for _, way in ways)]
         for model in MODELS for device in DEVICES])


if __name__ == "__main__":
    main()
