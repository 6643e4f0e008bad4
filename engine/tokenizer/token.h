#pragma once

#include <cstdint>

namespace nextline {

/// A token's number in the model's vocabulary.
using TokenId = std::int32_t;

}  // namespace nextline
