#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/gguf/tensor_type.h"
#include "engine/kv/kv_type.h"

namespace nextline::test {

constexpr KvType kKvTypes[] = {KvType::kFloat32, KvType::kFloat16, KvType::kBFloat16};

/// What a cache of the type makes of a number.
inline float rounded_to(KvType type, float value) {
  switch (type) {
    case KvType::kFloat32:
      return value;
    case KvType::kFloat16:
      return gguf::half_to_float(gguf::float_to_half(value));
    case KvType::kBFloat16:
      return gguf::bfloat16_to_float(gguf::float_to_bfloat16(value));
  }
  return 0;
}

/// One of the numbers of the type that lie in a memory.
inline float number_at(KvType type, const std::byte* memory, std::size_t index) {
  if (type == KvType::kFloat32) {
    float value = 0;
    std::memcpy(&value, memory + index * sizeof(value), sizeof(value));
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, memory + index * sizeof(bits), sizeof(bits));
  return type == KvType::kFloat16 ? gguf::half_to_float(bits) : gguf::bfloat16_to_float(bits);
}

}  // namespace nextline::test
