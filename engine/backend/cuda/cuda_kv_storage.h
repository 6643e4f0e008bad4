#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/kv_page.h"
#include "engine/backend/cuda/kv_pages.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/kv/kv_storage.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// What all storages of a backend share.
struct KvStorageContext {
  /// The addresses of slots, for kernels.
  struct Addresses {
    PinnedBuffer<std::byte*> host;
    DeviceBuffer<std::byte*> device;
  };

  KvStorageContext(DeviceContext& on, RopeAngles& with_angles, KvPages& with_pages)
      : device(on), angles(with_angles), pages(with_pages) {}

  DeviceContext& device;
  RopeAngles& angles;
  KvPages& pages;

  // What copies of slots go through; made when first needed.
  DeviceBuffer<std::byte> gathered;  // [slots][layers][key, value][kv_length]
  PinnedBuffer<std::byte> pinned;
  Addresses from;
  Addresses to;
  DeviceBuffer<float> turn_angles;           // [shifts × 2 × pairs]
  DeviceBuffer<std::uint32_t> turn_indices;  // By move: 1 + which of the shifts, or 0.
};

/// Keys and values in numbers of one type, in pages (kv_page.h) that are taken when the first of
/// their slots is to be filled: a storage takes what its tokens take. Where they lie is up to the
/// pages of the backend (KvPages); passes and moves have those that they use come to the device,
/// `read` and `save` read them wherever they lie.
///
/// What fails on the device is kept by its context; nothing is done any more then.
class CudaKvStorage final : public KvStorage {
 public:
  /// Fails where there is no memory for the first page, not even the host's. What is
  /// shared is the backend's.
  static Result<std::unique_ptr<KvStorage>> create(const Hyperparameters& h,
                                                   std::uint32_t slot_count, KvType type,
                                                   KvStorageContext& shared);

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
  void bring_back() override { shared_.pages.bring_back(table_); }

  const KvPageLayout& layout() const { return layout_; }

  /// Has all slots that the batch's rows fill and see ready for a pass. False where a call has
  /// failed.
  bool prepare(const Batch& batch);
  /// Of the slots that were prepared last, until others are.
  SlotAddresses addresses() const { return {table_.addresses(), layout_.slot_stride()}; }

 private:
  CudaKvStorage(const Hyperparameters& h, std::uint32_t slot_count, KvType type,
                KvStorageContext& shared);

  /// Slots that are gathered at a time.
  std::size_t slots_at_once() const;
  template <typename Function>
  bool with_number(Function function) const;

  bool prepare(std::span<const Slot> slots);
  bool prepare_to_read(std::span<const Slot> slots) const;
  bool upload(std::span<const Slot> slots, KvStorageContext::Addresses& list) const;
  /// Has room for copies of so many slots and bytes. Comes before pages are prepared, which may
  /// have to make the room.
  bool make_room(std::size_t slots, std::size_t bytes) const;
  /// Copies the slots of `from` into `gathered`, in the layout of `save`; from there to those of
  /// `to`.
  bool gather(std::size_t count, std::uint32_t first_layer, std::uint32_t layers) const;
  bool scatter(std::size_t count, std::uint32_t first_layer, std::uint32_t layers) const;
  bool move_layers(std::span<const SlotMove> moves);
  bool turn_gathered(std::size_t count, std::uint32_t layers) const;
  bool upload_turns(std::span<const SlotMove> moves);

  KvStorageContext& shared_;
  KvType type_;
  std::uint32_t slot_count_;
  KvPageLayout layout_;
  mutable KvPageTable table_;
  std::vector<std::uint32_t> wanted_;  // Numbers of pages; those of the pass under way.
};

}  // namespace nextline::cuda
