#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nextline {

/// How the numbers of a slot are stored. Part of the format of snapshots: a number never changes
/// its meaning.
enum class KvType : std::uint32_t {
  kFloat32 = 0,
  kFloat16 = 1,   ///< IEEE 754 binary16: 11 significant bits.
  kBFloat16 = 2,  ///< The upper half of binary32: 8 significant bits.
};

constexpr std::size_t kKvTypeCount = 3;

/// Of one number.
constexpr std::size_t bytes_of(KvType type) { return type == KvType::kFloat32 ? 4 : 2; }

/// "float32", "float16", "bfloat16".
constexpr std::string_view name_of(KvType type) {
  switch (type) {
    case KvType::kFloat32:
      return "float32";
    case KvType::kFloat16:
      return "float16";
    case KvType::kBFloat16:
      return "bfloat16";
  }
  return "";
}

}  // namespace nextline
