#include "engine/backend/cuda/few_rows.h"

#include "engine/backend/cuda/weight_block.cuh"

namespace nextline::cuda {
namespace {

constexpr std::uint32_t kWarps = 8;
constexpr std::uint32_t kThreads = kWarps * kWarpThreads;

/// Outputs of a warp: so often is an input used that is loaded, and so many loads of 16 bytes per
/// lane are under way at a time.
constexpr std::uint32_t kOutputs = 4;

constexpr std::uint32_t kMostRows = 16;

/// Whether the parts of a block are a loop: of several rows for the sake of the instruction cache, of
/// the larger types because unrolled they would take too many registers.
template <gguf::TensorType kType, int kRows>
constexpr bool kLoopsOverParts = kRows >= 2 || packed_sizes(kType).planes > 1;

/// Thread blocks that registers must leave room for: of few rows several, which keep more bytes on
/// their way; many rows need the registers for their sums.
[[maybe_unused]] constexpr std::uint32_t resident_blocks(int rows) {
  return rows >= 8 ? 1 : rows >= 2 ? 2 : 3;
}

enum class OutputKind : std::uint8_t { kStored, kActivated, kResidual };

struct Arguments {
  PackedMatrix matrices[Projection::kMostMatrices];
  std::uint32_t first_blocks[Projection::kMostMatrices];  // Of the grid, by matrix.
  std::uint32_t matrix_count;
  std::uint32_t warps_per_group;  // Warps that share a group of kOutputs outputs.
  std::uint32_t output_count;     // Of all matrices.
  const float* bias;
  FewInputs inputs;
  OutputKind kind;
  StoredOutputs stored;
  ActivatedOutputs activated;
  ResidualOutputs residual;
};

/// The sums over a warp's lanes of kCount numbers each. Lanes hand half of their numbers to each
/// other at each step, so that all sums take little more than kCount shuffles; each is still the
/// same tree. Lane l ends up with the sums of index l · kCount / 32 and on.
template <int kCount, int kOffset, int kSize>
__device__ __forceinline__ void sum_each_over_lanes(float (&values)[kSize]) {
  if constexpr (kOffset > 0) {
    if constexpr (kCount > 1) {
      const bool is_upper = (lane_index() & kOffset) != 0;
#pragma unroll
      for (int i = 0; i < kCount / 2; ++i) {
        const float sent = is_upper ? values[i] : values[kCount / 2 + i];
        const float kept = is_upper ? values[kCount / 2 + i] : values[i];
        values[i] = kept + __shfl_xor_sync(kAllLanes, sent, kOffset);
      }
      sum_each_over_lanes<kCount / 2, kOffset / 2>(values);
    } else {
      values[0] += __shfl_xor_sync(kAllLanes, values[0], kOffset);
      sum_each_over_lanes<1, kOffset / 2>(values);
    }
  }
}

/// Stores what sum_each_over_lanes has left in the lanes.
template <int kCount>
__device__ __forceinline__ void store_lane_sums(const float (&values)[kCount],
                                                float (&sums)[kCount]) {
  if constexpr (kCount <= 32) {
    constexpr std::uint32_t kLanes = kWarpThreads / kCount;  // That have the same sum.
    if (lane_index() % kLanes == 0) sums[lane_index() / kLanes] = values[0];
  } else {
    constexpr std::uint32_t kOwn = kCount / kWarpThreads;
    for (std::uint32_t i = 0; i < kOwn; ++i) sums[lane_index() * kOwn + i] = values[i];
  }
}

/// Adds to sums[output][row] the products of the next part of the blocks; `inputs` are row 0's.
template <int kRows, typename Block>
__device__ __forceinline__ void add_part(Block (&weights)[kOutputs], const float* inputs,
                                         std::size_t row_stride, float (&sums)[kOutputs * kRows]) {
  float expanded[kOutputs][8];
#pragma unroll
  for (std::uint32_t output = 0; output < kOutputs; ++output)
    weights[output].next(expanded[output]);
#pragma unroll
  for (int row = 0; row < kRows; ++row, inputs += row_stride) {
    const float4 low = *reinterpret_cast<const float4*>(inputs);
    const float4 high = *reinterpret_cast<const float4*>(inputs + 512);
#pragma unroll
    for (std::uint32_t output = 0; output < kOutputs; ++output) {
      const float(&w)[8] = expanded[output];
      float sum = sums[output * kRows + row];
      sum = fmaf(w[0], low.x, sum);
      sum = fmaf(w[1], low.y, sum);
      sum = fmaf(w[2], low.z, sum);
      sum = fmaf(w[3], low.w, sum);
      sum = fmaf(w[4], high.x, sum);
      sum = fmaf(w[5], high.y, sum);
      sum = fmaf(w[6], high.z, sum);
      sum = fmaf(w[7], high.w, sum);
      sums[output * kRows + row] = sum;
    }
  }
}

/// What a warp's lane multiplies: four rows of a matrix, each block_step'th block from first_block
/// on.
struct LanePart {
  std::uint32_t first_output;
  std::uint32_t first_block;
  std::uint32_t block_step;
};

/// Adds to sums[output][row] the products of a lane's part. Awaits the earlier kernels when the
/// first weights are on their way.
template <gguf::TensorType kType, int kRows>
__device__ __forceinline__ void accumulate(const PackedMatrix& matrix, const LanePart& lane_part,
                                           const float* inputs, float (&sums)[kOutputs * kRows]) {
  const std::size_t row_stride = lane_order_length(matrix.columns);
  WeightBlock<kType> weights[kOutputs];
  const auto load = [&](std::uint32_t block) {
#pragma unroll
    for (std::uint32_t output = 0; output < kOutputs; ++output) {
      const std::uint32_t row = lesser(lane_part.first_output + output, matrix.rows - 1);
      weights[output].load(matrix, row, block);
    }
  };
  std::uint32_t block = lane_part.first_block;
  if (block < matrix.blocks) load(block);
  await_earlier_kernels();
#pragma unroll 1
  while (block < matrix.blocks) {
    const float* own = inputs + block / 32 * 1024 + block % 32 * 4;
    if constexpr (kLoopsOverParts<kType, kRows>) {
#pragma unroll 1
      for (int part = 0; part < 4; ++part, own += 128) {
        add_part<kRows>(weights, own, row_stride, sums);
      }
    } else {
#pragma unroll
      for (int part = 0; part < 4; ++part, own += 128) {
        add_part<kRows>(weights, own, row_stride, sums);
      }
    }
    block += lane_part.block_step;
    if (block < matrix.blocks) load(block);
  }
}

/// squares[warp][row]: each warp's part of a row's sum of squares.
template <int kRows>
__device__ __forceinline__ void sum_squares(const float* rows, std::uint32_t length,
                                            float (&squares)[kWarps][kRows]) {
  float sums[kRows] = {};
  for (std::uint32_t i = threadIdx.x; i < length; i += kThreads) {
#pragma unroll
    for (int row = 0; row < kRows; ++row) {
      const float value = rows[static_cast<std::size_t>(row) * length + i];
      sums[row] = fmaf(value, value, sums[row]);
    }
  }
  sum_each_over_lanes<kRows, 16>(sums);
  store_lane_sums(sums, squares[warp_index()]);
}

template <int kRows>
__device__ __forceinline__ float norm_factor(const float (&squares)[kWarps][kRows],
                                             std::uint32_t row, std::uint32_t length,
                                             float epsilon) {
  float sum = 0.0F;
  for (std::uint32_t warp = 0; warp < kWarps; ++warp) sum += squares[warp][row];
  return 1.0F / sqrtf(sum / static_cast<float>(length) + epsilon);
}

/// Where a thread block stands in the grid.
struct BlockPlace {
  std::uint32_t matrix;          // Index of it.
  std::uint32_t outputs_before;  // Of the matrices before it.
  std::uint32_t groups;          // Of kOutputs outputs, that the block computes.
  std::uint32_t first_group;
  std::uint32_t first_row;
  std::uint32_t row_count;
};

template <int kRows>
__device__ __forceinline__ BlockPlace place_of_block(const Arguments& a) {
  BlockPlace place{};
  while (place.matrix + 1 < a.matrix_count && blockIdx.x >= a.first_blocks[place.matrix + 1]) {
    place.outputs_before += a.matrices[place.matrix++].rows;
  }
  place.groups = kWarps / a.warps_per_group;
  place.first_group = (blockIdx.x - a.first_blocks[place.matrix]) * place.groups;
  place.first_row = blockIdx.y * kRows;
  place.row_count = lesser(a.inputs.row_count - place.first_row, kRows);
  return place;
}

__device__ __forceinline__ void store_residual(const ResidualOutputs& outputs, std::uint32_t row,
                                               std::uint32_t output, std::uint32_t output_count,
                                               float value) {
  const std::uint32_t earlier_row = outputs.earlier_rows ? outputs.earlier_rows[row] : row;
  const float sum = outputs.earlier[std::size_t{earlier_row} * output_count + output] + value;
  outputs.sums[std::size_t{row} * output_count + output] = sum;
  outputs.normed[std::size_t{row} * lane_order_length(output_count) + lane_order(output)] =
      sum * outputs.norm[output];
}

/// Stores the block's outputs; total(group of the block, output of it, row) gives their sums.
template <int kRows, typename Total>
__device__ __forceinline__ void store_outputs(const Arguments& a, const BlockPlace& place,
                                              Total total) {
  const std::uint32_t matrix_rows = a.matrices[place.matrix].rows;
  for (std::uint32_t i = threadIdx.x; i < place.groups * kOutputs * kRows; i += kThreads) {
    const std::uint32_t group = i / (kOutputs * kRows);
    const std::uint32_t within = i / kRows % kOutputs;
    const std::uint32_t output = (place.first_group + group) * kOutputs + within;
    if (i % kRows >= place.row_count || output >= matrix_rows) continue;
    const float value = total(group, within, i % kRows);
    const std::uint32_t row = place.first_row + i % kRows;
    if (a.kind == OutputKind::kResidual) {
      store_residual(a.residual, row, place.outputs_before + output, a.output_count, value);
    } else {
      const std::uint32_t column = place.outputs_before + output;
      a.stored.values[std::size_t{row} * a.output_count + column] =
          a.bias ? value + a.bias[column] : value;
    }
  }
}

/// The same of gates and ups: a group has two of each.
template <int kRows, typename Total>
__device__ __forceinline__ void store_activated(const ActivatedOutputs& outputs,
                                                const BlockPlace& place, Total total) {
  for (std::uint32_t i = threadIdx.x; i < place.groups * 2 * kRows; i += kThreads) {
    const std::uint32_t group = i / (2 * kRows);
    const std::uint32_t within = i / kRows % 2;
    const std::uint32_t output = (place.first_group + group) * 2 + within;
    if (i % kRows >= place.row_count || output >= outputs.length) continue;
    const float gate = total(group, within, i % kRows);
    const float up = total(group, 2 + within, i % kRows);
    const std::size_t row = place.first_row + i % kRows;
    outputs.values[row * lane_order_length(outputs.length) + lane_order(output)] =
        gate / (1.0F + expf(-gate)) * up;
  }
}

template <int kRows>
__global__ __launch_bounds__(kThreads, resident_blocks(kRows)) void multiply_few_rows(Arguments a) {
  constexpr int kSums = kOutputs * kRows;
  __shared__ float squares[kWarps][kRows];
  __shared__ float warp_sums[kWarps][kSums];

  const BlockPlace place = place_of_block<kRows>(a);
  const PackedMatrix& matrix = a.matrices[place.matrix];
  const std::uint32_t group = place.first_group + warp_index() / a.warps_per_group;
  float sums[kSums] = {};
  if (group * kOutputs < matrix.rows) {
    const std::uint32_t part = warp_index() % a.warps_per_group;
    const LanePart lane_part{group * kOutputs, part * kWarpThreads + lane_index(),
                             a.warps_per_group * kWarpThreads};
    const float* const inputs =
        a.inputs.values + std::size_t{place.first_row} * lane_order_length(matrix.columns);
    with_type(matrix.type, [&]<gguf::TensorType kType>() {
      accumulate<kType, kRows>(matrix, lane_part, inputs, sums);
    });
  } else {
    await_earlier_kernels();
  }
  sum_each_over_lanes<kSums, 16>(sums);
  store_lane_sums(sums, warp_sums[warp_index()]);
  if (a.inputs.norm_of) {
    sum_squares(a.inputs.norm_of + std::size_t{place.first_row} * matrix.columns, matrix.columns,
                squares);
  }
  __syncthreads();

  const auto total = [&](std::uint32_t own_group, std::uint32_t output, std::uint32_t row) {
    float sum = 0.0F;
    for (std::uint32_t part = 0; part < a.warps_per_group; ++part) {
      sum += warp_sums[own_group * a.warps_per_group + part][output * kRows + row];
    }
    if (a.inputs.norm_of) sum *= norm_factor(squares, row, matrix.columns, a.inputs.epsilon);
    return sum;
  };
  if (a.kind == OutputKind::kActivated) {
    store_activated<kRows>(a.activated, place, total);
  } else {
    store_outputs<kRows>(a, place, total);
  }
}

/// As many as have a block of columns for each lane, once at the least.
std::uint32_t warps_for(std::uint32_t blocks) {
  if (blocks > 4 * kWarpThreads) return 8;
  if (blocks > 2 * kWarpThreads) return 4;
  return blocks > kWarpThreads ? 2 : 1;
}

bool run(DeviceContext& device, const Projection& projection, Arguments& a) {
  if (a.inputs.row_count == 0) return true;
  a.matrix_count = projection.matrix_count;
  a.output_count = projection.output_count();
  a.bias = projection.bias;
  a.warps_per_group = warps_for(projection.matrices[0].blocks);
  const std::uint32_t outputs_per_block = kWarps / a.warps_per_group * kOutputs;
  std::uint32_t grid_blocks = 0;
  for (std::uint32_t i = 0; i < projection.matrix_count; ++i) {
    a.matrices[i] = projection.matrices[i];
    a.first_blocks[i] = grid_blocks;
    grid_blocks += (projection.matrices[i].rows + outputs_per_block - 1) / outputs_per_block;
  }
  const std::uint32_t rows = a.inputs.row_count;
  const dim3 grid(grid_blocks, (rows + kMostRows - 1) / kMostRows);
  const dim3 block(kThreads);
  if (rows > 8) return device.launch(multiply_few_rows<16>, grid, block, 0, a);
  if (rows > 4) return device.launch(multiply_few_rows<8>, grid, block, 0, a);
  if (rows > 2) return device.launch(multiply_few_rows<4>, grid, block, 0, a);
  if (rows > 1) return device.launch(multiply_few_rows<2>, grid, block, 0, a);
  return device.launch(multiply_few_rows<1>, grid, block, 0, a);
}

}  // namespace

bool multiply_few(DeviceContext& device, const Projection& projection, const FewInputs& inputs,
                  const StoredOutputs& outputs) {
  Arguments a{};
  a.inputs = inputs;
  a.kind = OutputKind::kStored;
  a.stored = outputs;
  return run(device, projection, a);
}

bool multiply_few(DeviceContext& device, const Projection& projection, const FewInputs& inputs,
                  const ActivatedOutputs& outputs) {
  Arguments a{};
  a.inputs = inputs;
  a.kind = OutputKind::kActivated;
  a.activated = outputs;
  return run(device, projection, a);
}

bool multiply_few(DeviceContext& device, const Projection& projection, const FewInputs& inputs,
                  const ResidualOutputs& outputs) {
  Arguments a{};
  a.inputs = inputs;
  a.kind = OutputKind::kResidual;
  a.residual = outputs;
  return run(device, projection, a);
}

}  // namespace nextline::cuda
