#include "engine/backend/cuda/many_rows.h"

#include <algorithm>
#include <cstring>

#include "engine/backend/cuda/weight_block.cuh"

namespace nextline::cuda {
namespace {

constexpr std::uint32_t kThreads = 256;
constexpr std::uint32_t kWarps = kThreads / kWarpThreads;

/// What cuBLAS itself takes at the most.
constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;

/// Largest finite half: weights beyond it, which no model has, end there.
constexpr float kMostHalf = 65504.0F;

/// Rows of halves begin at multiples of whole blocks, which matrix units can load.
__host__ __device__ constexpr std::uint32_t half_stride(std::uint32_t columns) {
  return (columns + kBlockColumns - 1) / kBlockColumns * kBlockColumns;
}

/// The bits of two halves.
__device__ __forceinline__ std::uint32_t half_pair(float low, float high) {
  const __half2 pair = __floats2half2_rn(low, high);
  std::uint32_t bits = 0;
  memcpy(&bits, &pair, sizeof(bits));
  return bits;
}

/// Expands a matrix: a thread per block of 32 columns; [rows × half_stride].
__global__ __launch_bounds__(kThreads) void expand_to_halves(PackedMatrix matrix, __half* halves) {
  await_earlier_kernels();
  const std::uint32_t count = matrix.rows * matrix.blocks;  // Of 18 bytes and more each.
  const std::uint32_t step = gridDim.x * kThreads;
  with_type(matrix.type, [&]<gguf::TensorType kType>() {
    for (std::uint32_t index = blockIdx.x * kThreads + threadIdx.x; index < count; index += step) {
      WeightBlock<kType> weights;
      weights.load(matrix, index / matrix.blocks, index % matrix.blocks);
      std::uint32_t words[16];  // Of two halves each, in the order of the columns.
#pragma unroll
      for (int part = 0; part < 4; ++part) {
        float own[8];
        weights.next(own);
#pragma unroll
        for (int i = 0; i < 8; ++i) own[i] = fminf(fmaxf(own[i], -kMostHalf), kMostHalf);
        words[2 * part] = half_pair(own[0], own[1]);
        words[2 * part + 1] = half_pair(own[2], own[3]);
        words[8 + 2 * part] = half_pair(own[4], own[5]);
        words[8 + 2 * part + 1] = half_pair(own[6], own[7]);
      }
      uint4* const to = reinterpret_cast<uint4*>(halves + std::size_t{index} * kBlockColumns);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        to[i] = make_uint4(words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]);
      }
    }
  });
}

/// The sum, or the highest, of what the threads of a block bring; the same in each, a fixed tree.
__device__ float sum_over_block(float value) {
  __shared__ float sums[kWarps];
  value = sum_over_lanes(value);
  if (lane_index() == 0) sums[warp_index()] = value;
  __syncthreads();
  float sum = 0.0F;
  for (std::uint32_t warp = 0; warp < kWarps; ++warp) sum += sums[warp];
  return sum;
}
__device__ float highest_over_block(float value) {
  __shared__ float highest[kWarps];
  value = highest_over_lanes(value);
  if (lane_index() == 0) highest[warp_index()] = value;
  __syncthreads();
  float all = 0.0F;
  for (std::uint32_t warp = 0; warp < kWarps; ++warp) all = fmaxf(all, highest[warp]);
  return all;
}

/// Two to the power that brings `magnitude` into [1, 2), and its inverse. Both are finite and no
/// subnormal numbers; those beyond them, and nothing at all, are left as they are.
struct RowScale {
  float factor;
  float inverse;
};
__device__ RowScale scale_for(float magnitude) {
  const std::uint32_t exponent = __float_as_uint(magnitude) >> 23;
  if (exponent < 1 || exponent > 253) return {1.0F, 1.0F};
  return {__uint_as_float((254 - exponent) << 23), __uint_as_float(exponent << 23)};
}

/// Where rows of halves go.
struct HalfRows {
  __half* halves;  // [rows × half_stride(length)]
  float* factors;  // [rows]
  std::uint32_t length;
};

