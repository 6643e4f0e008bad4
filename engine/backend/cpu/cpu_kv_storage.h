#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/thread_pool.h"
#include "engine/model/rope.h"

namespace nextline::cpu {

/// Keys and values in numbers of one type, one region per layer and key head. Keys of 16
/// neighbouring slots are transposed, [slot / 16][dimension][slot % 16], so that a lane of a score
/// is a key; values lie slot by slot. Memory is taken as slots are first filled.
class CpuKvStorage final : public KvStorage {
 public:
  /// Kernels, threads and angles are the backend's. Throws std::bad_alloc where the address space
  /// is used up.
  CpuKvStorage(const Hyperparameters& h, std::uint32_t slot_count, KvType type,
               const Kernels& kernels, ThreadPool& threads, RopeTable& rope)
      : kernels_(kernels.of(type)),
        threads_(threads),
        rope_(rope),
        type_(type),
        slot_count_(slot_count),
        layer_count_(h.layer_count),
        head_count_(h.head_count_kv),
        dimension_(h.head_dimension),
        region_((std::size_t{slot_count} + 15) / 16 * 16 * dimension_ * bytes_of(type)),
        keys_(region_ * layer_count_ * head_count_, Pages::kSmall),
        values_(keys_.size(), Pages::kSmall) {}

  std::uint32_t slot_count() const override { return slot_count_; }
  std::size_t slot_bytes() const override {
    return 2 * bytes_of(type_) * layer_count_ * head_count_ * dimension_;
  }

  KvType kv_type() const override { return type_; }

  void read(Slot slot, std::uint32_t layer, std::span<float> key,
            std::span<float> value) const override;
  void move(std::span<const SlotMove> moves) override;
  void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override;
  void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override;

  /// The kernels for what is stored.
  const KvKernels& kernels() const { return kernels_; }
  HeadCache head_cache(std::uint32_t layer, std::uint32_t head) const {
    return {dimension_, keys(layer, head), values(layer, head)};
  }
  void* keys(std::uint32_t layer, std::uint32_t head) const {
    return keys_.as<std::byte>().data() + region_of(layer, head);
  }
  void* values(std::uint32_t layer, std::uint32_t head) const {
    return values_.as<std::byte>().data() + region_of(layer, head);
  }

 private:
  struct Angles;
  template <typename Number>
  struct Copies;
  struct SlotPart;

  /// Calls the function with a number of the size that is stored: whoever only copies numbers need
  /// not know more of their type.
  template <typename Function>
  void with_number(Function function) const;
  /// One of the numbers of a region, widened.
  float number_at(const void* region, std::size_t index) const;

  Angles angles_of(std::span<const SlotMove> turned) const;
  /// The moves of one layer and key head; the first moves are turned, in whole groups of 16.
  template <typename Number>
  void move_head(std::uint32_t layer, std::uint32_t head, std::span<const SlotMove> moves,
                 const Angles& angles, Copies<Number>& copies) const;

  static std::vector<SlotPart> parts_of(std::span<const Slot> slots);
  /// Calls the function with each part of a list of slots and room for 16 of its keys, on all
  /// threads.
  template <typename Number, typename Function>
  void for_each_part(std::span<const Slot> slots, Function function) const;
  /// Both copy what one part holds, all layers and heads.
  template <typename Number>
  void save_part(const SlotPart& part, std::byte* bytes, Number* keys) const;
  template <typename Number>
  void load_part(const SlotPart& part, const std::byte* bytes, Number* keys) const;

  std::size_t region_of(std::uint32_t layer, std::uint32_t head) const {
    return (std::size_t{layer} * head_count_ + head) * region_;
  }

  const KvKernels& kernels_;
  ThreadPool& threads_;
  RopeTable& rope_;
  KvType type_;
  std::uint32_t slot_count_;
  std::uint32_t layer_count_;
  std::uint32_t head_count_;
  std::uint32_t dimension_;
  std::size_t region_;  // Bytes per layer and head.
  AlignedMemory keys_;
  AlignedMemory values_;
};

}  // namespace nextline::cpu
