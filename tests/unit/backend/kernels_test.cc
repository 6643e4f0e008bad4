#include "engine/backend/cpu/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/backend/cpu/activations.h"
#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cpu/limit_kernels.h"
#include "engine/backend/cpu/packed_matrix.h"
#include "engine/backend/cpu/thread_pool.h"
#include "tests/support/floats.h"
#include "tests/support/quantize.h"
#include "tests/support/random.h"

namespace nextline::cpu {
namespace {

using test::expect_same_bits;
using test::random_floats;

constexpr double kEpsilon = 0x1p-23;  // Of float32.

/// One row of quantised activations, read out of its tile.
class TileReader {
 public:
  TileReader(const ActivationView& view, std::uint32_t row) : view_(view) {
    const std::uint32_t first = row / kTileRows * kTileRows;
    first_ = tiles_size(first, view.columns) + row - first;
    stride_ = tile_capacity(std::min(view.rows - first, kTileRows));
  }

  float scale(std::uint32_t block) const { return in(view_.tiles, block).scale; }
  float scaled_sum(std::uint32_t block) const {
    return in(view_.residual ? view_.residual : view_.tiles, block).scaled_sum;
  }
  std::int32_t start(std::uint32_t block, Start start) const {
    return in(view_.tiles, block).start(start);
  }
  int code(std::uint32_t column) const { return code_in(view_.tiles, column); }
  /// What the kernels take for the input.
  double value(std::uint32_t column) const {
    double code = code_in(view_.tiles, column);
    if (view_.residual) code += double{kResidualStep} * code_in(view_.residual, column);
    return scale(column / kBlockColumns) * code;
  }

 private:
  const QuantizedBlock& in(const QuantizedBlock* tiles, std::uint32_t block) const {
    return tiles[first_ + std::size_t{block} * stride_];
  }
  int code_in(const QuantizedBlock* tiles, std::uint32_t column) const {
    return in(tiles, column / kBlockColumns).codes[column % kBlockColumns];
  }

  ActivationView view_;
  std::size_t first_;
  std::uint32_t stride_;
};

class KernelTest : public ::testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels_ = kernels_of(GetParam());
  test::Random random_{11};
};

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelTest,
                         ::testing::ValuesIn(supported_instruction_sets()),
                         [](const auto& set) { return std::string(name_of(set.param)); });

TEST_P(KernelTest, RmsNormFollowsItsFormula) {
  for (const std::uint32_t length : {1U, 15U, 16U, 33U, 896U}) {
    const std::vector<float> x = random_floats(random_, length, 3.0F);
    const std::vector<float> weight = random_floats(random_, length);
    std::vector<float> y(length);
    kernels_.rms_norm(x.data(), weight.data(), length, 1e-6F, y.data());

    double squares = 0;
    for (const float value : x) squares += double{value} * value;
    const double scale = 1.0 / std::sqrt(squares / length + 1e-6);
    for (std::uint32_t i = 0; i < length; ++i) {
      EXPECT_NEAR(y[i], x[i] * scale * weight[i], std::abs(y[i]) * kEpsilon * 8);
    }
    std::vector<float> portable_y(length);
    kernels_of(InstructionSet::kPortable)
        .rms_norm(x.data(), weight.data(), length, 1e-6F, portable_y.data());
    expect_same_bits(y, portable_y);
  }
}

TEST_P(KernelTest, SwigluFollowsItsFormulaOverTheWholeRange) {
  std::vector<float> gate = {0.0F,   -0.0F, 1e-8F,  -1e-8F, 87.0F,
                             -87.0F, 88.0F, -88.5F, 1e30F,  -1e30F};
  for (int i = 0; i < 1000; ++i) gate.push_back(random_.normal() * 20.0F);
  const std::vector<float> up = random_floats(random_, gate.size());
  const auto length = static_cast<std::uint32_t>(gate.size());
  std::vector<float> y(length);
  kernels_.swiglu(gate.data(), up.data(), length, y.data());
  for (std::uint32_t i = 0; i < length; ++i) {
    const double expected = gate[i] / (1.0 + std::exp(-double{gate[i]})) * up[i];
    // Where exp(−gate) is held at exp(88), what is left is far below any weight's resolution.
    const double held = gate[i] < -88.0F ? std::abs(gate[i] * up[i]) * 7e-39 : 0.0;
    EXPECT_NEAR(y[i], expected, std::abs(expected) * kEpsilon * 4 + held + 1e-37) << gate[i];
  }
  std::vector<float> portable_y(length);
  kernels_of(InstructionSet::kPortable).swiglu(gate.data(), up.data(), length, portable_y.data());
  expect_same_bits(y, portable_y);
}

