#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/kv/slot_pool.h"

namespace nextline {

/// Memory for keys and values, one slot per token, in whatever layout its backend likes.
/// No pass writes a slot that is filled and visible: passes write scratch slots.
class KvStorage {
 public:
  virtual ~KvStorage() = default;
  virtual std::uint32_t slot_count() const = 0;
  /// Bytes that one slot takes, all layers together.
  virtual std::size_t slot_bytes() const = 0;

  /// The key [kv_length] and value [kv_length] of one layer in a slot, as stored (widened to
  /// float32, the key at its anchor position).
  virtual void read(Slot slot, std::uint32_t layer, std::span<float> key,
                    std::span<float> value) const = 0;
};

}  // namespace nextline
