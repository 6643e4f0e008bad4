#include "lsp/syntax/large_errors.h"

#include <cstdint>

namespace nextline::lsp {
namespace {

constexpr std::uint64_t kMostParts = 4096;
/// Of all errors together, since each takes time that grows with the square of its parts.
constexpr std::uint64_t kMostPairsOfParts = 4 * kMostParts * kMostParts;

}  // namespace

bool has_large_error(TSNode below, std::size_t first, std::size_t last) {
  std::uint64_t pairs = 0;
  TreeCursor cursor(below);
  for (std::size_t depth = 0;;) {
    const TSNode node = cursor.node();
    const bool is_behind = ts_node_start_byte(node) >= last;
    // The root begins with its first token, and ends with its last.
    const bool meets = depth == 0 || (!is_behind && ts_node_end_byte(node) > first);
    if (meets && ts_node_has_error(node)) {
      if (ts_node_is_error(node)) {
        const std::uint64_t parts = ts_node_child_count(node);
        pairs += parts * parts;
        if (parts > kMostParts || pairs > kMostPairsOfParts) return true;
      }
      const std::size_t nearest = first == 0 ? 0 : first - 1;
      if (cursor.to_child_ending_behind(static_cast<std::uint32_t>(nearest))) {
        ++depth;
        continue;
      }
    }
    if (depth == 0) return false;
    bool goes_on = !is_behind && cursor.to_next_sibling();
    while (!goes_on) {
      if (--depth == 0 || !cursor.to_parent()) return false;
      goes_on = cursor.to_next_sibling();
    }
  }
}

}  // namespace nextline::lsp
