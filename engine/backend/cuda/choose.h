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

/// How tokens are drawn, as the kernel reads it from memory: the next pass may draw otherwise by
/// the same launch.
struct Draw {
  bool is_greedy;
  float steepness;
  std::uint64_t top_p;  // In 32 binary places.
  std::uint64_t seed;
};
Draw draw_of(const Sampling& sampling);

/// What `choose` (engine/backend/sampling.h) takes from each row of `logits` [count × vocabulary]
/// for the position behind it: `picked` [count]. The rows are those of `rows` that `asking` names.
/// All of it lies in device memory, `draw` too.
bool choose_tokens(DeviceContext& device, const float* logits, std::uint32_t vocabulary_size,
                   const PassRow* rows, const std::uint32_t* asking, std::uint32_t count,
                   const Draw* draw, PickedToken* picked);

}  // namespace nextline::cuda