void expect_nearest_steps(const std::vector<float>& x, const TileReader& row,
                          InputPrecision precision) {
  for (std::uint32_t block = 0; block < x.size() / 32; ++block) {
    const double scale = row.scale(block);
    const double step = precision == InputPrecision::kOneByte ? scale : scale * kResidualStep;
    std::int32_t sums[2] = {0, 0};
    double block_sum = 0;
    for (std::uint32_t i = 32 * block; i < 32 * (block + 1); ++i) {
      sums[i / 16 % 2] += row.code(i);
      block_sum += row.value(i);
      EXPECT_NEAR(row.value(i), x[i], step * 0.5001 + scale * 64 * kEpsilon + 1e-30);
    }
    EXPECT_EQ(row.start(block, Start::kOffset8), -8 * (sums[0] + sums[1]));
    EXPECT_EQ(row.start(block, Start::kOffset16), -16 * (sums[0] + sums[1]));
    EXPECT_EQ(row.start(block, Start::kOffset128), -128 * (sums[0] + sums[1]));
    EXPECT_EQ(row.start(block, Start::kLowerOffset32), -32 * sums[0]);
    EXPECT_EQ(row.start(block, Start::kUpperOffset32), -32 * sums[1]);
    EXPECT_NEAR(row.scaled_sum(block), block_sum, scale * 4096 * kEpsilon);
  }
}

TEST_P(KernelTest, QuantisationRoundsToTheNearestStep) {
  std::vector<float> x = random_floats(random_, 32 * 40, 5.0F);
  std::fill(x.begin(), x.begin() + 32, 0.0F);         // A block of zeros,
  std::fill(x.begin() + 32, x.begin() + 64, 1e-38F);  // and one of numbers too small to divide by.
  for (const InputPrecision precision : {InputPrecision::kOneByte, InputPrecision::kTwoBytes}) {
    // The tiles are those of three, five and sixteen rows and one, whose rows are the same.
    for (const std::uint32_t rows : {1U, 3U, 5U, 17U}) {
      Activations activations;
      activations.resize(rows, static_cast<std::uint32_t>(x.size()));
      for (std::uint32_t row = 0; row < rows; ++row) {
        std::ranges::copy(x, activations.values(row).begin());
        activations.quantize(row, precision, kernels_);
      }
      expect_nearest_steps(x, TileReader(activations.view(precision), rows / 2), precision);
      expect_nearest_steps(x, TileReader(activations.view(precision), rows - 1), precision);
    }
  }
}

/// Matrices of each type in odd shapes, against sums in double over the dequantised weights and
/// activations: what is left is the rounding of the float sums.
class MultiplyTest : public ::testing::TestWithParam<
                         std::tuple<InstructionSet, gguf::TensorType, InputPrecision>> {
 protected:
  struct Case {
    std::vector<std::byte> data;
    gguf::Tensor tensor;
    std::vector<float> inputs;
    std::vector<float> addend;
  };

  /// Fills `made`, whose tensor then points into it.
  void make(Case& made, std::uint32_t rows, std::uint32_t columns, std::uint32_t inputs) {
    const gguf::TensorType type = std::get<1>(GetParam());
    made.data = test::quantize(type, random_floats(random_, std::size_t{rows} * columns));
    made.tensor = {"w", type, {columns, rows, 1, 1}, made.data};
    made.inputs = random_floats(random_, std::size_t{inputs} * columns, 2.0F);
    made.addend = random_floats(random_, std::size_t{rows} * inputs);
  }

  /// The matrix times so many inputs, those of `given` from `first_input` on.
  std::vector<float> multiply(const Kernels& kernels, const Case& given, std::uint32_t first_input,
                              std::uint32_t inputs) {
    const AlignedMemory packed(PackedMatrix::packed_bytes(given.tensor), Pages::kSmall);
    const PackedMatrix matrix =
        PackedMatrix::pack(given.tensor, packed.as<std::uint8_t>(), threads_);
    const auto rows = static_cast<std::uint32_t>(given.tensor.rows());
    Activations activations;
    fill(activations, given, first_input, inputs);
    // Room for two panels at once, so that the last of an odd number is alone.
    const AlignedMemory scratch(2 * prepared_bytes(matrix.view().columns), Pages::kSmall);
    std::vector<float> output(std::size_t{rows} * inputs);
    kernels.multiply(
        matrix.view(), 0, matrix.panel_count(), activations.view(precision_),
        {output.data(), rows, given.addend.data() + std::size_t{first_input} * rows, rows},
        {scratch.as<std::uint8_t>().data(), scratch.size()});
    return output;
  }

  void fill(Activations& activations, const Case& given, std::uint32_t first, std::uint32_t count) {
    const auto columns = static_cast<std::uint32_t>(given.tensor.columns());
    activations.resize(count, columns);
    for (std::uint32_t row = 0; row < count; ++row) {
      std::copy_n(given.inputs.begin() + std::size_t{first + row} * columns, columns,
                  activations.values(row).begin());
      activations.quantize(row, precision_, kernels_);
    }
  }

  std::uint32_t block_columns() const {
    const std::uint32_t elements = gguf::traits_of(std::get<1>(GetParam())).block_elements;
    return elements == 1 ? 5 : elements;
  }

  const Kernels& kernels_ = kernels_of(std::get<0>(GetParam()));
  const InputPrecision precision_ = std::get<2>(GetParam());
  test::Random random_{5};
  ThreadPool threads_{2};
};

