#pragma once

#include <cstdint>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/weights.h"

namespace nextline::cuda {

/// Inputs of a product: rows in lane order (packed_matrix.h), with room for a whole number of 16.
struct FewInputs {
  const float* values;  // [rows × lane_order_length(columns)]
  std::uint32_t row_count;
  /// The rows [rows × columns] in their own order, with as much room, whose RMS norm the inputs are
  /// but for the factor 1 / √(mean square + ε); null: inputs are what they are.
  const float* norm_of = nullptr;
  float epsilon = 0.0F;
};

/// outputs = W · inputs + bias.
struct StoredOutputs {
  float* values;  // [rows × output_count]
};

/// outputs = silu(gate) · up in lane order, of a matrix with paired rows.
struct ActivatedOutputs {
  float* values;  // [rows × lane_order_length(length)]
  std::uint32_t length;
};

/// sums = earlier + W · inputs, and sums · norm in lane order: inputs of the product behind the
/// next RMS norm.
struct ResidualOutputs {
  const float* earlier;               // [… × output_count]
  const std::uint32_t* earlier_rows;  // Which of them belongs to which row; null: the same one.
  float* sums;        // [rows × output_count]; may be `earlier` if rows are the same.
  const float* norm;  // [output_count]
  float* normed;      // [rows × lane_order_length(output_count)]
};

/// Products of weights with a few rows, in float32. Reading the weights is what takes the time, so
/// up to 16 rows share each weight that is read and expanded; more rows are taken 16 by 16.
///
/// A warp computes four outputs of all rows. Its lanes take blocks of 32 columns in turn; matrices
/// of more than 1,024 columns are shared out among 2, 4 or 8 warps. The sums over lanes are a fixed
/// tree, those over warps ascend. Which lane takes which column depends on the number of columns
/// only, so a row's result is the same in each batch.
bool multiply_few(DeviceContext& device, const Projection& projection, const FewInputs& inputs,
                  const StoredOutputs& outputs);
bool multiply_few(DeviceContext& device, const Projection& projection, const FewInputs& inputs,
                  const ActivatedOutputs& outputs);
bool multiply_few(DeviceContext& device, const Projection& projection, const FewInputs& inputs,
                  const ResidualOutputs& outputs);

}  // namespace nextline::cuda
