#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/disk/mapped_file.h"
#include "engine/disk/private_folder.h"
#include "engine/error.h"
#include "engine/speculate/history_document.h"
#include "engine/speculate/segment_format.h"

namespace nextline {

/// Where the last tokens of a context occur in a segment.
struct SuffixMatch {
  std::uint32_t length = 0;  ///< Of the context's tokens, how many; 0: none, and no occurrences.
  std::uint32_t first = 0;   ///< The occurrences are the entries from here …
  std::uint32_t last = 0;    ///< … to before here.

  std::uint32_t count() const { return last - first; }
  bool operator==(const SuffixMatch&) const = default;
};

/// An index over the tokens of many documents, in a file that is mapped into memory: which of the
/// last tokens of a context occur there, how often, and what follows them.
///
/// It is a suffix array of the text read backwards: its entries are positions in the order of what
/// stands before them, nearest first. What a context ends with is then found by one binary search,
/// because the entry before which most of it stands is a neighbour of where the context would be
/// inserted. An occurrence always has a token of the same document behind it, and does not reach
/// beyond its document's beginning.
///
/// Immutable: any number of threads may look up at once, and a lookup allocates nothing. Movable;
/// views stay valid on a move. The file must not be written while it is open (see MappedFile);
/// `write_segment` writes another one aside and renames it.
class HistorySegment {
 public:
  /// No match is longer: common prefixes of entries are not known to be.
  static constexpr std::uint32_t kLongestMatch = 255;

  /// Maps the file and checks all of it, at about 1 GB/s. Fails with a sentence for a file that is
  /// missing, damaged, cut, of another version of the format or of another tokeniser.
  static Result<HistorySegment> open(const PrivateFolder& folder, const std::string& name,
                                     const SegmentTokenizer& tokenizer);

  /// The same, of a file that is mapped already. `name` stands for the path in error sentences.
  /// Fails only for what is wrong with the file's content.
  static Result<HistorySegment> of(MappedFile file, const std::string& name,
                                   const SegmentTokenizer& tokenizer);

  /// The same, of a file in memory that begins at a multiple of 8 bytes and outlives the segment.
  static Result<HistorySegment> parse(std::span<const std::byte> file, const std::string& name,
                                      const SegmentTokenizer& tokenizer);

  /// The longest end of `context` that occurs, of `most` tokens at the most, with all its
  /// occurrences. The context reaches back to its first token or to one outside the vocabulary.
  SuffixMatch longest_suffix(std::span<const TokenId> context, std::uint32_t most = 64) const;

  /// The occurrences of fewer of the same context's tokens: those of `match` and others. `match` is
  /// of this segment and this context; where `length` is not less than its own, it is as it was.
  SuffixMatch shortened(const SuffixMatch& match, std::span<const TokenId> context,
                        std::uint32_t length) const;

  /// The position of the token that follows an occurrence: of an entry below `entry_count()`.
  std::uint32_t occurrence(std::uint32_t entry) const { return sections_.entries[entry]; }

  /// The tokens from a position that `occurrence` gave to the document's end, `most` at the most.
  std::span<const TokenId> tokens_behind(std::uint32_t position, std::uint32_t most) const;

  /// Which document a position that `occurrence` gave lies in: one below `document_count()`.
  std::uint32_t document_of(std::uint32_t position) const;
  HistoryDocument document(std::uint32_t index) const;

  std::uint32_t document_count() const {
    return static_cast<std::uint32_t>(sections_.documents.size());
  }
  std::uint32_t entry_count() const { return static_cast<std::uint32_t>(sections_.entries.size()); }
  /// Of all documents together, separators left out.
  std::uint32_t token_count() const;
  std::uint64_t bytes() const { return bytes_; }  ///< Of the file.

 private:
  HistorySegment(std::uint64_t bytes, const SegmentSections& sections);

  /// The entries behind the context's last token, of which there is one at least.
  SuffixMatch occurrences_of_last(std::span<const TokenId> context) const;
  std::pair<std::uint32_t, std::uint32_t> guided(const SuffixMatch& last_token,
                                                 std::uint64_t key) const;
  SuffixMatch widened(const SuffixMatch& match, std::span<const TokenId> context,
                      std::uint32_t length) const;
  std::uint32_t common_length(std::uint32_t entry, std::span<const TokenId> context,
                              std::uint32_t known, std::uint32_t most) const;

  MappedFile file_;  // Empty for a segment in memory.
  std::uint64_t bytes_;
  SegmentSections sections_;
  /// Of each token up to the greatest that occurs, the first entry behind it; at last the count of
  /// entries. Half of a search's steps are saved by 4 bytes per token of the vocabulary.
  std::vector<std::uint32_t> first_entries_;
  /// Of every 32nd entry, the two tokens that stand before the token before it. A search begins
  /// among these, which take a quarter of a byte per token and mostly stay in the cache.
  std::vector<std::uint64_t> guide_;
};

}  // namespace nextline
