#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/model.h"

namespace nextline::bench {

/// A prompt of exactly `count` tokens, the model's sink first, that reads like source code and does
/// not repeat itself. The same on every machine; of two prompts, the shorter begins the longer.
std::vector<TokenId> source_tokens(const Model& model, std::uint32_t count);

}  // namespace nextline::bench
