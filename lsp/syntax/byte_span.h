#pragma once

#include <cstddef>
#include <string_view>

namespace nextline::lsp {

/// The bytes [first, last) of a text.
struct ByteSpan {
  std::size_t first = 0;
  std::size_t last = 0;

  bool is_empty() const { return first == last; }
  std::size_t size() const { return last - first; }
  bool has(std::size_t offset) const { return first <= offset && offset < last; }
  bool has(const ByteSpan& other) const { return first <= other.first && other.last <= last; }
  std::string_view of(std::string_view text) const { return text.substr(first, size()); }
  bool operator==(const ByteSpan&) const = default;
};

}  // namespace nextline::lsp
