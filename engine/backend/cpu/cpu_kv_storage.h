#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/thread_pool.h"
#include "engine/model/rope.h"

namespace nextline::cpu {

/// Keys and values as halves, one region per layer and key head. Keys of 16 neighbouring slots are
/// transposed, [slot / 16][dimension][slot % 16], so that a lane of a score is a key; values lie
/// slot by slot. Memory is taken as slots are first filled.
class CpuKvStorage final : public KvStorage {
 public:
  /// Kernels, threads and angles are the backend's. Throws std::bad_alloc where the address space
  /// is used up.
  CpuKvStorage(const Hyperparameters& h, std::uint32_t slot_count, const Kernels& kernels,
               ThreadPool& threads, RopeTable& rope)
      : kernels_(kernels),
        threads_(threads),
        rope_(rope),
        slot_count_(slot_count),
        layer_count_(h.layer_count),
        head_count_(h.head_count_kv),
        dimension_(h.head_dimension),
        region_((std::size_t{slot_count} + 15) / 16 * 16 * dimension_),
        keys_(region_ * layer_count_ * head_count_ * sizeof(std::uint16_t), Pages::kSmall),
        values_(keys_.size(), Pages::kSmall) {}

  std::uint32_t slot_count() const override { return slot_count_; }
  std::size_t slot_bytes() const override {
    return std::size_t{2} * sizeof(std::uint16_t) * layer_count_ * head_count_ * dimension_;
  }

  KvType kv_type() const override { return KvType::kFloat16; }

  void read(Slot slot, std::uint32_t layer, std::span<float> key,
            std::span<float> value) const override {
    for (std::uint32_t head = 0; head < head_count_; ++head) {
      const HeadCache cache = head_cache(layer, head);
      for (std::uint32_t d = 0; d < dimension_; ++d) {
        const std::size_t at = std::size_t{head} * dimension_ + d;
        key[at] = gguf::half_to_float(
            cache.keys[(std::size_t{slot / 16} * dimension_ + d) * 16 + slot % 16]);
        value[at] = gguf::half_to_float(cache.values[std::size_t{slot} * dimension_ + d]);
      }
    }
  }

  void move(std::span<const SlotMove> moves) override;
  void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override;
  void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override;

  HeadCache head_cache(std::uint32_t layer, std::uint32_t head) const {
    return {dimension_, keys(layer, head), values(layer, head)};
  }
  std::uint16_t* keys(std::uint32_t layer, std::uint32_t head) const {
    return keys_.as<std::uint16_t>().data() + region_of(layer, head);
  }
  std::uint16_t* values(std::uint32_t layer, std::uint32_t head) const {
    return values_.as<std::uint16_t>().data() + region_of(layer, head);
  }

 private:
  struct Angles;
  struct Copies;
  struct SlotPart;

  Angles angles_of(std::span<const SlotMove> turned) const;
  /// The moves of one layer and key head; the first moves are turned, in whole groups of 16.
  void move_head(std::uint32_t layer, std::uint32_t head, std::span<const SlotMove> moves,
                 const Angles& angles, Copies& copies) const;

  static std::vector<SlotPart> parts_of(std::span<const Slot> slots);
  /// Both copy what one part of a list of slots holds, all layers and heads.
  void save_part(const SlotPart& part, std::byte* bytes, std::uint16_t* halves) const;
  void load_part(const SlotPart& part, const std::byte* bytes, std::uint16_t* halves) const;

  std::size_t region_of(std::uint32_t layer, std::uint32_t head) const {
    return (std::size_t{layer} * head_count_ + head) * region_;
  }

  const Kernels& kernels_;
  ThreadPool& threads_;
  RopeTable& rope_;
  std::uint32_t slot_count_;
  std::uint32_t layer_count_;
  std::uint32_t head_count_;
  std::uint32_t dimension_;
  std::size_t region_;  // Halves per layer and head.
  AlignedMemory keys_;
  AlignedMemory values_;
};

}  // namespace nextline::cpu
