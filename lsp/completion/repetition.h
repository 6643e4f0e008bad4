#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nextline::lsp {

/// Finds lines that come again and again: one line, or several that take turns. That a line occurs
/// often is no repetition, `break;` does so in good code: what stands between must be the same,
/// too.
class LineRepetition {
 public:
  /// Takes the next line that is not blank. Whether it comes for the third time, behind the same
  /// lines as the time before. Lines that only close brackets may do so.
  bool take(std::string_view line);

 private:
  std::vector<std::size_t> lines_;                          // Their hashes.
  std::unordered_map<std::size_t, std::size_t> last_seen_;  // Where a hash stood last.
};

/// Finds short pieces that repeat without end within a line: "0, 0, 0, 0, ". Work goes with the
/// bytes of the line.
class PieceRepetition {
 public:
  /// Takes the last byte of `line`, which has grown by it. If the line ends with the same piece
  /// more often, and for longer, than data and ornaments do: where its first one ends.
  std::optional<std::size_t> take(std::string_view line);
  /// The next line begins.
  void clear() { runs_ = {}; }

 private:
  static constexpr std::size_t kLongestPiece = 48;
  std::array<std::size_t, kLongestPiece + 1> runs_{};  // Bytes that equal the one so far back.
};

}  // namespace nextline::lsp
