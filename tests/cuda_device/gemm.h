#pragma once

#include <cstddef>
#include <cstdint>

namespace nextline::cuda_device {

enum class SixteenBits : std::uint8_t { kHalf, kBFloat16 };

/// A matrix of 16-bit numbers: element (row, column) stands at row * row_step + column *
/// column_step.
struct SixteenBitMatrix {
  const std::uint16_t* numbers = nullptr;
  SixteenBits format = SixteenBits::kHalf;
  std::size_t row_step = 1;
  std::size_t column_step = 1;
};

/// c = alpha * a b + beta * c, with c column by column, `c_leading` apart; c is not read where beta
/// is 0. Products and sums are float32's, and each output is summed over k in ascending order from
/// 0, whatever m, n and the processor are. Products of halves are exact.
void multiply(std::size_t m, std::size_t n, std::size_t k, float alpha, const SixteenBitMatrix& a,
              const SixteenBitMatrix& b, float beta, float* c, std::size_t c_leading);

}  // namespace nextline::cuda_device
