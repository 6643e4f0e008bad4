#pragma once

#include <cstddef>
#include <vector>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/packed_matrix.h"
#include "engine/error.h"
#include "engine/model/model.h"

namespace nextline::cuda {

/// Matrices that multiply the same inputs, their outputs one behind the other.
struct Projection {
  static constexpr std::uint32_t kMostMatrices = 3;

  PackedMatrix matrices[kMostMatrices];
  std::uint32_t matrix_count = 0;
  const float* bias = nullptr;  ///< [output_count], or null.

  std::uint32_t columns() const { return matrices[0].columns; }
  std::uint32_t output_count() const {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < matrix_count; ++i) count += matrices[i].rows;
    return count;
  }
};

/// The weights of a layer in device memory; vectors are float32.
struct LayerWeights {
  const float* attention_norm;  // [embedding]
  Projection heads;             // query, key and value, with their biases
  const float* query_norm;      // [head_dimension] or null
  const float* key_norm;        // [head_dimension] or null
  Projection attention_output;
  const float* feed_forward_norm;  // [embedding]
  /// Gate and up. Of one type, they are one matrix with rows gate 0, gate 1, up 0, up 1, gate 2, …,
  /// so that whoever multiplies four rows has all of two outputs. Of two types, they are two.
  Projection gate_and_up;
  Projection down;

  bool gate_and_up_are_paired() const { return gate_and_up.matrix_count == 1; }
};

/// All weights of a model, in the memory of a device. Movable; what it points to stays where it is.
class Weights {
 public:
  /// Copies the weights of a model to the device and packs them there; `raw_bytes` of device memory
  /// are used meanwhile. Fails where the memory does not suffice.
  static Result<Weights> upload(const Model& model, DeviceContext& device,
                                std::size_t raw_bytes = std::size_t{64} << 20);

  const std::vector<LayerWeights>& layers() const { return layers_; }
  const PackedMatrix& token_embedding() const { return token_embedding_; }
  const float* output_norm() const { return output_norm_; }  // [embedding]
  const Projection& output() const { return output_; }
  std::size_t bytes() const;

  /// All projections but that of the output.
  std::vector<const Projection*> projections() const;

 private:
  class Uploader;

  std::vector<LayerWeights> layers_;
  PackedMatrix token_embedding_;
  const float* output_norm_ = nullptr;
  Projection output_;
  std::vector<DeviceBuffer<std::byte>> memory_;
};

}  // namespace nextline::cuda
