#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/disk/replacement_file.h"
#include "engine/error.h"
#include "engine/speculate/history_document.h"
#include "engine/speculate/history_segment.h"
#include "engine/speculate/segment_format.h"

namespace nextline {

/// A segment as the bytes of a file: the header, then the sections.
struct EncodedSegment {
  SegmentHeader header{};
  std::vector<DocumentRecord> documents;
  std::vector<TokenId> tokens;
  std::vector<std::uint32_t> entries;
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> path_ends;
  std::vector<std::uint8_t> prefixes;
  std::string paths;

  /// Views of the above.
  SegmentSections sections() const;
  std::uint64_t size() const;  ///< Bytes of the file.
};

/// Builds the index over the documents, in time and memory in proportion to their tokens (about
/// 0.15 µs and 25 bytes for each, the result among them). Fails with a sentence that begins with
/// `subject` for tokens outside the vocabulary, for more than kMostSegmentTokens, and where memory
/// does not suffice. Fails, too, some tenths of a second after it is stopped at the most.
Result<EncodedSegment> encode_segment(const SegmentTokenizer& tokenizer,
                                      std::span<const HistoryDocument> documents,
                                      const std::string& subject, const std::stop_token& stop = {});

/// Where a segment is to be written.
struct SegmentPlace {
  const PrivateFolder& folder;
  std::string name;
  FileCalls calls = FileCalls::of_the_system();
};

/// Puts a segment of the documents in its place, and in that of an earlier file of that name, and
/// returns once it is on the disk. On failure the earlier one stays. Whoever has the earlier one
/// open keeps it. Several processes may write at once: one of the files stays. To be stopped is a
/// failure.
Result<void> write_segment(const SegmentPlace& place, const SegmentTokenizer& tokenizer,
                           std::span<const HistoryDocument> documents,
                           const std::stop_token& stop = {});

/// The same, of all documents of some segments of this tokeniser. Of those with the same path and
/// the same tokens only the newest is taken, and of files with the same path only those of the
/// latest time. The place may be that of one of them.
Result<void> merge_segments(const SegmentPlace& place, const SegmentTokenizer& tokenizer,
                            std::span<const HistorySegment* const> segments,
                            const std::stop_token& stop = {});

}  // namespace nextline
