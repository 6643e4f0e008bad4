// generic/tile_product.h, over an emulated tile unit; and amx/simd.h, whose instructions are
// trapped where the processor lacks them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "engine/backend/cpu/activations.h"
#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cpu/packed_matrix.h"
#include "engine/backend/cpu/thread_pool.h"
#include "tests/support/emulated_tile_unit.h"
#include "tests/support/emulated_tiles.h"
#include "tests/support/quantize.h"
#include "tests/support/random.h"
#include "tests/support/trapped_tile_unit.h"

namespace nextline::cpu {
namespace {

using Multiply = decltype(Kernels::multiply);

std::vector<gguf::TensorType> quantised_types() {
  std::vector<gguf::TensorType> types;
  for (const gguf::TensorType type : gguf::tensor_types()) {
    if (!is_float(type)) types.push_back(type);
  }
  return types;
}

/// Matrices of each type in odd shapes, multiplied with a tile unit and without.
class TileKernelsTest
    : public ::testing::TestWithParam<std::tuple<gguf::TensorType, InputPrecision>> {
 protected:
  std::vector<float> random_floats(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = random_.normal();
    return values;
  }

  /// The test has one at a time.
  PackedMatrix random_matrix(std::uint32_t rows, std::uint32_t columns) {
    const std::vector<std::byte> data =
        test::quantize(type_, random_floats(std::size_t{rows} * columns));
    const gguf::Tensor tensor{"w", type_, {columns, rows, 1, 1}, data};
    packed_ = AlignedMemory(PackedMatrix::packed_bytes(tensor), Pages::kSmall);
    return PackedMatrix::pack(tensor, packed_.as<std::uint8_t>(), threads_);
  }

  void fill(Activations& activations, std::uint32_t rows, std::uint32_t columns) {
    activations.resize(rows, columns);
    for (std::uint32_t row = 0; row < rows; ++row) {
      std::ranges::copy(random_floats(columns), activations.values(row).begin());
      activations.quantize(row, precision_, kernels_of(InstructionSet::kPortable));
    }
  }

  std::vector<float> multiply(Multiply kernel, const PackedMatrix& matrix,
                              const Activations& activations) {
    const PackedMatrixView& view = matrix.view();
    const ActivationView inputs = activations.view(precision_);
    // Room for two panels at once, so that the last of an odd number is alone.
    const AlignedMemory scratch(2 * prepared_bytes(view.columns), Pages::kSmall);
    std::vector<float> output(std::size_t{view.rows} * inputs.rows);
    kernel(view, 0, matrix.panel_count(), inputs, {output.data(), view.rows, nullptr, 0},
           {scratch.as<std::uint8_t>().data(), scratch.size()});
    return output;
  }

  /// Columns of the smallest matrix of the type.
  std::uint32_t narrow() const { return gguf::traits_of(type_).block_elements; }

  const gguf::TensorType type_ = std::get<0>(GetParam());
  const InputPrecision precision_ = std::get<1>(GetParam());
  test::Random random_{7};
  AlignedMemory packed_;
  ThreadPool threads_{1};
};

INSTANTIATE_TEST_SUITE_P(
    All, TileKernelsTest,
    ::testing::Combine(::testing::ValuesIn(quantised_types()),
                       ::testing::Values(InputPrecision::kOneByte, InputPrecision::kTwoBytes)),
    [](const auto& test) {
      return std::string(gguf::traits_of(std::get<0>(test.param)).name) +
             (std::get<1>(test.param) == InputPrecision::kOneByte ? "_one_byte" : "_two_bytes");
    });

TEST_P(TileKernelsTest, GiveTheBitsOfTheOtherInstructionSets) {
  for (const std::uint32_t rows : {1U, 16U, 37U, 48U}) {
    for (const std::uint32_t blocks : {1U, 3U, 6U}) {
      const std::uint32_t columns = blocks * narrow();
      const PackedMatrix matrix = random_matrix(rows, columns);
      for (const std::uint32_t inputs : {16U, 17U, 31U, 32U, 37U, 64U}) {
        Activations activations;
        fill(activations, inputs, columns);
        const auto with = multiply(test::multiply_with_emulated_tiles, matrix, activations);
        const auto without =
            multiply(kernels_of(InstructionSet::kPortable).multiply, matrix, activations);
        EXPECT_EQ(std::memcmp(with.data(), without.data(), with.size() * sizeof(float)), 0)
            << rows << " rows, " << columns << " columns, " << inputs << " inputs";
      }
    }
  }
}

TEST_P(TileKernelsTest, UseTheUnitAndReleaseIt) {
  const PackedMatrix matrix = random_matrix(16, narrow());
  Activations activations;
  fill(activations, 32, narrow());
  const std::uint64_t before = test::emulated_products();
  multiply(test::multiply_with_emulated_tiles, matrix, activations);
  const std::uint64_t bytes = precision_ == InputPrecision::kOneByte ? 1 : 2;
  EXPECT_EQ(test::emulated_products() - before, bytes * 32 * 16 * narrow());
  EXPECT_FALSE(test::is_emulated_unit_configured());
}

bool has(InstructionSet instruction_set) {
  const auto supported = supported_instruction_sets();
  return std::ranges::find(supported, instruction_set) != supported.end();
}

/// The machine code for a processor's own unit. Where there is none, its instructions are trapped.
TEST_P(TileKernelsTest, GiveTheBitsOfTheOtherInstructionSetsInMachineCode) {
  if (!has(InstructionSet::kAvx512)) GTEST_SKIP() << "The vectors beside the unit are AVX-512's.";
  for (const std::uint32_t blocks : {1U, 2U, 7U}) {
    const std::uint32_t columns = blocks * narrow();
    const PackedMatrix matrix = random_matrix(37, columns);
    Activations activations;
    fill(activations, 37, columns);
    const auto without =
        multiply(kernels_of(InstructionSet::kPortable).multiply, matrix, activations);
    std::optional<test::TrappedTileUnit> unit;
    if (!has(InstructionSet::kAmx)) unit.emplace();
    const auto with = multiply(kernels_of(InstructionSet::kAmx).multiply, matrix, activations);
    EXPECT_EQ(std::memcmp(with.data(), without.data(), with.size() * sizeof(float)), 0);
    if (unit) {
      // Two of the three tiles of inputs are full; all panels are.
      const std::uint64_t bytes = precision_ == InputPrecision::kOneByte ? 1 : 2;
      EXPECT_EQ(unit->products(), bytes * 32 * 48 * columns);
      EXPECT_FALSE(unit->is_configured());
    }
  }
}

TEST(TileLimit, LeavesNoTileOut) {
  const LimitKernels& limits = test::kEmulatedTileLimits;
  const std::uint64_t before = test::emulated_products();
  const auto one = static_cast<double>(limits.multiply_tiles(1));
  EXPECT_EQ(test::emulated_products() - before, limits.tile_products);
  EXPECT_NEAR(static_cast<double>(limits.multiply_tiles(5)), 5 * one, 0.01 * 5 * one);
  EXPECT_FALSE(test::is_emulated_unit_configured());
}

TEST(TileLimit, IsTheSameInMachineCode) {
  if (!has(InstructionSet::kAvx512)) GTEST_SKIP() << "The vectors beside the unit are AVX-512's.";
  std::optional<test::TrappedTileUnit> unit;
  if (!has(InstructionSet::kAmx)) unit.emplace();
  EXPECT_EQ(limit_kernels_of(InstructionSet::kAmx).multiply_tiles(3),
            test::kEmulatedTileLimits.multiply_tiles(3));
}

/// The unit that stands in for a processor's: three tiles for a product of `columns` columns, two
/// rows and two outputs.
class EmulatedTileUnitTest : public ::testing::Test {
 protected:
  static constexpr int kSums = 0;
  static constexpr int kInputs = 1;
  static constexpr int kWeights = 2;