/// Stores a row, value(i) for each column: a thread block per row. Columns that fill up a block are
/// zero.
template <typename Value>
__device__ void store_halves(const HalfRows& to, Value value) {
  const std::uint32_t stride = half_stride(to.length);
  __half* const halves = to.halves + std::size_t{blockIdx.x} * stride;
  float magnitude = 0.0F;
  for (std::uint32_t i = threadIdx.x; i < to.length; i += kThreads) {
    magnitude = fmaxf(magnitude, fabsf(value(i)));
  }
  const RowScale scale = scale_for(highest_over_block(magnitude));
  for (std::uint32_t i = threadIdx.x; i < stride; i += kThreads) {
    halves[i] = __float2half_rn(i < to.length ? value(i) * scale.factor : 0.0F);
  }
  if (threadIdx.x == 0) to.factors[blockIdx.x] = scale.inverse;
}

__global__ __launch_bounds__(kThreads) void rows_to_halves(HalfRows to, const float* rows) {
  await_earlier_kernels();
  const float* const row = rows + std::size_t{blockIdx.x} * to.length;
  store_halves(to, [&](std::uint32_t i) { return row[i]; });
}

__global__ __launch_bounds__(kThreads) void normed_to_halves(HalfRows to, const float* rows,
                                                             const float* norm, float epsilon) {
  await_earlier_kernels();
  const float* const row = rows + std::size_t{blockIdx.x} * to.length;
  float squares = 0.0F;
  for (std::uint32_t i = threadIdx.x; i < to.length; i += kThreads) {
    squares = fmaf(row[i], row[i], squares);
  }
  const float sum = sum_over_block(squares);
  const float factor = 1.0F / sqrtf(sum / static_cast<float>(to.length) + epsilon);
  store_halves(to, [&](std::uint32_t i) { return row[i] * factor * norm[i]; });
}

/// `factors` of the products are those of their inputs; the rows' own take their place.
__global__ __launch_bounds__(kThreads) void activated_to_halves(HalfRows to, const float* products,
                                                                std::uint32_t stride, bool paired) {
  await_earlier_kernels();
  const float* const row = products + std::size_t{blockIdx.x} * stride;
  const float factor = to.factors[blockIdx.x];
  __syncthreads();
  store_halves(to, [&](std::uint32_t i) {
    const std::uint32_t gate_place = paired ? i / 2 * 4 + i % 2 : i;
    const std::uint32_t up_place = paired ? gate_place + 2 : to.length + i;
    const float gate = row[gate_place] * factor;
    return gate / (1.0F + expf(-gate)) * (row[up_place] * factor);
  });
}

__global__ __launch_bounds__(kThreads) void add_products(const float* products,
                                                         const float* factors, const float* earlier,
                                                         const std::uint32_t* earlier_rows,
                                                         std::uint32_t length, float* sums) {
  await_earlier_kernels();
  const std::uint32_t row = blockIdx.x;
  const std::size_t from = earlier_rows ? earlier_rows[row] : row;
  for (std::uint32_t i = threadIdx.x; i < length; i += kThreads) {
    const std::size_t place = std::size_t{row} * length + i;
    sums[place] = earlier[from * length + i] + products[place] * factors[row];
  }
}

std::uint32_t padded(std::uint32_t row_count) {
  return (row_count + kTileRows - 1) / kTileRows * kTileRows;
}

}  // namespace

Result<std::unique_ptr<ManyRows>> ManyRows::create(const Weights& weights, DeviceContext& device) {
  std::unique_ptr<ManyRows> many(new ManyRows(device));
  if (auto done = many->set_up(weights); !done) return tl::unexpected(done.error());
  return many;
}

ManyRows::~ManyRows() {
  if (cublas_ != nullptr) cublasDestroy(cublas_);
}

Result<void> ManyRows::set_up(const Weights& weights) {
  std::size_t most_weights = 0;
  for (const Projection* projection : weights.projections()) {
    const std::uint32_t outputs = projection->output_count();
    most_columns_ = std::max(most_columns_, projection->columns());
    most_outputs_ = std::max(most_outputs_, outputs);
    most_weights =
        std::max(most_weights, std::size_t{outputs} * half_stride(projection->columns()));
  }
  auto workspace = DeviceBuffer<std::byte>::allocate(kWorkspaceBytes, "the products of many rows");
  if (!workspace) return tl::unexpected(workspace.error());
  workspace_ = std::move(*workspace);
  auto expanded = DeviceBuffer<__half>::allocate(most_weights, "the products of many rows");
  if (!expanded) return tl::unexpected(expanded.error());
  weights_ = std::move(*expanded);

  int version = 0;
  cublasHandle_t cublas = nullptr;
  cublasStatus_t status = cublasCreate(&cublas);
  if (status == CUBLAS_STATUS_SUCCESS) cublas_ = cublas;  // Else there is none to be destroyed.
  if (status == CUBLAS_STATUS_SUCCESS) status = cublasGetVersion(cublas_, &version);
  if (status == CUBLAS_STATUS_SUCCESS) status = cublasSetStream(cublas_, device_.stream());
  if (status == CUBLAS_STATUS_SUCCESS) {
    status = cublasSetWorkspace(cublas_, workspace_.data(), kWorkspaceBytes);
  }
  if (status == CUBLAS_STATUS_SUCCESS) {
    status = cublasSetMathMode(cublas_, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION);
  }
  if (status != CUBLAS_STATUS_SUCCESS) {
    const std::string cause = cublasGetStatusString(status);
    return nextline::failure(
        "cuBLAS cannot be used on the CUDA device \"" + device_.name() + "\": " + cause + ".",
        cause);
  }
  version_ = static_cast<std::uint32_t>(version);
  return {};
}

