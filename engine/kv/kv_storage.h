#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/kv/kv_type.h"
#include "engine/kv/slot_pool.h"

namespace nextline {

/// One token's keys and values on their way from slot to slot.
struct SlotMove {
  Slot from;
  Slot to;
  std::int32_t shift;  ///< Positions by which the keys are turned: new anchor − old anchor.
};

/// Memory for keys and values, one slot per token, in whatever layout its backend likes.
///
/// A slot that is filled and visible is never written again by a pass: passes write scratch slots.
/// Only `move` and `load` write such slots, between passes, for the thread that owns the sequences.
/// The backend that made a storage must outlive it.
class KvStorage {
 public:
  virtual ~KvStorage() = default;
  virtual std::uint32_t slot_count() const = 0;
  /// Bytes that one slot takes, all layers together.
  virtual std::size_t slot_bytes() const = 0;
  virtual KvType kv_type() const = 0;

  /// The key [kv_length] and value [kv_length] of one layer in a slot, as stored (widened to
  /// float32, the key at its anchor position).
  virtual void read(Slot slot, std::uint32_t layer, std::span<float> key,
                    std::span<float> value) const = 0;

  /// Makes all moves at once: a slot may be left in one move and reached in another, but reached
  /// once only. Keys are turned in float32 and rounded to what is stored; a key that is not turned
  /// keeps its bits, as all values do.
  virtual void move(std::span<const SlotMove> moves) = 0;

  /// Copies whole slots out, in one layout for all storages of a kv_type: slot by slot, layer by
  /// layer the key [kv_length] and then the value [kv_length], each number as it is stored, its low
  /// byte first. `bytes` has room for slots.size() · slot_bytes(). Where the backend is broken
  /// behind it (`Backend::broken_by`), they are nothing to be kept.
  virtual void save(std::span<const Slot> slots, std::span<std::byte> bytes) const = 0;
  /// Fills slots with what `save` copied out of a storage of the same kv_type and slot_bytes, bit
  /// for bit. Each slot is named once.
  virtual void load(std::span<const Slot> slots, std::span<const std::byte> bytes) = 0;

  /// The storage is about to be used: what of it had to make room for others, and would be slow to
  /// compute with, may come back meanwhile. Nobody waits for that.
  virtual void bring_back() {}
};

}  // namespace nextline
