#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline::test {

/// Backends with more or less memory for the pages of one small model.
class CudaMemoryFixture : public ::testing::Test {
 protected:
  /// `kv_bytes`: 0: as much as there is.
  std::unique_ptr<Backend> backend(std::size_t kv_bytes = 0) {
    auto made = cuda::create_backend(*model_, {.few_rows = 16, .kv_bytes = kv_bytes});
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }
  std::size_t page_bytes() const { return page_bytes_of(*model_); }
  std::vector<TokenId> tokens(std::size_t count) { return random_tokens(random_, count, *model_); }

  TestModel model_{RandomModelOptions{}};
  Random random_{31};
};

}  // namespace nextline::test
