#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/speculate/segment_writer.h"

namespace nextline::test {

/// The tokeniser of sample histories.
inline constexpr SegmentTokenizer kSampleTokenizer{0x0123456789abcdef, 1000};

/// Documents and what they refer to.
class SampleHistory {
 public:
  SampleHistory() = default;
  /// So many documents of up to `longest` tokens below `symbol_count`, of one kind or of all; all
  /// follows from the seed.
  SampleHistory(std::size_t document_count, std::size_t longest, std::uint64_t symbol_count,
                std::uint64_t seed, std::optional<DocumentKind> kind = {});

  /// A document of these tokens, the newest of all.
  SampleHistory& add(std::vector<TokenId> tokens, std::string path = "a.py");

  std::vector<HistoryDocument> documents() const;
  const std::vector<std::vector<TokenId>>& tokens() const { return tokens_; }

 private:
  std::vector<std::vector<TokenId>> tokens_;
  std::vector<std::string> paths_;
  std::optional<DocumentKind> kind_;
};

/// The bytes of a segment's file; aborts where it cannot be encoded.
std::vector<std::byte> segment_bytes(const SampleHistory& history);

/// Sets the checksums of a segment's file right where its lengths allow that, so that a change
/// meets the checks behind them. True where they did.
bool set_segment_checksums(std::vector<std::byte>& file);

/// Looks up what the segment's documents have in many places, and asks for all that is found. True
/// if every result lies within the segment.
bool lookups_stay_within(const HistorySegment& segment);

}  // namespace nextline::test
