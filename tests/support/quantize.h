#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/gguf/tensor_type.h"

namespace nextline::test {

/// Rounds to nearest without searching for better scales: the blocks are valid and close to the
/// values, not the best. `values.size()` is a multiple of the type's `block_elements`.
std::vector<std::byte> quantize(gguf::TensorType type, std::span<const float> values);

}  // namespace nextline::test
