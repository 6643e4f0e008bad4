#pragma once

#include <span>
#include <string_view>

#include "tests/support/random_model.h"

namespace nextline::test {

/// The sizes of a published model.
struct ModelShape {
  std::string_view name;
  std::string_view architecture;
  std::uint32_t layers;
  std::uint32_t embedding_length;
  std::uint32_t head_count;
  std::uint32_t head_count_kv;
  std::uint32_t feed_forward_length;
  std::uint32_t vocabulary_size;
  std::uint32_t context_length;
  float rope_freq_base;
  bool tied_embeddings;
};

/// From the models' published configurations, the smallest first.
std::span<const ModelShape> model_shapes();

/// A model of this shape whose weights are random, of the types that a Q4_K_M file of it has. Each
/// matrix repeats a few rows, so that it is made as fast as it can be copied.
RandomModelOptions random_model_of(const ModelShape& shape);

}  // namespace nextline::test
