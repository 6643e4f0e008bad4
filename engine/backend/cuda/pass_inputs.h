#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/cuda/attention.h"
#include "engine/backend/cuda/choose.h"
#include "engine/backend/cuda/rows.h"
#include "engine/backend/sampling.h"

namespace nextline::cuda {

/// What a pass brings to the device: its rows, what they read, and how tokens are drawn. All of it
/// goes there in one copy of a few kilobytes, from one place to another, and kernels find it by
/// addresses that depend on the shape of the pass alone (PassShape):
///
///   header      how tokens are drawn, and where the lists of the plans lie;
///   rows        one behind the other, and the indices of those that ask;
///   the plans'  lists, as long as they are, at the places that the header tells.
class PassInputs {
 public:
  explicit PassInputs(DeviceContext& device) : device_(device) {}

  /// Plans the attention of all rows, and for the last layer of those that ask for logits; has all
  /// of it ready to be copied. The copy of the pass before must be done. `addresses`: of all slots
  /// of the batch.
  bool prepare(const Batch& batch, const Sampling& sampling, const AttentionPlan::Shape& shape,
               const SlotAddresses& addresses);

  /// Copies it to the device.
  bool upload() {
    return device_.copy(memory_.data(), host_.data(), bytes_, cudaMemcpyHostToDevice);
  }

  std::uint32_t row_count() const { return static_cast<std::uint32_t>(rows_.size()); }
  std::uint32_t asking_count() const { return static_cast<std::uint32_t>(asking_.size()); }
  /// That are copied.
  std::size_t bytes() const { return bytes_; }

  // In device memory.
  const PassRow* rows() const { return at<PassRow>(rows_place_); }
  const std::uint32_t* asking() const { return at<std::uint32_t>(asking_place_); }  // Of rows.
  const Draw* draw() const { return &at<Header>(0)->draw; }
  const PlacedPlan& all_rows() const { return all_rows_; }
  const PlacedPlan& asking_rows() const { return asking_rows_; }

 private:
  struct Header {
    Draw draw;
    AttentionLists all_rows;
    AttentionLists asking_rows;
  };

  void list_rows(const Batch& batch, const SlotAddresses& addresses);
  bool reserve();
  /// Puts a list in its place, and zeros behind it up to so many; gives the place.
  template <typename T>
  std::size_t add(const std::vector<T>& list, std::size_t count);
  template <typename T>
  std::size_t add(const std::vector<T>& list) {
    return add(list, list.size());
  }
  AttentionLists add(const AttentionPlan& plan, const AttentionGrid& grid);
  template <typename T>
  const T* at(std::size_t place) const {
    return reinterpret_cast<const T*>(memory_.data() + place);
  }

  DeviceContext& device_;
  std::vector<PassRow> rows_;
  std::vector<std::uint32_t> all_;  // Indices of rows: all, and those that ask.
  std::vector<std::uint32_t> asking_;
  AttentionPlan plan_of_all_;
  AttentionPlan plan_of_asking_;  // Where not all ask.

  PinnedBuffer<std::byte> host_;
  DeviceBuffer<std::byte> memory_;
  std::size_t used_bytes_ = 0;
  std::size_t bytes_ = 0;
  std::size_t rows_place_ = 0;
  std::size_t asking_place_ = 0;
  PlacedPlan all_rows_;
  PlacedPlan asking_rows_;
};

}  // namespace nextline::cuda
