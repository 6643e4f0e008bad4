#include "engine/backend/cuda/pass_inputs.h"

#include <cstring>
#include <numeric>

namespace nextline::cuda {
namespace {

/// Lists begin at multiples of this.
constexpr std::size_t kAlignment = 16;

std::size_t bytes_of(const AttentionPlan& plan) {
  return plan.items().size() * sizeof(AttentionItem) + plan.rows().size() * sizeof(AttentionRow) +
         plan.runs().size() * sizeof(AttentionRun) +
         plan.block_runs().size() * sizeof(std::uint32_t) + 4 * kAlignment;
}

}  // namespace

bool PassInputs::upload(const Batch& batch, const AttentionPlan::Shape& shape,
                        const SlotAddresses& addresses) {
  row_count_ = static_cast<std::uint32_t>(batch.rows.size());
  std::vector<std::uint32_t> all(batch.rows.size());
  std::iota(all.begin(), all.end(), 0U);
  std::vector<PassRow> rows;
  asking_.clear();
  for (std::uint32_t index = 0; index < row_count_; ++index) {
    const BatchRow& row = batch.rows[index];
    rows.push_back({static_cast<std::uint32_t>(row.token), row.position, addresses.of(row.slot)});
    if (row.wants_logits) asking_.push_back(index);
  }
  plan_of_all_.plan(shape, batch, all, addresses);
  plan_of_asking_.plan(shape, batch, asking_, addresses);

  const std::size_t bytes = rows.size() * sizeof(PassRow) + asking_.size() * sizeof(std::uint32_t) +
                            2 * kAlignment + bytes_of(plan_of_all_) + bytes_of(plan_of_asking_);
  if (!host_.reserve(device_, bytes) || !memory_.reserve(device_, bytes)) return false;
  used_bytes_ = 0;
  rows_ = add<PassRow>(rows);
  asking_rows_ = add<std::uint32_t>(asking_);
  all_rows_ = add(plan_of_all_);
  asking_plan_ = add(plan_of_asking_);
  return device_.copy(memory_.data(), host_.data(), used_bytes_, cudaMemcpyHostToDevice);
}

template <typename T>
const T* PassInputs::add(std::span<const T> list) {
  const std::size_t place = used_bytes_;
  if (!list.empty()) std::memcpy(host_.data() + place, list.data(), list.size_bytes());
  used_bytes_ += (list.size_bytes() + kAlignment - 1) / kAlignment * kAlignment;
  return reinterpret_cast<const T*>(memory_.data() + place);
}

UploadedPlan PassInputs::add(const AttentionPlan& plan) {
  UploadedPlan uploaded;
  uploaded.plan = &plan;
  uploaded.items = add<AttentionItem>(plan.items());
  uploaded.rows = add<AttentionRow>(plan.rows());
  uploaded.runs = add<AttentionRun>(plan.runs());
  uploaded.block_runs = add<std::uint32_t>(plan.block_runs());
  return uploaded;
}

}  // namespace nextline::cuda
