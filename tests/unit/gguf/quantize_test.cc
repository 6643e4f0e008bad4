#include "tests/support/quantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "engine/gguf/tensor_type.h"
#include "tests/support/random.h"

namespace nextline::test {
namespace {

using gguf::TensorType;

std::vector<float> quantized_and_back(TensorType type, const std::vector<float>& values) {
  std::vector<float> read(values.size());
  gguf::dequantize_row(type, quantize(type, values), read);
  return read;
}

/// The root mean square error for values of variance 1: a little more than a quantiser with a
/// careful search for scales has, and far less than one whose bits are in the wrong places.
double tolerated_error(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return 0;
    case TensorType::kF16:
      return 0x1p-11;
    case TensorType::kBF16:
      return 0x1p-8;
    case TensorType::kQ8_0:
      return 0.01;
    case TensorType::kQ6_K:
      return 0.03;
    case TensorType::kQ5_0:
    case TensorType::kQ5_1:
    case TensorType::kQ5_K:
      return 0.06;
    case TensorType::kQ4_0:
    case TensorType::kQ4_1:
    case TensorType::kQ4_K:
      return 0.12;
  }
  return 0;
}

class Quantize : public testing::TestWithParam<TensorType> {};

TEST_P(Quantize, StaysCloseToTheValues) {
  Random random(7);
  std::vector<float> values(4096);
  for (float& value : values) value = random.normal();

  const std::vector<float> read = quantized_and_back(GetParam(), values);

  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += std::pow(double{values[i]} - double{read[i]}, 2);
  }
  EXPECT_LE(std::sqrt(squares / static_cast<double>(values.size())), tolerated_error(GetParam()));
}

TEST_P(Quantize, KeepsZerosExactly) {
  const std::vector<float> zeros(256, 0.0f);
  EXPECT_EQ(quantized_and_back(GetParam(), zeros), zeros);
}

TEST_P(Quantize, TakesValuesOfOneSign) {
  for (const float value : {0.75f, -0.75f}) {
    for (const float read : quantized_and_back(GetParam(), std::vector<float>(256, value))) {
      ASSERT_NEAR(read, value, 0.02);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, Quantize, testing::ValuesIn(gguf::tensor_types().begin(), gguf::tensor_types().end()),
    [](const auto& test) { return std::string(gguf::traits_of(test.param).name); });

}  // namespace
}  // namespace nextline::test
