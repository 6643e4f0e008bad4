#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "tests/support/random.h"

namespace nextline::test {

inline std::vector<float> random_floats(Random& random, std::size_t count, float scale = 1.0F) {
  std::vector<float> values(count);
  for (float& value : values) value = random.normal() * scale;
  return values;
}

/// Equal to the last bit.
inline void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
}

}  // namespace nextline::test
