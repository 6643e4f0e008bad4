#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/cuda_device/tests/device_test.h"
#include "tests/support/random.h"

namespace nextline::cuda_device {
namespace {

/// A matrix column by column, as it lies in memory, with more rows than are used.
struct Matrix {
  int rows, columns, leading;
  cudaDataType type;
  std::vector<std::uint16_t> bits;

  float at(int row, int column) const {
    const std::uint16_t number = bits[static_cast<std::size_t>(column * leading + row)];
    return type == CUDA_R_16F ? __half2float(__ushort_as_half(number))
                              : __bfloat162float(__ushort_as_bfloat16(number));
  }
  /// An element of op(matrix).
  float at(int row, int column, cublasOperation_t operation) const {
    return operation == CUBLAS_OP_N ? at(row, column) : at(column, row);
  }
};

Matrix random_matrix(test::Random& random, int rows, int columns, cudaDataType type) {
  Matrix matrix{rows, columns, rows + static_cast<int>(random.below(5)), type, {}};
  for (int i = 0; i < matrix.leading * columns; ++i) {
    const float number = random.normal();
    matrix.bits.push_back(type == CUDA_R_16F ? __half_as_ushort(__float2half_rn(number))
                                             : __bfloat16_as_ushort(__float2bfloat16_rn(number)));
  }
  return matrix;
}

struct Product {
  cublasOperation_t a_operation, b_operation;
  int m, n, k;
  cudaDataType type;
  float alpha = 1, beta = 0;
};

class GemmTest : public DeviceTest {
 protected:
  GemmTest() { EXPECT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS); }
  ~GemmTest() override { cublasDestroy(handle_); }

  std::vector<float> multiply(const Product& product, const Matrix& a, const Matrix& b,
                              const std::vector<float>& c, int c_leading) {
    const DeviceArray<std::uint16_t> a_held(a.bits);
    const DeviceArray<std::uint16_t> b_held(b.bits);
    const DeviceArray<float> c_held(c);
    EXPECT_EQ(cublasGemmEx(handle_, product.a_operation, product.b_operation, product.m, product.n,
                           product.k, &product.alpha, a_held.data(), a.type, a.leading,
                           b_held.data(), b.type, b.leading, &product.beta, c_held.data(),
                           CUDA_R_32F, c_leading, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
              CUBLAS_STATUS_SUCCESS);
    return c_held.values();
  }

  cublasHandle_t handle_ = nullptr;
};

std::vector<float> multiply_slowly(const Product& product, const Matrix& a, const Matrix& b,
                                   std::vector<float> c, int c_leading) {
  for (int row = 0; row < product.m; ++row) {
    for (int column = 0; column < product.n; ++column) {
      float sum = 0;
      for (int i = 0; i < product.k; ++i) {
        sum += a.at(row, i, product.a_operation) * b.at(i, column, product.b_operation);
      }
      float& output = c[static_cast<std::size_t>(column * c_leading + row)];
      output = (product.beta == 0 ? 0 : product.beta * output) + product.alpha * sum;
    }
  }
  return c;
}

TEST_F(GemmTest, IsTheTripleLoopBitForBit) {
  test::Random random(1);
  for (int i = 0; i < 200; ++i) {
    const auto draw_size = [&](std::uint64_t most) {
      return static_cast<int>(random.below(most)) + 1;
    };
    const auto draw_operation = [&] { return random.below(2) == 0 ? CUBLAS_OP_N : CUBLAS_OP_T; };
    const Product product{draw_operation(),
                          draw_operation(),
                          draw_size(100),
                          draw_size(20),
                          draw_size(80),
                          random.below(2) == 0 ? CUDA_R_16F : CUDA_R_16BF,
                          random.below(2) == 0 ? 1.0f : random.normal(),
                          random.below(2) == 0 ? 0.0f : random.normal()};
    const bool a_turned = product.a_operation == CUBLAS_OP_T;
    const bool b_turned = product.b_operation == CUBLAS_OP_T;
    const Matrix a = random_matrix(random, a_turned ? product.k : product.m,
                                   a_turned ? product.m : product.k, product.type);
    const Matrix b = random_matrix(random, b_turned ? product.n : product.k,
                                   b_turned ? product.k : product.n, product.type);
    const int c_leading = product.m + static_cast<int>(random.below(3));
    std::vector<float> c(static_cast<std::size_t>(c_leading * product.n));
    for (float& number : c) number = random.normal();

    ASSERT_EQ(multiply(product, a, b, c, c_leading), multiply_slowly(product, a, b, c, c_leading))
        << product.m << " x " << product.n << " x " << product.k;
  }
}

TEST_F(GemmTest, ZeroColumnsGiveZerosAndWhatWasThereIsNotRead) {
  test::Random random(2);
  const Product product{CUBLAS_OP_T, CUBLAS_OP_N, 40, 9, 64, CUDA_R_16F};
  const Matrix a = random_matrix(random, 64, 40, CUDA_R_16F);
  Matrix b = random_matrix(random, 64, 9, CUDA_R_16F);
  std::fill(b.bits.begin() + 2 * b.leading, b.bits.begin() + 7 * b.leading, 0x8000);
  const std::vector<float> nans(40 * 9, NAN);

  EXPECT_EQ(multiply(product, a, b, nans, 40), multiply_slowly(product, a, b, nans, 40));
}

TEST_F(GemmTest, WhatTheReferenceDoesNotHaveIsRefused) {
  const DeviceArray<float> memory(64);
  const float one = 1;
  const auto multiply_as = [&](cudaDataType a_type, cudaDataType c_type, int a_leading) {
    return cublasGemmEx(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4, &one, memory.data(), a_type,
                        a_leading, memory.data(), a_type, 4, &one, memory.data(), c_type, 4,
                        CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  };
  EXPECT_EQ(multiply_as(CUDA_R_32F, CUDA_R_32F, 4), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(multiply_as(CUDA_R_16F, CUDA_R_16F, 4), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(multiply_as(CUDA_R_16F, CUDA_R_32F, 3), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(multiply_as(CUDA_R_16F, CUDA_R_32F, 64), CUBLAS_STATUS_EXECUTION_FAILED);
  EXPECT_EQ(multiply_as(CUDA_R_16F, CUDA_R_32F, 4), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(counts().multiplications, 1U);
}

TEST_F(GemmTest, AWorkspaceHasToBeTheDevices) {
  const DeviceArray<float> memory(64);
  float host = 0;
  EXPECT_EQ(cublasSetWorkspace(handle_, memory.data(), 256), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetWorkspace(handle_, memory.data(), 257), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(cublasSetWorkspace(handle_, &host, 4), CUBLAS_STATUS_INVALID_VALUE);
}

}  // namespace
}  // namespace nextline::cuda_device
