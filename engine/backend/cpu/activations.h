#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/cpu/kernels.h"

namespace nextline::cpu {

/// How finely the inputs of a matrix are quantised: to 8 bits, or to 16 in two bytes, which costs a
/// matrix twice the products.
enum class InputPrecision : std::uint8_t { kOneByte, kTwoBytes };

/// Room for the inputs of a matrix: rows of float32 values and their quantised form.
/// Different threads may write different rows at the same time.
class Activations {
 public:
  /// What is quantised is lost, and so are the values if the number of columns changes.
  void resize(std::uint32_t rows, std::uint32_t columns) {
    rows_ = rows;
    columns_ = columns;
    // Room is kept: passes of one row and of hundreds take turns.
    const std::size_t values = std::size_t{rows} * columns;
    if (values_.size() < values) values_.resize(values);
    const std::size_t blocks = tiles_size(rows, columns);
    for (std::vector<QuantizedBlock>* tiles : {&tiles_, &residual_}) {
      if (tiles->size() < blocks) tiles->resize(blocks);
    }
  }

  std::span<float> values(std::size_t row) {
    return std::span(values_).subspan(row * columns_, columns_);
  }

  /// Quantises the values of a row. Columns that are not whole blocks serve only float weights,
  /// which read the values themselves.
  void quantize(std::uint32_t row, InputPrecision precision, const Kernels& kernels) {
    if (columns_ % kBlockColumns != 0) return;
    const std::uint32_t first = row / kTileRows * kTileRows;
    const std::size_t offset = tiles_size(first, columns_) + row - first;
    const bool has_residual = precision == InputPrecision::kTwoBytes;
    kernels.quantize(values(row).data(), columns_,
                     {tiles_.data() + offset, has_residual ? residual_.data() + offset : nullptr,
                      tile_capacity(std::min(rows_ - first, kTileRows))});
  }

  /// The rows as a matrix is to see them; two bytes only where they were quantised to two.
  ActivationView view(InputPrecision precision) const {
    return {rows_, columns_, values_.data(), tiles_.data(),
            precision == InputPrecision::kTwoBytes ? residual_.data() : nullptr};
  }

 private:
  std::uint32_t rows_ = 0;
  std::uint32_t columns_ = 0;
  std::vector<float> values_;
  std::vector<QuantizedBlock> tiles_;
  std::vector<QuantizedBlock> residual_;
};

}  // namespace nextline::cpu
