#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nextline {

/// 128 bits that stand for some content: XXH3's, which is no secret keeper. What differs by chance
/// has another hash; what somebody makes up to collide may not.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Hash128&) const = default;
};

/// XXH3 with 128 bits and with 64: the same on every machine, at the speed of memory.
Hash128 hash_128(std::span<const std::byte> bytes);
std::uint64_t hash_64(std::span<const std::byte> bytes);

}  // namespace nextline
