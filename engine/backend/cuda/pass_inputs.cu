#include "engine/backend/cuda/pass_inputs.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "engine/backend/cuda/pass_shape.h"

namespace nextline::cuda {
namespace {

/// Lists begin at multiples of this.
constexpr std::size_t kAlignment = 16;

/// What is copied of passes that come again is a number of such stretches, with room for some more.
constexpr std::size_t kStretch = 4096;

/// Memory to begin with: enough for a draft behind some thousand tokens.
constexpr std::size_t kFirstBytes = std::size_t{64} << 10;

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::size_t bytes_of(const AttentionPlan& plan, const AttentionGrid& grid) {
  return aligned(grid.items * sizeof(AttentionItem)) +
         aligned(plan.rows().size() * sizeof(AttentionRow)) +
         aligned(plan.runs().size() * sizeof(AttentionRun)) +
         aligned(plan.block_runs().size() * sizeof(std::uint32_t));
}

}  // namespace

bool PassInputs::prepare(const Batch& batch, const Sampling& sampling,
                         const AttentionPlan::Shape& shape, const SlotAddresses& addresses) {
  list_rows(batch, addresses);
  const bool is_repeated = row_count() <= kMostRepeatedRows;
  const bool all_ask = asking_.size() == rows_.size();
  const auto grid_of = [&](const AttentionPlan& plan) {
    const AttentionGrid grid = Attention::grid_of(plan);
    return is_repeated ? with_room(grid) : grid;
  };
  plan_of_all_.plan(shape, batch, all_, addresses);
  all_rows_.grid = grid_of(plan_of_all_);
  if (!all_ask) plan_of_asking_.plan(shape, batch, asking_, addresses);
  asking_rows_.grid = all_ask ? all_rows_.grid : grid_of(plan_of_asking_);

  bytes_ = aligned(sizeof(Header)) + aligned(rows_.size() * sizeof(PassRow)) +
           aligned(asking_.size() * sizeof(std::uint32_t)) +
           bytes_of(plan_of_all_, all_rows_.grid) +
           (all_ask ? 0 : bytes_of(plan_of_asking_, asking_rows_.grid));
  if (is_repeated) {
    const auto stretches = static_cast<std::uint32_t>((bytes_ + kStretch - 1) / kStretch);
    bytes_ = with_room(stretches) * kStretch;
  }
  if (!reserve()) return false;

  used_bytes_ = aligned(sizeof(Header));
  rows_place_ = add(rows_);
  asking_place_ = add(asking_);
  Header header{draw_of(sampling), add(plan_of_all_, all_rows_.grid), {}};
  header.asking_rows = all_ask ? header.all_rows : add(plan_of_asking_, asking_rows_.grid);
  std::memcpy(host_.data(), &header, sizeof(header));
  all_rows_.lists = &at<Header>(0)->all_rows;
  asking_rows_.lists = &at<Header>(0)->asking_rows;
  return true;
}

void PassInputs::list_rows(const Batch& batch, const SlotAddresses& addresses) {
  rows_.clear();
  asking_.clear();
  for (const BatchRow& row : batch.rows) {
    if (row.wants_logits) asking_.push_back(row_count());
    rows_.push_back({static_cast<std::uint32_t>(row.token), row.position, addresses.of(row.slot)});
  }
  all_.resize(rows_.size());
  std::iota(all_.begin(), all_.end(), 0U);
}

/// Where there is too little room, twice as much as is needed now: graphs are dropped each time.
bool PassInputs::reserve() {
  const bool is_enough = bytes_ <= host_.size() && bytes_ <= memory_.size();
  const std::size_t size = is_enough ? bytes_ : std::max(2 * bytes_, kFirstBytes);
  return host_.reserve(device_, size) && memory_.reserve(device_, size);
}

template <typename T>
std::size_t PassInputs::add(const std::vector<T>& list, std::size_t count) {
  const std::size_t place = used_bytes_;
  const std::size_t bytes = list.size() * sizeof(T);
  if (bytes > 0) std::memcpy(host_.data() + place, list.data(), bytes);
  std::memset(host_.data() + place + bytes, 0, count * sizeof(T) - bytes);
  used_bytes_ += aligned(count * sizeof(T));
  return place;
}

AttentionLists PassInputs::add(const AttentionPlan& plan, const AttentionGrid& grid) {
  AttentionLists lists{};
  lists.items = at<AttentionItem>(add(plan.items(), grid.items));
  lists.rows = at<AttentionRow>(add(plan.rows()));
  lists.runs = at<AttentionRun>(add(plan.runs()));
  lists.block_runs = at<std::uint32_t>(add(plan.block_runs()));
  return lists;
}

}  // namespace nextline::cuda
