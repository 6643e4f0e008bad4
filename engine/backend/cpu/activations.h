#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/cpu/kernels.h"

namespace nextline::cpu {

/// Room for the inputs of a matrix: rows of float32 values and their quantised form.
/// Different threads may write different rows at the same time.
class Activations {
 public:
  void resize(std::size_t rows, std::uint32_t columns) {
    columns_ = columns;
    blocks_ = columns / kBlockColumns;
    values_.resize(rows * columns);
    codes_.resize(rows * columns);
    scales_.resize(rows * blocks_);
    scaled_sums_.resize(rows * blocks_);
    negative_sums_.resize(rows * 2 * blocks_);
  }

  std::span<float> values(std::size_t row) {
    return std::span(values_).subspan(row * columns_, columns_);
  }

  /// Quantises the values of a row. Columns that are not whole blocks serve only float weights,
  /// which read the values themselves.
  void quantize(std::size_t row, const Kernels& kernels) {
    if (columns_ % kBlockColumns != 0) return;
    kernels.quantize(
        values(row).data(), columns_,
        {codes_.data() + row * columns_, scales_.data() + row * blocks_,
         scaled_sums_.data() + row * blocks_, negative_sums_.data() + row * 2 * blocks_});
  }

  ActivationView view() const {
    return {columns_,       values_.data(),      columns_, codes_.data(),        columns_,
            scales_.data(), scaled_sums_.data(), blocks_,  negative_sums_.data()};
  }

 private:
  std::uint32_t columns_ = 0;
  std::uint32_t blocks_ = 0;
  std::vector<float> values_;
  std::vector<std::int8_t> codes_;
  std::vector<float> scales_;
  std::vector<float> scaled_sums_;
  std::vector<std::int32_t> negative_sums_;
};

}  // namespace nextline::cpu
