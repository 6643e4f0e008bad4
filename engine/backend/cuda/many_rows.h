#pragma once

#include <cublas_v2.h>

#include <cstdint>
#include <memory>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/weights.h"
#include "engine/error.h"

namespace nextline::cuda {

/// Rows of a product through cuBLAS: so many are multiplied at once, always, the last ones filled
/// up with zeros. With one tile, one algorithm and one workspace a row does not depend on the
/// others.
constexpr std::uint32_t kTileRows = 128;

/// Products of weights with many rows, on the device's matrix units: weights and inputs as halves,
/// sums in float32. Weights are expanded anew for each product, into memory for the largest of
/// them; that is what many rows share.
///
/// Each row of inputs is multiplied with a power of two that brings its largest magnitude into
/// [1, 2), so that halves hold it whatever its scale; `row_factors` undo that, exactly.
class ManyRows {
 public:
  static Result<std::unique_ptr<ManyRows>> create(const Weights& weights, DeviceContext& device);
  ~ManyRows();
  ManyRows(const ManyRows&) = delete;
  ManyRows& operator=(const ManyRows&) = delete;

  /// Makes room for the inputs and outputs of so many rows.
  bool reserve(std::uint32_t row_count);

  // Inputs of the next product.
  bool take_normed(const float* rows, std::uint32_t row_count, std::uint32_t length,
                   const float* norm, float epsilon);
  bool take(const float* rows, std::uint32_t row_count, std::uint32_t length);
  /// silu(gate) · up of the last product, that of gate and up; `paired` as LayerWeights has it.
  bool take_activated(std::uint32_t row_count, std::uint32_t length, bool paired);

  /// outputs() = W · inputs, each row still to be multiplied with its factor.
  bool multiply(const Projection& projection, std::uint32_t row_count);
  const float* outputs() const { return outputs_.data(); }  // [rows × output_count]
  const float* row_factors() const { return row_factors_.data(); }

  /// sums = earlier + outputs · factors; `earlier_rows` as in ResidualOutputs.
  bool add_outputs(const float* earlier, const std::uint32_t* earlier_rows, std::uint32_t row_count,
                   std::uint32_t length, float* sums);

  /// cuBLAS's version.
  std::uint32_t version() const { return version_; }

 private:
  explicit ManyRows(DeviceContext& device) : device_(device) {}
  Result<void> set_up(const Weights& weights);

  DeviceContext& device_;
  cublasHandle_t cublas_ = nullptr;
  std::uint32_t version_ = 0;
  std::uint32_t most_columns_ = 0;
  std::uint32_t most_outputs_ = 0;
  DeviceBuffer<std::byte> workspace_;
  DeviceBuffer<__half> weights_;     // Of the product under way: [outputs × columns].
  DeviceBuffer<__half> inputs_;      // [rows × columns], rows a multiple of kTileRows
  DeviceBuffer<float> outputs_;      // [rows × outputs]
  DeviceBuffer<float> row_factors_;  // [rows]
};

}  // namespace nextline::cuda
