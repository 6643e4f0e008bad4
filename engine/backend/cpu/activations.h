#pragma once

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
  void resize(std::size_t rows, std::uint32_t columns) {
    columns_ = columns;
    values_.resize(rows * columns);
    scales_.resize(rows * columns / kBlockColumns);
    for (Codes* codes : {&codes_, &residual_}) {
      codes->codes.resize(rows * columns);
      codes->negative_sums.resize(2 * scales_.size());
      codes->scaled_sums.resize(scales_.size());
    }
  }

  std::span<float> values(std::size_t row) {
    return std::span(values_).subspan(row * columns_, columns_);
  }

  /// Quantises the values of a row. Columns that are not whole blocks serve only float weights,
  /// which read the values themselves.
  void quantize(std::size_t row, InputPrecision precision, const Kernels& kernels) {
    if (columns_ % kBlockColumns != 0) return;
    const std::size_t column = row * columns_;
    QuantizedRow quantized{scales_.data() + column / kBlockColumns, codes_.from(column), {}};
    if (precision == InputPrecision::kTwoBytes) quantized.residual = residual_.from(column);
    kernels.quantize(values(row).data(), columns_, quantized);
  }

  /// The rows as a matrix is to see them; two bytes only where they were quantised to two.
  ActivationView view(InputPrecision precision) const {
    ActivationView view{columns_, values_.data(),           scales_.data(), codes_.view(),
                        {},       codes_.scaled_sums.data()};
    if (precision == InputPrecision::kTwoBytes) {
      view.residual = residual_.view();
      view.scaled_sums = residual_.scaled_sums.data();
    }
    return view;
  }

 private:
  struct Codes {
    std::vector<std::int8_t> codes;
    std::vector<std::int32_t> negative_sums;
    std::vector<float> scaled_sums;
    CodesView view() const { return {codes.data(), negative_sums.data()}; }
    QuantizedRow::Codes from(std::size_t column) {
      return {codes.data() + column, negative_sums.data() + column / 16,
              scaled_sums.data() + column / kBlockColumns};
    }
  };

  std::uint32_t columns_ = 0;
  std::vector<float> values_;
  std::vector<float> scales_;
  Codes codes_;
  Codes residual_;
};

}  // namespace nextline::cpu
