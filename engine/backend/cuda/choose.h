#pragma once

#include <cstdint>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/rows.h"
#include "engine/backend/log_softmax.h"
#include "engine/backend/sampling.h"

namespace nextline::cuda {

/// A token that was chosen, and what tells how likely it was: its logit, the highest one of its
/// row, and the sum of exp(logit − highest).
struct PickedToken {
  TokenId token;
  float logit;
  float highest;
  float sum;

  ChosenToken chosen() const { return {token, LogSoftmax(highest, sum).of(logit)}; }
};

/// What `choose` (engine/backend/sampling.h) takes from each row of `logits` [count × vocabulary]
/// for the position behind it: `picked` [count]. The rows are those of `rows` that `asking` names;
/// all of it lies in device memory.
bool choose_tokens(DeviceContext& device, const float* logits, std::uint32_t vocabulary_size,
                   const PassRow* rows, const std::uint32_t* asking, std::uint32_t count,
                   const Sampling& sampling, PickedToken* picked);

}  // namespace nextline::cuda
