#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nextline::test {

/// Builds a file byte by byte, in the little-endian encodings of GGUF.
class ByteWriter {
 public:
  template <typename Number>
  ByteWriter& number(Number number) {
    static_assert(std::is_arithmetic_v<Number>);
    return bytes(std::as_bytes(std::span(&number, 1)));
  }

  /// A 64-bit length, then the bytes.
  ByteWriter& string(std::string_view text) {
    return number<std::uint64_t>(text.size()).text(text);
  }

  ByteWriter& text(std::string_view text) {
    return bytes(std::as_bytes(std::span(text.data(), text.size())));
  }

  ByteWriter& bytes(std::span<const std::byte> bytes) {
    written_.insert(written_.end(), bytes.begin(), bytes.end());
    return *this;
  }

  ByteWriter& pad_to_multiple_of(std::size_t alignment) {
    written_.resize((written_.size() + alignment - 1) / alignment * alignment);
    return *this;
  }

  std::size_t size() const { return written_.size(); }
  const std::vector<std::byte>& written() const { return written_; }

 private:
  std::vector<std::byte> written_;
};

}  // namespace nextline::test