bool ManyRows::reserve(std::uint32_t row_count) {
  const std::size_t rows = padded(row_count);
  return inputs_.reserve(device_, rows * half_stride(most_columns_)) &&
         outputs_.reserve(device_, rows * most_outputs_) && row_factors_.reserve(device_, rows);
}

bool ManyRows::take_normed(const float* rows, std::uint32_t row_count, std::uint32_t length,
                           const float* norm, float epsilon) {
  const HalfRows to{inputs_.data(), row_factors_.data(), length};
  return device_.launch(normed_to_halves, dim3(row_count), dim3(kThreads), 0, to, rows, norm,
                        epsilon);
}

bool ManyRows::take(const float* rows, std::uint32_t row_count, std::uint32_t length) {
  const HalfRows to{inputs_.data(), row_factors_.data(), length};
  return device_.launch(rows_to_halves, dim3(row_count), dim3(kThreads), 0, to, rows);
}

bool ManyRows::take_activated(std::uint32_t row_count, std::uint32_t length, bool paired) {
  const HalfRows to{inputs_.data(), row_factors_.data(), length};
  const std::uint32_t stride = paired ? (length + 1) / 2 * 4 : 2 * length;
  return device_.launch(activated_to_halves, dim3(row_count), dim3(kThreads), 0, to,
                        outputs_.data(), stride, paired);
}

bool ManyRows::multiply(const Projection& projection, std::uint32_t row_count) {
  const std::uint32_t stride = half_stride(projection.columns());
  std::size_t expanded = 0;
  for (std::uint32_t i = 0; i < projection.matrix_count; ++i) {
    const PackedMatrix& matrix = projection.matrices[i];
    const std::size_t blocks = std::size_t{matrix.rows} * matrix.blocks;
    const auto grid = static_cast<std::uint32_t>(std::min<std::size_t>(
        (blocks + kThreads - 1) / kThreads, std::size_t{32} * device_.multiprocessor_count()));
    if (!device_.launch(expand_to_halves, dim3(grid), dim3(kThreads), 0, matrix,
                        weights_.data() + expanded)) {
      return false;
    }
    expanded += std::size_t{matrix.rows} * stride;
  }
  // Column by column, as cuBLAS has it: outputs [outputs × rows] = weightsᵀ [columns × outputs]ᵀ ·
  // inputs [columns × rows].
  const auto outputs = static_cast<int>(projection.output_count());
  const auto columns = static_cast<int>(stride);
  const float one = 1.0F;
  const float zero = 0.0F;
  for (std::uint32_t row = 0; row < row_count; row += kTileRows) {
    const bool done = device_.check(cublasGemmEx(
        cublas_, CUBLAS_OP_T, CUBLAS_OP_N, outputs, static_cast<int>(kTileRows), columns, &one,
        weights_.data(), CUDA_R_16F, columns, inputs_.data() + std::size_t{row} * stride,
        CUDA_R_16F, columns, &zero, outputs_.data() + std::size_t{row} * outputs, CUDA_R_32F,
        outputs, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
    if (!done) return false;
  }
  return true;
}

bool ManyRows::add_outputs(const float* earlier, const std::uint32_t* earlier_rows,
                           std::uint32_t row_count, std::uint32_t length, float* sums) {
  return device_.launch(add_products, dim3(row_count), dim3(kThreads), 0, outputs_.data(),
                        row_factors_.data(), earlier, earlier_rows, length, sums);
}

}  // namespace nextline::cuda
