#pragma once

#include <vector>

#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/packed_matrix.h"
#include "engine/model/model.h"

namespace nextline::cpu {

class ThreadPool;

/// One layer's weights as the kernels want them. Names and shapes as in LayerTensors; a vector that
/// the architecture does not have is empty.
struct LayerWeights {
  std::vector<float> attention_norm;
  PackedMatrix query;
  PackedMatrix key;
  PackedMatrix value;
  std::vector<float> query_bias;
  std::vector<float> key_bias;
  std::vector<float> value_bias;
  std::vector<float> query_norm;
  std::vector<float> key_norm;
  PackedMatrix attention_output;
  std::vector<float> feed_forward_norm;
  PackedMatrix gate;
  PackedMatrix up;
  PackedMatrix down;
};

/// A model's weights as the kernels want them. Embeddings are not among them: of these single rows
/// are read, from the file. Immutable once packed.
struct Weights {
  /// All matrices, in one piece: reading them is fastest where pages are huge.
  AlignedMemory memory;
  std::vector<LayerWeights> layers;
  std::vector<float> output_norm;
  PackedMatrix output;
};

/// Columns of the widest matrix.
std::uint32_t most_columns(const Weights& weights);

/// Repacks the weights, one tensor after the other, and lets go of the file's pages as it goes: of
/// no more than some megabytes there are two copies in memory at a time. Throws std::bad_alloc
/// where there is none.
Weights pack_weights(const Model& model, ThreadPool& threads);

}  // namespace nextline::cpu
