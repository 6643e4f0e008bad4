#include "engine/gguf/tensor_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <vector>

#include "tests/unit/gguf/expected_blocks.h"

namespace nextline::gguf {

void PrintTo(const ExpectedBlocks& expected, std::ostream* stream) {
  *stream << traits_of(expected.type).name;
}

namespace {

std::vector<std::byte> from_hexadecimal(std::string_view text) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(std::byte(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

class DequantizeRow : public testing::TestWithParam<ExpectedBlocks> {};

TEST_P(DequantizeRow, IsBitForBitWhatTheFormatDefines) {
  const std::vector<std::byte> row = from_hexadecimal(GetParam().blocks);
  const std::vector<std::byte> expected = from_hexadecimal(GetParam().values);

  std::vector<float> values(expected.size() / sizeof(float));
  dequantize_row(GetParam().type, row, values);

  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, expected.data() + i * sizeof(bits), sizeof(bits));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), bits) << "element " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, DequantizeRow, testing::ValuesIn(kExpectedBlocks),
                         [](const auto& test) {
                           return std::string(traits_of(test.param.type).name);
                         });

TEST(DequantizeRow, CopiesF32AsItIsAndNeedsNoAlignment) {
  const std::vector<float> values = {0.0f, -0.0f, 1.5f, 3.4e38f, 1e-45f};
  std::vector<std::byte> unaligned(1 + values.size() * sizeof(float));
  std::memcpy(unaligned.data() + 1, values.data(), values.size() * sizeof(float));

  std::vector<float> read(values.size());
  dequantize_row(TensorType::kF32, std::span(unaligned).subspan(1), read);

  EXPECT_EQ(std::memcmp(read.data(), values.data(), values.size() * sizeof(float)), 0);
}

TEST(TensorTypes, HaveTheSizesOfTheFormat) {
  const auto size = [](TensorType type) {
    return std::pair(traits_of(type).block_elements, traits_of(type).block_bytes);
  };
  EXPECT_EQ(size(TensorType::kF32), std::pair(1u, 4u));
  EXPECT_EQ(size(TensorType::kF16), std::pair(1u, 2u));
  EXPECT_EQ(size(TensorType::kBF16), std::pair(1u, 2u));
  EXPECT_EQ(size(TensorType::kQ4_0), std::pair(32u, 18u));
  EXPECT_EQ(size(TensorType::kQ4_1), std::pair(32u, 20u));
  EXPECT_EQ(size(TensorType::kQ5_0), std::pair(32u, 22u));
  EXPECT_EQ(size(TensorType::kQ5_1), std::pair(32u, 24u));
  EXPECT_EQ(size(TensorType::kQ8_0), std::pair(32u, 34u));
  EXPECT_EQ(size(TensorType::kQ4_K), std::pair(256u, 144u));
  EXPECT_EQ(size(TensorType::kQ5_K), std::pair(256u, 176u));
  EXPECT_EQ(size(TensorType::kQ6_K), std::pair(256u, 210u));
}

TEST(TensorTypes, AreFoundByTheirNumber) {
  for (const TensorType type : tensor_types()) {
    EXPECT_EQ(tensor_type_from_number(static_cast<std::uint32_t>(type)), type);
  }
  EXPECT_EQ(tensor_type_from_number(10), std::nullopt);
  EXPECT_EQ(tensor_type_from_number(0xffffffff), std::nullopt);
}

TEST(TensorTypes, HaveNamesEvenIfTheyAreNotRead) {
  EXPECT_EQ(tensor_type_name(12), "Q4_K");
  EXPECT_EQ(tensor_type_name(23), "IQ4_XS");
  EXPECT_EQ(tensor_type_name(4), "");  // Removed from the format.
  EXPECT_EQ(tensor_type_name(1000), "");
}

}  // namespace
}  // namespace nextline::gguf
