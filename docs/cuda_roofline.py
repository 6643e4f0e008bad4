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
FEW_ROWS = [1, 2, 4, 8, 16]

# What expanding a weight takes, in instructions, by its bits in the file: masks and shifts of the
# quants, a byte permutation and an addition that make a float of each, a fused scale and minimum or
# a product (engine/backend/cuda/weight_block.cuh).
TO_FLOAT = {4.5: 3.4, 5.5: 4.6, 6.5625: 5.1, 8.5: 4.0}
# The same to halves, two at a time: a mask and half a shift, one fused step.
TO_HALF = {4.5: 1.25, 5.5: 1.75, 6.5625: 2.0, 8.5: 1.5}


@dataclasses.dataclass
class Device:
    name: str
    bytes_per_s: float  # Of memory.
    half_flops: float  # Of dense products of halves on the tensor cores, summed in float32.
    float_flops: float  # Of float32, a fused multiply-add being two.
    bus_bytes_per_s: float  # Of PCIe with 16 lanes, one way.


DEVICES = [
    Device("H100", 3350e9, 989e12, 67e12, 63e9),
    Device("RTX 4090", 1008e9, 165e12, 82.6e12, 31.5e9),
    Device("L4", 300e9, 121e12, 30.3e12, 31.5e9),
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

    def instructions(self, of_weight):
        """Of all weights together, by lane; `of_weight` by bits."""
        return sum(columns * rows * of_weight[bits] for columns, rows, bits in self.matrices())

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


def return_seconds(model, device):
    """Keys and values come back from the host's memory."""
    return TOKENS * model.slot_bytes() / device.bus_bytes_per_s


def edit_seconds(model, device):
    """A line inserted in the upper quarter: its rows see a quarter of the keys, the last row all."""
    keys_seen = LINE_TOKENS * TOKENS / 4 + TOKENS
    return few_rows_seconds(model, device, LINE_ROWS, 1, keys_seen)


def float_kernel_seconds(model, device, rows):
    """Computing the products of so many rows by the kernels for few rows as they are: weights are
    expanded to floats once and multiplied by the float32 units, which do an expanding instruction or
    a fused step at a time. Four outputs share a load of 16 bytes of inputs: a sixteenth more."""
    instructions = model.instructions(TO_FLOAT) + model.weights() * rows * 17 / 16
    return instructions / (device.float_flops / 2)


def tensor_kernel_seconds(model, device, rows):
    """The same with weights expanded to halves in registers and multiplied by mma.sync.m16n8k16: 256
    weights with eight rows at a time, filled up, beside a load of the inputs."""
    products = -(-rows // 8)
    instructions = model.instructions(TO_HALF) + model.weights() * products * 2 * 32 / 256
    return max(instructions / (device.float_flops / 2), 2 * 8 * products * model.weights() / device.half_flops)


def expanded_seconds(model, device):
    """The same through cuBLAS: weights are read, written as halves and read again, for a tile of rows."""
    moving = (model.weight_bytes() + 2 * 2 * model.weights()) / device.bytes_per_s
    return max(moving, 2 * TILE_ROWS * model.weights() / device.half_flops)


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
    print_table(
        ["model", "device", "decode, ms per token", "back from the host, ms", "computed anew, ms"],
        [[model.name, device.name, *(milliseconds(seconds(model, device)) for seconds in (
            decode_seconds, return_seconds, prefill_seconds))]
         for model in MODELS for device in DEVICES])
    ways = [("as it is", {}), ("passes of 256 rows", {"pass_rows": 256}), ("tiles of 512 rows", {"tile_rows": 512}),
            ("no attention", None)]
    print_table(
        ["model", "device", *(name for name, _ in ways)],
        [[model.name, device.name, *(milliseconds(prefill_seconds(model, device, **way) if way is not None else
                                                  without_attention(model, device)) for _, way in ways)]
         for model in MODELS for device in DEVICES])
    print_table(
        ["model", "device", "reading", *(f"float32, {rows} row{'s' if rows > 1 else ''}" for rows in FEW_ROWS),
         *(f"tensor cores, {rows} rows" for rows in FEW_ROWS[-2:]), "cuBLAS"],
        [[model.name, device.name, milliseconds(model.weight_bytes() / device.bytes_per_s),
          *(milliseconds(float_kernel_seconds(model, device, rows)) for rows in FEW_ROWS),
          *(milliseconds(tensor_kernel_seconds(model, device, rows)) for rows in FEW_ROWS[-2:]),
          milliseconds(expanded_seconds(model, device))]
         for model in MODELS for device in DEVICES])


if __name__ == "__main__":
    main()
