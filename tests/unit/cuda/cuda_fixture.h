#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "engine/backend/cuda/cuda_backend.h"
#include "engine/backend/cuda/kv_page.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/typed_backend.h"

namespace nextline::test {

/// Which products a pass goes through.
enum class Products : std::uint8_t { kOwnKernels, kCublas };

inline std::uint32_t few_rows_of(Products products) {
  return products == Products::kCublas ? 0 : std::numeric_limits<std::uint32_t>::max();
}

/// The CUDA backend, with keys and values in numbers of a type.
inline std::unique_ptr<Backend> cuda_backend(const Model& model, std::uint32_t few_rows,
                                             KvType kv_type = KvType::kFloat16) {
  auto backend = cuda::create_backend(model, {0, few_rows});
  if (!backend) {
    ADD_FAILURE() << backend.error().message;
    std::abort();
  }
  return std::make_unique<TypedBackend>(std::move(*backend), kv_type);
}

/// What a page of keys and values takes.
inline std::size_t page_bytes_of(const Model& model, KvType kv_type = KvType::kFloat16) {
  return cuda::KvPageLayout::of(model.hyperparameters(), kv_type).page_bytes();
}

inline void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::memcmp(&a[i], &b[i], sizeof(float)), 0) << i << ": " << a[i] << ", " << b[i];
  }
}
inline void expect_same_bits(const LogitRows& a, const LogitRows& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t row = 0; row < a.size(); ++row) {
    SCOPED_TRACE(row);
    expect_same_bits(a[row], b[row]);
  }
}

}  // namespace nextline::test
