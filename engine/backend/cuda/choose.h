#pragma once

#include <cstdint>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/rows.h"
#include "engine/backend/sampling.h"

namespace nextline::cuda {

/// What `choose` (engine/backend/sampling.h) takes from each row of `logits` [count × vocabulary]
/// for the position behind it: `tokens` [count]. The rows are those of `rows` that `asking` names;
/// all of it lies in device memory.
bool choose_tokens(DeviceContext& device, const float* logits, std::uint32_t vocabulary_size,
                   const PassRow* rows, const std::uint32_t* asking, std::uint32_t count,
                   const Sampling& sampling, std::uint32_t* tokens);

}  // namespace nextline::cuda
