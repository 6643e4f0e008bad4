#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/disk/hash.h"
#include "server/replay/random.h"

namespace nextline::replay {

/// A seed of its own for whatever has this name, so that what is drawn for one thing does not
/// depend on which others there are.
inline std::uint64_t seed_for(std::uint64_t seed, std::string_view name) {
  return Random(seed ^ hash_64(std::as_bytes(std::span(name)))).next();
}

/// One of the values, of which there is one at least.
template <typename T>
const T& pick(const std::vector<T>& values, Random& random) {
  return values[random.below(values.size())];
}

/// Puts the values into a random order (Fisher and Yates).
template <typename T>
void shuffle(std::vector<T>& values, Random& random) {
  for (std::size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[random.below(left)]);
  }
}

}  // namespace nextline::replay