std::string name_of_case(const ::testing::TestParamInfo<MultiplyTest::ParamType>& test) {
  const auto [instruction_set, type, precision] = test.param;
  return std::string(name_of(instruction_set)) + "_" + std::string(gguf::traits_of(type).name) +
         (precision == InputPrecision::kOneByte ? "_one_byte" : "_two_bytes");
}

INSTANTIATE_TEST_SUITE_P(All, MultiplyTest,
                         ::testing::Combine(::testing::ValuesIn(supported_instruction_sets()),
                                            ::testing::ValuesIn(gguf::tensor_types().begin(),
                                                                gguf::tensor_types().end()),
                                            ::testing::Values(InputPrecision::kOneByte,
                                                              InputPrecision::kTwoBytes)),
                         name_of_case);

TEST_P(MultiplyTest, AgreesWithSumsInDouble) {
  for (const std::uint32_t rows : {1U, 16U, 37U}) {
    for (const std::uint32_t blocks : {1U, 3U}) {
      const std::uint32_t columns = blocks * block_columns();
      constexpr std::uint32_t kInputs = 19;
      Case given;
      make(given, rows, columns, kInputs);
      const std::vector<float> output = multiply(kernels_, given, 0, kInputs);
      Activations activations;
      fill(activations, given, 0, kInputs);
      std::vector<float> weights(columns);
      for (std::uint32_t row = 0; row < rows; ++row) {
        gguf::dequantize_row(given.tensor.type, given.tensor.row(row), weights);
        for (std::uint32_t input = 0; input < kInputs; ++input) {
          double sum = given.addend[std::size_t{input} * rows + row];
          double norm = std::abs(sum);
          for (std::uint32_t column = 0; column < columns; ++column) {
            const double x = is_float(given.tensor.type)
                                 ? double{activations.values(input)[column]}
                                 : TileReader(activations.view(precision_), input).value(column);
            sum += weights[column] * x;
            norm += std::abs(weights[column] * x);
          }
          // Each block adds a few roundings; codes before their offset are taken off, and the two
          // parts of a weight with a minimum, are up to a few times larger than the sum of
          // products.
          const double tolerance = 16 * norm * kEpsilon * std::sqrt(columns / 8.0 + 1);
          EXPECT_NEAR(output[std::size_t{input} * rows + row], sum, tolerance);
        }
      }
    }
  }
}

TEST_P(MultiplyTest, ARowDoesNotDependOnTheRowsBesideItNorOnTheInstructionSet) {
  constexpr std::uint32_t kRows = 24;
  constexpr std::uint32_t kInputs = 37;
  Case given;
  make(given, kRows, 2 * block_columns(), kInputs);
  const std::vector<float> together = multiply(kernels_, given, 0, kInputs);
  expect_same_bits(together, multiply(kernels_of(InstructionSet::kPortable), given, 0, kInputs));
  for (const std::uint32_t count : {1U, 2U, 3U, 5U, 8U, 13U, 16U, 29U}) {
    for (std::uint32_t first = 0; first + count <= kInputs; first += 4) {
      const std::vector<float> part = multiply(kernels_, given, first, count);
      EXPECT_EQ(std::memcmp(part.data(), together.data() + std::size_t{first} * kRows,
                            part.size() * sizeof(float)),
                0);
    }
  }
}

TEST_P(KernelTest, ReadingForTheLimitLeavesNoByteOut) {
  const LimitKernels& limits = limit_kernels_of(GetParam());
  const AlignedMemory memory(2 * LimitKernels::kReadStep, Pages::kSmall);
  const std::span<std::uint8_t> bytes = memory.as<std::uint8_t>();
  EXPECT_EQ(limits.read(bytes.data(), bytes.size()), 0);
  for (std::uint8_t& byte : bytes) {
    for (const unsigned bit : {0U, 5U, 6U, 7U}) {
      byte = static_cast<std::uint8_t>(1U << bit);
      EXPECT_GT(limits.read(bytes.data(), bytes.size()), 0);
    }
    byte = 0;
  }
}

TEST_P(KernelTest, MultiplyingForTheLimitLeavesNoTileOut) {
  const LimitKernels& limits = limit_kernels_of(GetParam());
  // Tiles differ by one code each, so that so many tiles have about so many times the sum of one.
  const auto one = static_cast<double>(limits.multiply_tiles(1));
  EXPECT_NEAR(static_cast<double>(limits.multiply_tiles(50)), 50 * one, 0.01 * 50 * one);
}

TEST_P(KernelTest, AccumulatingForTheLimitLeavesNoBlockOut) {
  const LimitKernels& limits = limit_kernels_of(GetParam());
  // Blocks differ by one factor in their steps, and factors lie between 1/2 and 1.
  const float one = limits.accumulate_blocks(1);
  const auto products = static_cast<float>(limits.block_products);
  EXPECT_GT(one, 0.25F * products);
  EXPECT_LT(one, products);
  EXPECT_NEAR(limits.accumulate_blocks(50), 50 * one, 0.01F * 50 * one);
}

}  // namespace
}  // namespace nextline::cpu
