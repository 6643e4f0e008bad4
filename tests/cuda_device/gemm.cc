#include "tests/cuda_device/gemm.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tests/cuda_device/include/half_bits.h"

namespace nextline::cuda_device {

namespace {

// A tile of outputs is kept in registers while k runs from 0 to the end. 16 x 6 floats are 12 of
// the 16 registers of AVX2; with AVX-512, 32 x 6 are 12 of 32, enough for the latency of its sums.
constexpr std::size_t kTileRows = 32;
constexpr std::size_t kTileColumns = 6;

using SixteenFloats = float __attribute__((vector_size(64)));
using Tile = std::array<float, kTileRows * kTileColumns>;  // Column by column.

// a: [k x kTileRows], b: [k x kTileColumns], both as float32.
template <std::size_t kVectors>
[[gnu::always_inline]] inline void sum_products(const float* a, const float* b, std::size_t k,
                                                float* sums) {
  SixteenFloats columns[kTileColumns][kVectors] = {};
  for (std::size_t i = 0; i < k; ++i) {
    const auto* rows = reinterpret_cast<const SixteenFloats*>(a + i * kTileRows);
    for (std::size_t column = 0; column < kTileColumns; ++column) {
      for (std::size_t vector = 0; vector < kVectors; ++vector) {
        columns[column][vector] += rows[vector] * b[i * kTileColumns + column];
      }
    }
  }
  for (std::size_t column = 0; column < kTileColumns; ++column) {
    for (std::size_t vector = 0; vector < kVectors; ++vector) {
      *reinterpret_cast<SixteenFloats*>(sums + column * kTileRows + vector * 16) =
          columns[column][vector];
    }
  }
}

using SumProducts = void (*)(const float* a, const float* b, std::size_t k, float* sums);

void sum_in_halves(const float* a, const float* b, std::size_t k, float* sums) {
  for (std::size_t row = 0; row < kTileRows; row += 16) sum_products<1>(a + row, b, k, sums + row);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void sum_avx2(const float* a, const float* b, std::size_t k, float* sums) {
  for (std::size_t row = 0; row < kTileRows; row += 16) sum_products<1>(a + row, b, k, sums + row);
}

[[gnu::target("avx512f")]] void sum_avx512(const float* a, const float* b, std::size_t k,
                                           float* sums) {
  sum_products<2>(a, b, k, sums);
}

SumProducts fastest() {
  if (__builtin_cpu_supports("avx512f")) return sum_avx512;
  return __builtin_cpu_supports("avx2") ? sum_avx2 : sum_in_halves;
}
#else
SumProducts fastest() { return sum_in_halves; }
#endif

float widened(std::uint16_t number, SixteenBits format) {
  return format == SixteenBits::kHalf ? float_of_half(number) : float_of_bfloat16(number);
}

/// Floats aligned to the lines of the cache.
class AlignedFloats {
 public:
  void resize(std::size_t count) { lines_.resize((count + 15) / 16); }
  float* data() { return lines_.empty() ? nullptr : lines_.front().data(); }

 private:
  struct alignas(64) Line : std::array<float, 16> {};
  std::vector<Line> lines_;
};

// [k x kTileRows]: rows `first` and following, zeros behind the last.
void pack_rows(const SixteenBitMatrix& a, std::size_t first, std::size_t m, std::size_t k,
               float* packed) {
  const std::size_t rows = std::min(kTileRows, m - first);
  std::fill_n(packed, k * kTileRows, 0.0f);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint16_t* numbers = a.numbers + (first + row) * a.row_step;
    for (std::size_t i = 0; i < k; ++i) {
      packed[i * kTileRows + row] = widened(numbers[i * a.column_step], a.format);
    }
  }
}

bool is_zero(const SixteenBitMatrix& b, std::size_t column, std::size_t k) {
  for (std::size_t i = 0; i < k; ++i) {
    if ((b.numbers[column * b.column_step + i * b.row_step] & 0x7fff) != 0) return false;
  }
  return true;
}

/// The columns of b of which something can come, in tiles of [k x kTileColumns]. Whole tiles of
/// rows that are padded with zeros are usual, and half of all the work.
struct PackedColumns {
  std::vector<std::size_t> numbers;
  AlignedFloats values;
};

PackedColumns pack_columns(const SixteenBitMatrix& b, std::size_t n, std::size_t k) {
  PackedColumns packed;
  for (std::size_t column = 0; column < n; ++column) {
    if (!is_zero(b, column, k)) packed.numbers.push_back(column);
  }
  const std::size_t tiles = (packed.numbers.size() + kTileColumns - 1) / kTileColumns;
  packed.values.resize(tiles * kTileColumns * k);
  for (std::size_t j = 0; j < packed.numbers.size(); ++j) {
    float* tile = packed.values.data() + j / kTileColumns * kTileColumns * k + j % kTileColumns;
    const std::uint16_t* numbers = b.numbers + packed.numbers[j] * b.column_step;
    for (std::size_t i = 0; i < k; ++i) {
      tile[i * kTileColumns] = widened(numbers[i * b.row_step], b.format);
    }
  }
  return packed;
}

}  // namespace

void multiply(std::size_t m, std::size_t n, std::size_t k, float alpha, const SixteenBitMatrix& a,
              const SixteenBitMatrix& b, float beta, float* c, std::size_t c_leading) {
  static const SumProducts sum = fastest();
  for (std::size_t column = 0; column < n; ++column) {
    float* output = c + column * c_leading;
    for (std::size_t row = 0; row < m; ++row) output[row] = beta == 0 ? 0 : beta * output[row];
  }
  PackedColumns columns = pack_columns(b, n, k);
  AlignedFloats rows;
  rows.resize(k * kTileRows);
  alignas(64) Tile sums;
  for (std::size_t first = 0; first < m; first += kTileRows) {
    if (columns.numbers.empty()) return;
    pack_rows(a, first, m, k, rows.data());
    for (std::size_t j = 0; j < columns.numbers.size(); ++j) {
      if (j % kTileColumns == 0) sum(rows.data(), columns.values.data() + j * k, k, sums.data());
      float* output = c + columns.numbers[j] * c_leading + first;
      const float* tile = sums.data() + j % kTileColumns * kTileRows;
      for (std::size_t row = 0; row < std::min(kTileRows, m - first); ++row) {
        output[row] += alpha * tile[row];
      }
    }
  }
}

}  // namespace nextline::cuda_device
