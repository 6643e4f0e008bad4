#include "engine/session/blend.h"

#include <cassert>
#include <cstddef>

namespace nextline {

void blend(std::span<float> logits, std::span<const float> others, float weight) {
  assert(logits.size() == others.size());
  const float rest = 1.0F - weight;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    logits[i] = weight * logits[i] + rest * others[i];
  }
}

}  // namespace nextline
