#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/kv/kv_storage.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// Keys and values in device memory, in numbers of one type: [layer][key head][slot][dimension]
/// each. What a head has in consecutive slots is one stretch of memory, so a thread block that
/// reads a run's keys for the queries of that head reads whole lines, wherever the run begins.
///
/// All memory is taken at once. What fails on the device is kept by its context; nothing is done
/// any more then.
class CudaKvStorage final : public KvStorage {
 public:
  /// Fails where the memory does not suffice. Device and angles are the backend's.
  static Result<std::unique_ptr<KvStorage>> create(const Hyperparameters& h,
                                                   std::uint32_t slot_count, KvType type,
                                                   DeviceContext& device, RopeAngles& angles);

  std::uint32_t slot_count() const override { return slot_count_; }
  std::size_t slot_bytes() const override { return 2 * layer_count_ * vector_bytes(); }
  KvType kv_type() const override { return type_; }
  void read(Slot slot, std::uint32_t layer, std::span<float> key,
            std::span<float> value) const override;
  void move(std::span<const SlotMove> moves) override;
  void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override;
  void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override;

  /// Of a layer: [key head × slot × dimension].
  std::byte* keys(std::uint32_t layer) const { return keys_.data() + layer * layer_bytes(); }
  std::byte* values(std::uint32_t layer) const { return values_.data() + layer * layer_bytes(); }

 private:
  CudaKvStorage(const Hyperparameters& h, std::uint32_t slot_count, KvType type,
                DeviceContext& device, RopeAngles& angles);

  struct Turns;

  std::size_t vector_bytes() const {
    return std::size_t{head_count_} * dimension_ * bytes_of(type_);
  }
  std::size_t layer_bytes() const { return slot_count_ * vector_bytes(); }
  /// Slots that are gathered at a time.
  std::size_t slots_at_once() const;
  template <typename Function>
  bool with_number(Function function) const;

  bool upload_slots(std::span<const Slot> slots) const;
  /// Copies the slots that were uploaded into gathered_, in the layout of `save`, or back.
  bool gather(std::size_t count, std::uint32_t first_layer, std::uint32_t layers) const;
  bool scatter(std::size_t count, std::uint32_t first_layer, std::uint32_t layers) const;
  bool move_layers(std::span<const SlotMove> moves);
  bool turn_gathered(std::size_t count, std::uint32_t layers) const;
  bool upload_turns(std::span<const SlotMove> moves);

  DeviceContext& device_;
  RopeAngles& angles_;
  KvType type_;
  std::uint32_t slot_count_;
  std::uint32_t layer_count_;
  std::uint32_t head_count_;
  std::uint32_t dimension_;
  DeviceBuffer<std::byte> keys_;
  DeviceBuffer<std::byte> values_;

  // What copies go through; made when first needed.
  mutable DeviceBuffer<std::byte> gathered_;  // [slots][layers][key, value][kv_length]
  mutable DeviceBuffer<Slot> slots_;
  mutable PinnedBuffer<std::byte> pinned_;
  DeviceBuffer<float> turn_angles_;           // [shifts × 2 × pairs]
  DeviceBuffer<std::uint32_t> turn_indices_;  // By move: 1 + which of the shifts, or 0.
};

}  // namespace nextline::cuda
