#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "engine/error.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// What gives the tokens of a segment their meaning.
struct SegmentTokenizer {
  std::uint64_t fingerprint = 0;      ///< Other tokens have another.
  std::uint32_t vocabulary_size = 0;  ///< Every token is below.
};

/// Stands before and behind every document's tokens; no token of any vocabulary.
inline constexpr TokenId kDocumentSeparator = -1;

/// To be raised with every change of the format. Files of other versions are not read.
inline constexpr std::uint32_t kSegmentFormatVersion = 1;

/// Positions are numbers of 32 bits, and some room is left for arithmetic with them.
inline constexpr std::uint32_t kMostSegmentTokens = 0x7fffffff;

/// The beginning of a segment's file, as it lies there. Behind it stand the sections, in the order
/// of SegmentSections. docs/history-segment-format.md describes all of it.
struct SegmentHeader {
  static constexpr std::size_t kSectionCount = 7;

  std::array<char, 8> magic;
  std::uint32_t format_version;
  std::uint32_t document_count;
  std::uint64_t tokenizer;    // SegmentTokenizer::fingerprint.
  std::uint32_t token_count;  // With separators.
  std::uint32_t entry_count;
  std::uint32_t path_count;
  std::uint32_t path_bytes;                            // Of all paths together.
  std::array<std::uint64_t, kSectionCount> checksums;  // XXH3 of each section.
  std::uint64_t checksum;                              // XXH3 of all of the above.
};
static_assert(std::is_trivially_copyable_v<SegmentHeader> && sizeof(SegmentHeader) == 104);

/// How errors call the segment, at the beginning of a sentence.
std::string segment_subject(const std::string& name);

/// A header of the present version whose counts and checksums are still to be set.
SegmentHeader blank_segment_header();

/// XXH3 of the header but for its last field.
std::uint64_t checksum_of(const SegmentHeader& header);

/// What is known of a document beside its tokens, as it lies in the file.
struct DocumentRecord {
  std::int64_t commit_time;
  std::uint32_t path;  // Which of the paths.
  std::uint16_t language;
  std::uint8_t kind;
  std::uint8_t unused;  // 0.
};
static_assert(std::is_trivially_copyable_v<DocumentRecord> && sizeof(DocumentRecord) == 16);

/// The sections of a segment, in their order in the file: what needs the most alignment stands
/// first, so that each is aligned without padding.
struct SegmentSections {
  std::span<const DocumentRecord> documents;
  /// A separator, then each document's tokens with a separator behind.
  std::span<const TokenId> tokens;
  /// The positions of all tokens that stand behind another one of the same document, in the order
  /// of what stands before them, read backwards up to the document's beginning.
  std::span<const std::uint32_t> entries;
  /// Where each document's tokens begin, in ascending order, and at last the count of tokens.
  std::span<const std::uint32_t> starts;
  std::span<const std::uint32_t> path_ends;  ///< Where each path ends in `paths`.
  /// Of each entry, how many tokens before it are the same as before the previous entry: 255 stands
  /// for 255 and more. 0 for the first.
  std::span<const std::uint8_t> prefixes;
  std::span<const char> paths;  ///< One after the other.

  /// Each section as the bytes of the file.
  std::array<std::span<const std::byte>, SegmentHeader::kSectionCount> bytes() const;
};

/// The sections of a segment's file, views of `file`, which begins at a multiple of 8 bytes.
///
/// The bytes are untrusted. All of them are checked: the checksums, that the tokens are the
/// vocabulary's, and that whatever is used as a length or an index is one, so that no lookup reads
/// outside, whatever the file. That entries are in order is not checked: where they are not, which
/// takes somebody who makes up checksums, lookups find less than there is, or something else.
/// Fails with a sentence that begins with `subject` ("The history segment …").
Result<SegmentSections> read_sections(std::span<const std::byte> file,
                                      const SegmentTokenizer& tokenizer,
                                      const std::string& subject);

}  // namespace nextline