  void configure(std::uint8_t columns) {
    std::uint8_t configuration[64] = {1};
    const auto set = [&](int tile, std::uint8_t rows, std::uint8_t bytes) {
      configuration[16 + 2 * tile] = bytes;
      configuration[48 + tile] = rows;
    };
    set(kSums, 2, 8);
    set(kInputs, 2, columns);
    set(kWeights, 2, 8);
    unit_.ldtilecfg(configuration);
  }

  test::EmulatedTileUnit unit_;
};

TEST_F(EmulatedTileUnitTest, MultipliesSignedBytesByUnsignedOnes) {
  configure(8);
  const std::int8_t inputs[2][8] = {{1, -2, 3, -4, 5, -6, 7, -8}, {-128, 0, 0, 0, 0, 0, 0, 127}};
  // Columns 0 … 3 of both outputs, then columns 4 … 7.
  const std::uint8_t weights[2][8] = {{255, 1, 1, 1, 2, 0, 0, 0}, {1, 1, 1, 255, 0, 0, 3, 0}};
  std::int32_t sums[2][2] = {{1000, 0}, {0, 0}};
  unit_.tileloadd(kInputs, reinterpret_cast<const std::uint8_t*>(inputs), 8);
  unit_.tileloadd(kWeights, weights[0], 8);
  unit_.tileloadd(kSums, reinterpret_cast<const std::uint8_t*>(sums), 8);
  unit_.tdpbsud(kSums, kInputs, kWeights);
  unit_.tilestored(kSums, reinterpret_cast<std::uint8_t*>(sums), 8);
  EXPECT_EQ(sums[0][0], 1000 + 255 - 2 + 3 - 4 + 5 - 6 + 7 - 8 * 255);
  EXPECT_EQ(sums[0][1], 2 * 1 + 3 * 7);
  EXPECT_EQ(sums[1][0], -128 * 255 + 127 * 255);
  EXPECT_EQ(sums[1][1], -128 * 2);
}

TEST_F(EmulatedTileUnitTest, FaultsWhereAProcessorDoes) {
  EXPECT_THROW(unit_.tilezero(kSums), std::logic_error);
  configure(8);
  EXPECT_NO_THROW(unit_.tdpbsud(kSums, kInputs, kWeights));
  EXPECT_THROW(unit_.tdpbsud(kSums, kInputs, kInputs), std::logic_error);
  EXPECT_THROW(unit_.tilezero(3), std::logic_error);
  configure(4);  // Half of what the weights have.
  EXPECT_THROW(unit_.tdpbsud(kSums, kInputs, kWeights), std::logic_error);
  unit_.tilerelease();
  EXPECT_THROW(unit_.tilezero(kSums), std::logic_error);
}

}  // namespace
}  // namespace nextline::cpu
