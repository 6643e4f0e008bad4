#include "engine/backend/cuda/attention.h"

#include <cmath>
#include <numbers>

#include "engine/backend/cuda/tile_attention.cuh"

namespace nextline::cuda {
namespace {

constexpr std::uint32_t kMergeThreads = 128;

/// Sums of blocks take no more memory than this; where they would, tiles fold.
constexpr std::size_t kMostSumBytes = std::size_t{256} << 20;

/// Thread blocks that registers must leave room for: as many as the shared memory does.
template <typename Number, int kGroups>
constexpr std::uint32_t kResidentBlocks = kGroups * sizeof(Number) < 4    ? 3
                                          : kGroups * sizeof(Number) < 16 ? 2
                                                                          : 1;

template <typename Number, int kGroups, bool kFolds>
__global__ __launch_bounds__(kAttentionThreads,
                             (kResidentBlocks<Number, kGroups>)) void attend(AttentionArguments a) {
  await_earlier_kernels();
  TileAttention<Number, kGroups>(a).template attend<kFolds>();
}

/// A warp per output row and head merges what its blocks left.
__global__ __launch_bounds__(kMergeThreads) void merge_blocks(AttentionArguments a,
                                                              std::uint32_t row_count) {
  await_earlier_kernels();
  const std::uint32_t index = blockIdx.x * (kMergeThreads / kWarpThreads) + warp_index();
  if (index >= row_count * a.head_count) return;
  const AttentionRow row = a.rows[index / a.head_count];
  const std::uint32_t head = index % a.head_count;
  const std::size_t first = (std::size_t{row.output} * a.head_count + head) * a.most_blocks;
  const std::uint32_t block_count = row.position / kAttentionBlock + 1;
  for (std::uint32_t d = lane_index(); d < a.dimension; d += kWarpThreads) {
    float highest = a.sum_weights[first].x;
    float weights = a.sum_weights[first].y;
    float total = a.sum_values[first * a.dimension + d];
    for (std::uint32_t block = 1; block < block_count; ++block) {
      const float2 next = a.sum_weights[first + block];
      const float value = a.sum_values[(first + block) * a.dimension + d];
      const MergeFactors factors = merge_factors(highest, next.x);
      highest = factors.highest;
      weights = merged(weights, factors.total, next.y, factors.block);
      total = merged(total, factors.total, value, factors.block);
    }
    const std::uint32_t place = head * a.dimension + d;
    a.outputs[std::size_t{row.output} * a.output_stride +
              (a.in_lane_order ? lane_order(place) : place)] = total / weights;
  }
}

template <int kGroups>
std::size_t most_memory(std::uint32_t dimension) {
  return AttentionMemory<float, kGroups>::bytes(dimension);
}

/// Launches for tiles of 8 · kGroups queries.
template <typename Number, int kGroups>
bool launch_groups(DeviceContext& device, bool folds, dim3 grid, const AttentionArguments& a) {
  const std::size_t bytes = AttentionMemory<Number, kGroups>::bytes(a.dimension);
  const auto kernel = folds ? attend<Number, kGroups, true> : attend<Number, kGroups, false>;
  constexpr std::size_t kGivenUnasked = std::size_t{48} << 10;
  return (bytes <= kGivenUnasked ||
          device.check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                            static_cast<int>(bytes)))) &&
         device.launch(kernel, grid, dim3(kAttentionThreads), bytes, a);
}

}  // namespace

Attention::Attention(const Hyperparameters& h, DeviceContext& device)
    : device_(&device),
      head_count_(h.head_count),
      kv_head_count_(h.head_count_kv),
      dimension_(h.head_dimension),
      query_scale_(static_cast<float>(std::numbers::log2e /
                                      std::sqrt(static_cast<double>(h.head_dimension)))) {}

