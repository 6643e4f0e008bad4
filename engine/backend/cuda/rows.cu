#include "engine/backend/cuda/rows.h"

#include <algorithm>

#include "engine/backend/cuda/weight_block.cuh"

namespace nextline::cuda {
namespace {

constexpr std::uint32_t kThreads = 128;
constexpr std::uint32_t kWarps = kThreads / kWarpThreads;

__global__ __launch_bounds__(kThreads) void embed_rows(PackedMatrix embedding, const PassRow* rows,
                                                       float* hidden) {
  await_earlier_kernels();
  const PassRow row = rows[blockIdx.x];
  float* const to = hidden + std::size_t{blockIdx.x} * embedding.columns;
  with_type(embedding.type, [&]<gguf::TensorType kType>() {
    for (std::uint32_t block = threadIdx.x; block < embedding.blocks; block += blockDim.x) {
      WeightBlock<kType> weights;
      weights.load(embedding, row.token, block);
#pragma unroll
      for (int part = 0; part < 4; ++part) {
        float expanded[8];
        weights.next(expanded);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
          const std::uint32_t column =
              block * kBlockColumns + static_cast<std::uint32_t>(4 * part + (i < 4 ? i : 12 + i));
          if (column < embedding.columns) to[column] = expanded[i];
        }
      }
    }
  });
}

__global__ __launch_bounds__(kThreads) void arrange_rows(const float* rows, std::uint32_t length,
                                                         const float* norm, float* normed) {
  await_earlier_kernels();
  const float* const row = rows + std::size_t{blockIdx.x} * length;
  float* const to = normed + std::size_t{blockIdx.x} * lane_order_length(length);
  for (std::uint32_t i = threadIdx.x; i < length; i += kThreads) {
    to[lane_order(i)] = row[i] * norm[i];
  }
}

__global__ __launch_bounds__(kThreads) void activate_rows(const float* gates, std::uint32_t length,
                                                          float* activated) {
  await_earlier_kernels();
  const float* const row = gates + std::size_t{blockIdx.x} * 2 * length;
  float* const to = activated + std::size_t{blockIdx.x} * lane_order_length(length);
  for (std::uint32_t i = threadIdx.x; i < length; i += kThreads) {
    const float gate = row[i];
    to[lane_order(i)] = gate / (1.0F + expf(-gate)) * row[length + i];
  }
}

struct PlaceArguments {
  ProjectedHeads heads;
  const PassRow* rows;
  const float* query_norm;
  const float* key_norm;
  float epsilon;
  float query_scale;
  Angles angles;
  std::uint32_t head_count;
  std::uint32_t kv_head_count;
  std::uint32_t dimension;
  // From a slot's address, in bytes.
  std::size_t keys;
  std::size_t values;
  std::size_t head_stride;
  float* queries;
};

/// RMS norm of a head that a warp holds in shared memory.
__device__ void norm_head(float* head, std::uint32_t dimension, const float* weights,
                          float epsilon) {
  float sum = 0.0F;
  for (std::uint32_t d = lane_index(); d < dimension; d += kWarpThreads) {
    sum = fmaf(head[d], head[d], sum);
  }
  sum = sum_over_lanes(sum);
  const float factor = 1.0F / sqrtf(sum / static_cast<float>(dimension) + epsilon);
  for (std::uint32_t d = lane_index(); d < dimension; d += kWarpThreads) {
    head[d] = head[d] * factor * weights[d];
  }
}

__device__ void turn_head(float* head, const Angles& angles, std::uint32_t position) {
  const float* const cosines = angles.table + std::size_t{position} * 2 * angles.pair_count;
  for (std::uint32_t i = lane_index(); i < angles.pair_count; i += kWarpThreads) {
    const PairPlaces places = places_of(angles, i);
    const float cosine = cosines[i];
    const float sine = cosines[angles.pair_count + i];
    const float first = head[places.first];
    const float second = head[places.second];
    head[places.first] = first * cosine - second * sine;
    head[places.second] = first * sine + second * cosine;
  }
}

/// A warp per row and head: the query heads, then the key heads, then the value heads.
template <typename Number>
__global__ __launch_bounds__(kThreads) void place_rows(PlaceArguments a) {
  await_earlier_kernels();
  __shared__ float heads[kWarps][kMostHeadDimension];
  const std::uint32_t all_heads = a.head_count + 2 * a.kv_head_count;
  const std::uint32_t index = blockIdx.y * kWarps + warp_index();
  if (index >= all_heads) return;
  const std::uint32_t row = blockIdx.x;
  const PassRow place = a.rows[row];
  float* const head = heads[warp_index()];
  const float* const from = a.heads.values + (std::size_t{row} * all_heads + index) * a.dimension;
  const float factor = a.heads.row_factors ? a.heads.row_factors[row] : 1.0F;
  for (std::uint32_t d = lane_index(); d < a.dimension; d += kWarpThreads) {
    const float bias = a.heads.bias ? a.heads.bias[index * a.dimension + d] : 0.0F;
    head[d] = from[d] * factor + bias;
  }
  __syncwarp();

  if (index < a.head_count) {
    if (a.query_norm) norm_head(head, a.dimension, a.query_norm, a.epsilon);
    float* const to = a.queries + (std::size_t{row} * a.head_count + index) * a.dimension;
    for (std::uint32_t d = lane_index(); d < a.dimension; d += kWarpThreads) {
      to[d] = head[d] * a.query_scale;
    }
    return;
  }
  const bool is_key = index < a.head_count + a.kv_head_count;
  if (is_key) {
    if (a.key_norm) norm_head(head, a.dimension, a.key_norm, a.epsilon);
    __syncwarp();
    turn_head(head, a.angles, place.position);
    __syncwarp();
  }
  const std::uint32_t kv_head = (index - a.head_count) % a.kv_head_count;
  Number* const to =
      global_memory<Number>(place.address + (is_key ? a.keys : a.values) + kv_head * a.head_stride);
  for (std::uint32_t d = lane_index(); d < a.dimension; d += kWarpThreads) {
    store_number(to + d, head[d]);
  }
}

}  // namespace

