#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/cuda/attention.h"
#include "engine/backend/cuda/rows.h"

namespace nextline::cuda {

/// What a pass brings to the device: its rows, and what they read. All of it goes there in one copy
/// of a few kilobytes.
class PassInputs {
 public:
  explicit PassInputs(DeviceContext& device) : device_(device) {}

  /// Plans the attention of all rows, and for the last layer of those that ask for logits; copies
  /// the lists. The copies of the pass before must be done. `addresses`: of all slots of the batch.
  bool upload(const Batch& batch, const AttentionPlan::Shape& shape,
              const SlotAddresses& addresses);

  std::uint32_t row_count() const { return row_count_; }
  std::uint32_t asking_count() const { return static_cast<std::uint32_t>(asking_.size()); }

  // In device memory.
  const PassRow* rows() const { return rows_; }
  const std::uint32_t* asking() const { return asking_rows_; }  // Indices of rows.
  const UploadedPlan& all_rows() const { return all_rows_; }
  const UploadedPlan& asking_rows() const { return asking_plan_; }

 private:
  template <typename T>
  const T* add(std::span<const T> list);
  UploadedPlan add(const AttentionPlan& plan);

  DeviceContext& device_;
  std::uint32_t row_count_ = 0;
  std::vector<std::uint32_t> asking_;
  AttentionPlan plan_of_all_;
  AttentionPlan plan_of_asking_;
  std::size_t used_bytes_ = 0;
  PinnedBuffer<std::byte> host_;
  DeviceBuffer<std::byte> memory_;

  const PassRow* rows_ = nullptr;
  const std::uint32_t* asking_rows_ = nullptr;
  UploadedPlan all_rows_;
  UploadedPlan asking_plan_;
};

}  // namespace nextline::cuda