Result<Attention> Attention::create(const Hyperparameters& h, DeviceContext& device) {
  Attention attention(h, device);
  const std::size_t has = device.shared_bytes();
  if (most_memory<4>(h.head_dimension) <= has) {
    attention.most_groups_ = 4;
  } else if (most_memory<2>(h.head_dimension) <= has) {
    attention.most_groups_ = 2;
  } else if (most_memory<1>(h.head_dimension) <= has) {
    attention.most_groups_ = 1;
  } else {
    return nextline::failure("The model has heads of " + std::to_string(h.head_dimension) +
                             " dimensions, which are too many for the CUDA device \"" +
                             device.name() + "\".");
  }
  return attention;
}

AttentionPlan::Shape Attention::shape() const {
  return {head_count_ / kv_head_count_,     kv_head_count_,
          kGroupQueries * most_groups_,     device_->multiprocessor_count(),
          (dimension_ + 2) * sizeof(float), kMostSumBytes};
}

bool Attention::run(const UploadedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
                    const float* queries, const Angles& angles, const AttendedRows& outputs) {
  switch (storage.kv_type()) {
    case KvType::kFloat32:
      return run_of<float>(plan, storage, layer, queries, angles, outputs);
    case KvType::kFloat16:
      return run_of<__half>(plan, storage, layer, queries, angles, outputs);
    case KvType::kBFloat16:
      return run_of<__nv_bfloat16>(plan, storage, layer, queries, angles, outputs);
  }
  return false;
}

template <typename Number>
bool Attention::run_of(const UploadedPlan& uploaded, const CudaKvStorage& storage,
                       std::uint32_t layer, const float* queries, const Angles& angles,
                       const AttendedRows& outputs) {
  const AttentionPlan& plan = *uploaded.plan;
  if (plan.items().empty()) return true;
  AttentionArguments a{};
  a.items = uploaded.items;
  a.rows = uploaded.rows;
  a.runs = uploaded.runs;
  a.block_runs = uploaded.block_runs;
  a.heads_per_item = plan.heads_per_item();
  a.parts = plan.parts();
  a.queries = queries;
  a.angles = angles;
  const KvPageLayout& layout = storage.layout();
  a.keys = layout.keys(layer);
  a.values = layout.values(layer);
  a.head_stride = layout.head_stride();
  a.slot_stride = layout.slot_stride();
  a.dimension = dimension_;
  a.head_count = head_count_;
  a.heads_per_kv = head_count_ / kv_head_count_;
  a.most_blocks = plan.most_blocks();
  a.outputs = outputs.values;
  a.output_stride = outputs.row_stride;
  a.in_lane_order = outputs.in_lane_order;

  const std::uint32_t row_count = plan.output_count();
  if (!plan.folds()) {
    const std::size_t sums = std::size_t{row_count} * head_count_ * plan.most_blocks();
    if (!sums_.reserve(*device_, sums * (dimension_ + 2))) return false;
    a.sum_weights = reinterpret_cast<float2*>(sums_.data());
    a.sum_values = sums_.data() + 2 * sums;
  }
  const dim3 grid(static_cast<std::uint32_t>(plan.items().size()), kv_head_count_ * plan.parts());
  const std::uint32_t most_queries = plan.most_rows() * plan.heads_per_item();
  const bool done = most_queries <= kGroupQueries
                        ? launch_groups<Number, 1>(*device_, plan.folds(), grid, a)
                    : most_queries <= 2 * kGroupQueries
                        ? launch_groups<Number, 2>(*device_, plan.folds(), grid, a)
                        : launch_groups<Number, 4>(*device_, plan.folds(), grid, a);
  if (!done || plan.folds()) return done;
  constexpr std::uint32_t kWarps = kMergeThreads / kWarpThreads;
  return device_->launch(merge_blocks, dim3((row_count * head_count_ + kWarps - 1) / kWarps),
                         dim3(kMergeThreads), 0, a, row_count);
}

}  // namespace nextline::cuda
