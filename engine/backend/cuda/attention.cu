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
[[maybe_unused]] constexpr std::uint32_t kResidentBlocks = kGroups * sizeof(Number) < 4    ? 3
                                                           : kGroups * sizeof(Number) < 16 ? 2
                                                                                           : 1;

template <typename Number, int kGroups, bool kFolds>
__global__ __launch_bounds__(kAttentionThreads,
                             (kResidentBlocks<Number, kGroups>)) void attend(AttentionArguments a) {
  TileAttention<Number, kGroups> tile(a);
  await_earlier_kernels();
  if (!tile.is_empty()) tile.template attend<kFolds>();
}

/// A warp per output row and head merges what its blocks left.
__global__ __launch_bounds__(kMergeThreads) void merge_blocks(AttentionArguments a,
                                                              std::uint32_t row_count) {
  const std::uint32_t index = blockIdx.x * (kMergeThreads / kWarpThreads) + warp_index();
  const bool has_row = index < row_count * a.head_count;
  const AttentionRow row = has_row ? a.lists->rows[index / a.head_count] : AttentionRow{};
  await_earlier_kernels();
  if (!has_row) return;
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

/// Has the kernels for tiles of 8 · kGroups queries take as much shared memory as they need.
template <typename Number, int kGroups>
bool allow_groups(DeviceContext& device, std::uint32_t dimension) {
  const std::size_t bytes = AttentionMemory<Number, kGroups>::bytes(dimension);
  constexpr std::size_t kGivenUnasked = std::size_t{48} << 10;
  if (bytes <= kGivenUnasked) return true;
  for (const auto kernel : {attend<Number, kGroups, false>, attend<Number, kGroups, true>}) {
    if (!device.check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           static_cast<int>(bytes)))) {
      return false;
    }
  }
  return true;
}

template <typename Number, int kGroups>
bool launch_groups(DeviceContext& device, bool folds, dim3 grid, const AttentionArguments& a) {
  const std::size_t bytes = AttentionMemory<Number, kGroups>::bytes(a.dimension);
  const auto kernel = folds ? attend<Number, kGroups, true> : attend<Number, kGroups, false>;
  return device.launch(kernel, grid, dim3(kAttentionThreads), bytes, a);
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
  if (!attention.allow_shared_memory<float>() || !attention.allow_shared_memory<__half>() ||
      !attention.allow_shared_memory<__nv_bfloat16>()) {
    return tl::unexpected(*device.failure());
  }
  return attention;
}

template <typename Number>
bool Attention::allow_shared_memory() const {
  return allow_groups<Number, 1>(*device_, dimension_) &&
         (most_groups_ < 2 || allow_groups<Number, 2>(*device_, dimension_)) &&
         (most_groups_ < 4 || allow_groups<Number, 4>(*device_, dimension_));
}

AttentionPlan::Shape Attention::shape() const {
  return {head_count_ / kv_head_count_,     kv_head_count_,
          kGroupQueries * most_groups_,     device_->multiprocessor_count(),
          (dimension_ + 2) * sizeof(float), kMostSumBytes};
}

AttentionGrid Attention::grid_of(const AttentionPlan& plan) {
  const std::uint32_t queries = plan.most_rows() * plan.heads_per_item();
  std::uint32_t most_queries = kGroupQueries;
  while (most_queries < queries) most_queries *= 2;
  return {static_cast<std::uint32_t>(plan.items().size()),
          plan.output_count(),
          plan.folds() ? 0 : plan.most_blocks(),
          most_queries,
          plan.heads_per_item(),
          plan.parts(),
          plan.folds()};
}

std::size_t Attention::sums_of(const AttentionGrid& grid) const {
  return std::size_t{grid.outputs} * head_count_ * grid.most_blocks;
}

bool Attention::reserve(const AttentionGrid& grid) {
  return sums_.reserve(*device_, sums_of(grid) * (dimension_ + 2));
}

bool Attention::run(const PlacedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
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
bool Attention::run_of(const PlacedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
                       const float* queries, const Angles& angles, const AttendedRows& outputs) {
  const AttentionGrid& own = plan.grid;
  if (own.items == 0) return true;
  AttentionArguments a{};
  a.lists = plan.lists;
  a.heads_per_item = own.heads_per_item;
  a.parts = own.parts;
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
  a.most_blocks = own.most_blocks;
  a.outputs = outputs.values;
  a.output_stride = outputs.row_stride;
  a.in_lane_order = outputs.in_lane_order;

  a.sum_weights = reinterpret_cast<float2*>(sums_.data());
  a.sum_values = sums_.data() + 2 * sums_of(own);

  const dim3 grid(own.items, kv_head_count_ * own.parts);
  const bool done = own.most_queries <= kGroupQueries
                        ? launch_groups<Number, 1>(*device_, own.folds, grid, a)
                    : own.most_queries <= 2 * kGroupQueries
                        ? launch_groups<Number, 2>(*device_, own.folds, grid, a)
                        : launch_groups<Number, 4>(*device_, own.folds, grid, a);
  if (!done || own.folds) return done;
  constexpr std::uint32_t kWarps = kMergeThreads / kWarpThreads;
  return device_->launch(merge_blocks, dim3((own.outputs * head_count_ + kWarps - 1) / kWarps),
                         dim3(kMergeThreads), 0, a, own.outputs);
}

}  // namespace nextline::cuda
