#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/kv_page.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/kv/kv_storage.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// Keys and values in numbers of one type, in pages (kv_page.h) that are taken when the first of
/// their slots is to be filled: a storage takes what its tokens take.
///
/// What fails on the device is kept by its context; nothing is done any more then.
class CudaKvStorage final : public KvStorage {
 public:
  /// Fails where there is no memory for the first page. Device and angles are the backend's.
  static Result<std::unique_ptr<KvStorage>> create(const Hyperparameters& h,
                                                   std::uint32_t slot_count, KvType type,
                                                   DeviceContext& device, RopeAngles& angles);

  std::uint32_t slot_count() const override { return slot_count_; }
  std::size_t slot_bytes() const override {
    return 2 * layout_.layer_count * layout_.vector_bytes();
  }
  KvType kv_type() const override { return type_; }
  void read(Slot slot, std::uint32_t layer, std::span<float> key,
            std::span<float> value) const override;
  void move(std::span<const SlotMove> moves) override;
  void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override;
  void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override;

  const KvPageLayout& layout() const { return layout_; }

  /// Has memory for all slots that the batch's rows fill and see. False where a call has failed.
  bool prepare(const Batch& batch);
  /// Of the slots that were prepared last, until others are.
  SlotAddresses addresses() const { return {pages_, layout_.slot_stride()}; }

 private:
  CudaKvStorage(const Hyperparameters& h, std::uint32_t slot_count, KvType type,
                DeviceContext& device, RopeAngles& angles);

  /// The addresses of slots, for kernels.
  struct AddressList {
    PinnedBuffer<std::byte*> host;
    DeviceBuffer<std::byte*> device;
  };

  bool prepare(std::span<const Slot> slots);
  bool prepare(SlotRange range);
  Result<void> take_page(std::uint32_t page);
  /// Slots that are gathered at a time.
  std::size_t slots_at_once() const;
  template <typename Function>
  bool with_number(Function function) const;

  bool upload(std::span<const Slot> slots, AddressList& list) const;
  /// Copies the slots of from_ into gathered_, in the layout of `save`; from there to those of to_.
  bool gather(std::size_t count, std::uint32_t first_layer, std::uint32_t layers) const;
  bool scatter(std::size_t count, std::uint32_t first_layer, std::uint32_t layers) const;
  bool move_layers(std::span<const SlotMove> moves);
  bool turn_gathered(std::size_t count, std::uint32_t layers) const;
  bool upload_turns(std::span<const SlotMove> moves);

  DeviceContext& device_;
  RopeAngles& angles_;
  KvType type_;
  std::uint32_t slot_count_;
  KvPageLayout layout_;
  std::vector<DeviceBuffer<std::byte>> memory_;
  std::vector<std::byte*> pages_;

  // What copies go through; made when first needed.
  mutable DeviceBuffer<std::byte> gathered_;  // [slots][layers][key, value][kv_length]
  mutable AddressList from_;
  AddressList to_;
  mutable PinnedBuffer<std::byte> pinned_;
  DeviceBuffer<float> turn_angles_;           // [shifts × 2 × pairs]
  DeviceBuffer<std::uint32_t> turn_indices_;  // By move: 1 + which of the shifts, or 0.
};

}  // namespace nextline::cuda
