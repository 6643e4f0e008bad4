#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nextline::test {

/// Gives out what a fuzzer made, from the front on; zeros and empty texts when it has ended. So
/// every input means something, and one that is longer goes on where a shorter one ends.
class FuzzedInput {
 public:
  explicit FuzzedInput(std::span<const std::uint8_t> bytes)
      : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  bool has_ended() const { return bytes_.empty(); }
  std::size_t byte() {
    if (has_ended()) return 0;
    return static_cast<unsigned char>(text(1).front());
  }
  /// Less than `bound`, which is at least 1.
  std::size_t below(std::size_t bound) {
    std::size_t value = byte();
    if (bound > 256) value = value << 8 | byte();
    return value % bound;
  }
  /// As many bytes as there still are of these.
  std::string_view text(std::size_t length) {
    const std::string_view taken = bytes_.substr(0, length);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  /// What is left.
  std::string_view rest() { return text(bytes_.size()); }

 private:
  std::string_view bytes_;
};

}  // namespace nextline::test
