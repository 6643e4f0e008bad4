#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace nextline::gguf {

static_assert(std::endian::native == std::endian::little,
              "GGUF files are read as they lie in memory, which is little-endian.");

/// Walks over the bytes of a file from front to back. Each read gives nothing, and moves nothing,
/// if the bytes left do not suffice. One reader belongs to one thread.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }

  std::optional<std::span<const std::byte>> bytes(std::uint64_t count) {
    if (count > remaining()) return std::nullopt;
    const auto taken = bytes_.subspan(offset_, count);
    offset_ += count;
    return taken;
  }

  template <typename Number>
  std::optional<Number> number() {
    static_assert(std::is_arithmetic_v<Number>);
    const auto taken = bytes(sizeof(Number));
    if (!taken) return std::nullopt;
    Number number;
    std::memcpy(&number, taken->data(), sizeof(Number));
    return number;
  }

  /// A GGUF string: a 64-bit length, then that many bytes.
  std::optional<std::string_view> string() {
    const std::size_t start = offset_;
    if (const auto length = number<std::uint64_t>()) {
      if (const auto text = bytes(*length)) {
        return std::string_view(reinterpret_cast<const char*>(text->data()), text->size());
      }
    }
    offset_ = start;
    return std::nullopt;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
};

}  // namespace nextline::gguf
