#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cuda/cuda_kv_storage.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/packed_matrix.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/backend/cuda/weights.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// The longest head that the kernels have room for.
constexpr std::uint32_t kMostHeadDimension = 256;

/// A row of a batch as kernels see it.
struct PassRow {
  std::uint32_t token;
  std::uint32_t position;
  std::byte* address;  ///< Of its slot (SlotAddresses).
};

/// Looks up the rows' embeddings: `hidden` [rows × embedding].
bool embed(DeviceContext& device, const PackedMatrix& embedding, const PassRow* rows,
           std::uint32_t row_count, float* hidden);

/// `normed` = rows · norm, in lane order: inputs of a product behind an RMS norm (FewInputs).
bool arrange(DeviceContext& device, const float* rows, std::uint32_t row_count,
             std::uint32_t length, const float* norm, float* normed);

/// `activated` = silu(gate) · up, in lane order; `gates` has a row's gates, then its ups.
bool activate(DeviceContext& device, const float* gates, std::uint32_t row_count,
              std::uint32_t length, float* activated);

/// Queries, keys and values of rows as they come from their projection.
struct ProjectedHeads {
  const float* values;       // [rows × (query_length + 2 · kv_length)]
  const float* row_factors;  // [rows]: what they are to be multiplied with; null: nothing.
  const float* bias;         // Is still to be added; null: nothing.
};

/// Norms and scales the queries; norms, turns and stores the keys; stores the values. `queries`
/// [rows × query_length].
bool place_heads(DeviceContext& device, const Hyperparameters& h, const LayerWeights& weights,
                 const ProjectedHeads& heads, const PassRow* rows, std::uint32_t row_count,
                 const Angles& angles, float query_scale, const CudaKvStorage& storage,
                 std::uint32_t layer, float* queries);

}  // namespace nextline::cuda
