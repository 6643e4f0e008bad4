#include "engine/backend/cpu/attention.h"

#include <algorithm>

namespace nextline::cpu {

Attention::Attention(const Hyperparameters& h, const Kernels& kernels, ThreadPool& threads)
    : kernels_(kernels),
      threads_(threads),
      kv_head_count_(h.head_count_kv),
      heads_(h.heads_per_kv()),
      dimension_(h.head_dimension),
      sum_floats_(std::size_t{heads_} * (2 + dimension_)),
      workspaces_(threads.thread_count()) {}

void Attention::run(const CpuKvStorage& storage, std::uint32_t layer, std::span<const View> views,
                    std::span<const Query> queries, const RopeTable& rope) {
  // Blocks are shared out one by one only where there are too few rows to keep all threads busy.
  const bool shares_blocks = queries.size() * kv_head_count_ < threads_.thread_count();
  const auto block_count = [](const Query& query) {
    return query.row->position / kAttentionBlock + 1;
  };

  tasks_.clear();
  std::size_t sum_count = 0;
  for (const Query& query : queries) {
    sum_count += std::size_t{kv_head_count_} * (shares_blocks ? block_count(query) : 1);
  }
  sums_.resize(sum_count * sum_floats_);
  float* sum = sums_.data();
  for (const Query& query : queries) {
    const std::uint32_t step = shares_blocks ? 1 : block_count(query);
    for (std::uint32_t kv_head = 0; kv_head < kv_head_count_; ++kv_head) {
      for (std::uint32_t block = 0; block < block_count(query); block += step) {
        tasks_.push_back({&query, kv_head, block, block + step, sum});
        sum += sum_floats_;
      }
    }
  }

  // The longest rows first: the last tasks to finish are then the short ones.
  const auto task_count = static_cast<std::uint32_t>(tasks_.size());
  threads_.run(task_count, [&](std::uint32_t index, std::uint32_t thread) {
    const Task& task = tasks_[task_count - 1 - index];
    run_task(storage, layer, task, views, rope, workspaces_[thread]);
    if (!shares_blocks) finish(*task.query, task.kv_head, task.sum, 1);
  });

  if (shares_blocks) {
    sum = sums_.data();
    for (const Query& query : queries) {
      for (std::uint32_t kv_head = 0; kv_head < kv_head_count_; ++kv_head) {
        finish(query, kv_head, sum, block_count(query));
        sum += block_count(query) * sum_floats_;
      }
    }
  }
}

AttentionSum Attention::sum_at(float* memory) const {
  return {memory, memory + heads_, memory + 2 * std::size_t{heads_}};
}

void Attention::run_task(const CpuKvStorage& storage, std::uint32_t layer, const Task& task,
                         std::span<const View> views, const RopeTable& rope,
                         Workspace& workspace) const {
  const View& view = views[task.query->row->view];
  const HeadCache cache = storage.head_cache(layer, task.kv_head);
  workspace.block_sum.resize(sum_floats_);
  workspace.turned_positions.clear();
  const AttentionSum total = sum_at(task.sum);
  const AttentionSum further = sum_at(workspace.block_sum.data());
  for (std::uint32_t block = task.first_block; block < task.last_block; ++block) {
    const bool is_first = block == task.first_block;
    attend_block(cache, task, block, view, rope, workspace, is_first ? total : further);
    if (!is_first) kernels_.merge(dimension_, heads_, total, further);
  }
}

void Attention::attend_block(const HeadCache& cache, const Task& task, std::uint32_t block,
                             const View& view, const RopeTable& rope, Workspace& workspace,
                             const AttentionSum& sum) const {
  const Position row_position = task.query->row->position;
  const Position begin = block * kAttentionBlock;
  const Position end = std::min(begin + kAttentionBlock, row_position + 1);

  // First where each run's queries stand, then the segments: `turned` may move as it grows.
  auto run = std::upper_bound(view.begin(), view.end(), begin,
                              [](Position p, const Run& r) { return p < r.first_position; }) -
             1;
  workspace.segments.clear();
  std::vector<std::size_t>& offsets = workspace.query_offsets;
  offsets.clear();
  for (; run != view.end() && run->first_position < end; ++run) {
    const Position first = std::max(run->first_position, begin);
    const Position last = std::min(run->first_position + run->length, end);
    offsets.push_back(turn(task, run->query_position(row_position), rope, workspace));
    workspace.segments.push_back(
        {nullptr, run->first_slot + (first - run->first_position), last - first});
  }
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    workspace.segments[i].queries = workspace.turned.data() + offsets[i];
  }
  kernels_.attend(cache, heads_, workspace.segments.data(),
                  static_cast<std::uint32_t>(workspace.segments.size()), sum);
}

std::size_t Attention::turn(const Task& task, Position position, const RopeTable& rope,
                            Workspace& workspace) const {
  const std::size_t floats = std::size_t{heads_} * dimension_;
  std::vector<Position>& positions = workspace.turned_positions;
  const auto known = std::ranges::find(positions, position);
  const std::size_t offset = static_cast<std::size_t>(known - positions.begin()) * floats;
  if (known == positions.end()) {
    positions.push_back(position);
    workspace.turned.resize(offset + floats);
    float* turned = workspace.turned.data() + offset;
    std::copy_n(task.query->heads + task.kv_head * floats, floats, turned);
    for (std::uint32_t head = 0; head < heads_; ++head) {
      rope.rotate({turned + std::size_t{head} * dimension_, dimension_}, position);
    }
  }
  return offset;
}

void Attention::finish(const Query& query, std::uint32_t kv_head, float* sums,
                       std::size_t count) const {
  const AttentionSum total = sum_at(sums);
  for (std::size_t i = 1; i < count; ++i) {
    kernels_.merge(dimension_, heads_, total, sum_at(sums + i * sum_floats_));
  }
  kernels_.finish(dimension_, heads_, total,
                  query.output + std::size_t{kv_head} * heads_ * dimension_);
}

}  // namespace nextline::cpu
