"""Writes expected_blocks.h: blocks of each type and the values they stand for.

The values come from the Python package `gguf` (0.19.0), which is the format's own reader:

    python make_expected.py > expected_blocks.h
"""

import gguf
import numpy

TYPES = ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
BLOCKS = {"Q4_K": 3, "Q5_K": 3, "Q6_K": 3}  # Of the others, four.
SCALES_AT = {  # Where a block has binary16 numbers, which are not to be infinite here.
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
CHARACTERS_PER_LINE = 88


def random_blocks(name, random):
    """Blocks of random bytes with scales as models have them; the last ones are subnormal."""
    _, block_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    if name == "F16":
        return numpy.array([[0.0], [-1.5], [65504.0], [6e-8]], numpy.float16).view(numpy.uint8)
    blocks = random.integers(0, 256, (BLOCKS.get(name, 4), block_bytes), numpy.uint8)
    for at in SCALES_AT.get(name, []):
        scales = random.normal(0, 0.02, len(blocks)).astype(numpy.float16)
        scales[-1] = 3e-6
        blocks[:, at:at + 2] = scales.view(numpy.uint8).reshape(-1, 2)
    return blocks


def literal(data):
    """Bytes as hexadecimal C++ string literals, one below the other."""
    text = data.hex()
    lines = [text[i:i + CHARACTERS_PER_LINE] for i in range(0, len(text), CHARACTERS_PER_LINE)]
    return "\n".join(f'     "{line}"' for line in lines)


def main():
    random = numpy.random.default_rng(20)
    print("// Written by make_expected.py.")
    print("#pragma once\n")
    print("#include <string_view>\n")
    print('#include "engine/gguf/tensor_type.h"\n')
    print("namespace nextline::gguf {\n")
    print("/// A row of blocks and its values as binary32 numbers, both in hexadecimal.")
    print("struct ExpectedBlocks {")
    print("  TensorType type;")
    print("  std::string_view blocks;")
    print("  std::string_view values;")
    print("};\n")
    print("inline constexpr ExpectedBlocks kExpectedBlocks[] = {")
    for name in TYPES:
        blocks = random_blocks(name, random).reshape(1, -1)
        values = gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[name])
        print(f"    {{TensorType::k{name},")
        print(f"{literal(blocks.tobytes())},")
        print(f"{literal(values.astype('<f4').tobytes())}}},")
    print("};\n")
    print("}  // namespace nextline::gguf")


main()