bool embed(DeviceContext& device, const PackedMatrix& embedding, const PassRow* rows,
           std::uint32_t row_count, float* hidden) {
  const std::uint32_t warps = (embedding.blocks + kWarpThreads - 1) / kWarpThreads;
  const dim3 block(std::min(kThreads, warps * kWarpThreads));
  return device.launch(embed_rows, dim3(row_count), block, 0, embedding, rows, hidden);
}

bool arrange(DeviceContext& device, const float* rows, std::uint32_t row_count,
             std::uint32_t length, const float* norm, float* normed) {
  return device.launch(arrange_rows, dim3(row_count), dim3(kThreads), 0, rows, length, norm,
                       normed);
}

bool activate(DeviceContext& device, const float* gates, std::uint32_t row_count,
              std::uint32_t length, float* activated) {
  return device.launch(activate_rows, dim3(row_count), dim3(kThreads), 0, gates, length, activated);
}

bool place_heads(DeviceContext& device, const Hyperparameters& h, const LayerWeights& weights,
                 const ProjectedHeads& heads, const PassRow* rows, std::uint32_t row_count,
                 const Angles& angles, float query_scale, const CudaKvStorage& storage,
                 std::uint32_t layer, float* queries) {
  const KvPageLayout& layout = storage.layout();
  const PlaceArguments a{heads,
                         rows,
                         weights.query_norm,
                         weights.key_norm,
                         h.rms_epsilon,
                         query_scale,
                         angles,
                         h.head_count,
                         h.head_count_kv,
                         h.head_dimension,
                         layout.keys(layer),
                         layout.values(layer),
                         layout.head_stride(),
                         queries};
  const dim3 grid(row_count, (h.head_count + 2 * h.head_count_kv + kWarps - 1) / kWarps);
  const auto run = [&](void (*kernel)(PlaceArguments)) {
    return device.launch(kernel, grid, dim3(kThreads), 0, a);
  };
  switch (storage.kv_type()) {
    case KvType::kFloat32:
      return run(place_rows<float>);
    case KvType::kFloat16:
      return run(place_rows<__half>);
    case KvType::kBFloat16:
      return run(place_rows<__nv_bfloat16>);
  }
  return false;
}

}  // namespace nextline::cuda
