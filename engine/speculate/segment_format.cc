#include "engine/speculate/segment_format.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "engine/disk/hash.h"
#include "engine/speculate/history_document.h"

namespace nextline {
namespace {

static_assert(std::endian::native == std::endian::little,
              "Segments are used as they lie in the file, which is little-endian.");

constexpr std::array<char, 8> kMagic = {'N', 'X', 'T', 'L', 'H', 'I', 'S', 'T'};

constexpr std::array<const char*, SegmentHeader::kSectionCount> kSectionNames = {
    "documents", "tokens", "entries", "starts", "ends of paths", "common prefixes", "paths"};

tl::unexpected<Error> damaged(const std::string& subject, const std::string& what) {
  return failure(subject + " is damaged: " + what + ".");
}

Result<SegmentHeader> read_header(std::span<const std::byte> file,
                                  const SegmentTokenizer& tokenizer, const std::string& subject) {
  SegmentHeader header;
  if (file.size() < sizeof(header)) {
    return damaged(subject, "the file is shorter than it should be");
  }
  std::memcpy(&header, file.data(), sizeof(header));
  if (header.magic != kMagic) {
    return damaged(subject, "the file does not begin as history segments do");
  }
  if (header.format_version != kSegmentFormatVersion) {
    return failure(subject + " is in version " + std::to_string(header.format_version) +
                   " of its format; this Nextline reads version " +
                   std::to_string(kSegmentFormatVersion) + ".");
  }
  if (header.checksum != checksum_of(header)) {
    return damaged(subject, "the checksum of its header is wrong");
  }
  if (header.tokenizer != tokenizer.fingerprint) {
    return failure(subject + " has tokens of another tokeniser.");
  }
  if (header.token_count > kMostSegmentTokens) {
    return damaged(subject, "no segment has so many tokens");
  }
  return header;
}

/// Cuts sections from the front of a file.
class SectionCutter {
 public:
  explicit SectionCutter(std::span<const std::byte> rest) : rest_(rest) {}

  /// False where there is less.
  template <typename Element>
  bool cut(std::uint64_t count, std::span<const Element>& section) {
    if (count > rest_.size() / sizeof(Element)) return false;
    section = {reinterpret_cast<const Element*>(rest_.data()), count};
    rest_ = rest_.subspan(section.size_bytes());
    return true;
  }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

Result<SegmentSections> cut_sections(std::span<const std::byte> file, const SegmentHeader& header,
                                     const std::string& subject) {
  SegmentSections sections;
  SectionCutter cutter(file.subspan(sizeof(header)));
  const bool is_whole = cutter.cut(header.document_count, sections.documents) &&
                        cutter.cut(header.token_count, sections.tokens) &&
                        cutter.cut(header.entry_count, sections.entries) &&
                        cutter.cut(std::uint64_t{header.document_count} + 1, sections.starts) &&
                        cutter.cut(header.path_count, sections.path_ends) &&
                        cutter.cut(header.entry_count, sections.prefixes) &&
                        cutter.cut(header.path_bytes, sections.paths);
  if (!is_whole) return damaged(subject, "the file is shorter than it should be");
  if (!cutter.is_at_end()) return damaged(subject, "the file is longer than it should be");
  return sections;
}

/// Whether documents and separators take turns, the separators where `starts` has them.
bool are_documents_apart(const SegmentSections& sections) {
  const auto& starts = sections.starts;
  if (starts.front() != 1 || starts.back() != sections.tokens.size()) return false;
  // With the ends as they should be, starts that ascend lie between them.
  if (std::ranges::adjacent_find(starts, std::ranges::greater_equal()) != starts.end())
    return false;
  const bool each_has_one = std::ranges::all_of(starts, [&](std::uint32_t start) {
    return sections.tokens[start - 1] == kDocumentSeparator;
  });
  const auto separators = std::ranges::count(sections.tokens, kDocumentSeparator);
  return each_has_one && static_cast<std::size_t>(separators) == starts.size();
}

bool are_tokens_of(const SegmentTokenizer& tokenizer, std::span<const TokenId> tokens) {
  bool valid = true;
  for (const TokenId token : tokens) {  // All of them: so it is done for several at once.
    valid &= token == kDocumentSeparator ||
             static_cast<std::uint32_t>(token) < tokenizer.vocabulary_size;
  }
  return valid;
}

/// Whether each entry is a position that has another before it, and there are as many as should be.
bool are_entries_positions(const SegmentSections& sections) {
  bool valid = true;
  for (const std::uint32_t entry : sections.entries) {
    valid &= entry - 1 < sections.tokens.size() - 1;
  }
  std::size_t expected = 0;
  for (std::size_t i = 1; i < sections.tokens.size(); ++i) {
    expected += static_cast<std::size_t>(sections.tokens[i - 1] != kDocumentSeparator &&
                                         sections.tokens[i] != kDocumentSeparator);
  }
  return valid && sections.entries.size() == expected;
}

bool are_documents_known(const SegmentSections& sections) {
  return std::ranges::all_of(sections.documents, [&](const DocumentRecord& record) {
    return record.path < sections.path_ends.size() &&
           record.kind <= static_cast<std::uint8_t>(DocumentKind::kRemovedLines);
  });
}

bool are_paths_within(const SegmentSections& sections) {
  const auto& ends = sections.path_ends;
  return std::ranges::is_sorted(ends) && (ends.empty() || ends.back() <= sections.paths.size());
}

}  // namespace

std::string segment_subject(const std::string& name) {
  return "The history segment \"" + name + '"';
}

SegmentHeader blank_segment_header() {
  SegmentHeader header{};
  header.magic = kMagic;
  header.format_version = kSegmentFormatVersion;
  return header;
}

std::uint64_t checksum_of(const SegmentHeader& header) {
  return hash_64(std::as_bytes(std::span(&header, 1)).first(offsetof(SegmentHeader, checksum)));
}

std::array<std::span<const std::byte>, SegmentHeader::kSectionCount> SegmentSections::bytes()
    const {
  return {std::as_bytes(documents), std::as_bytes(tokens),    std::as_bytes(entries),
          std::as_bytes(starts),    std::as_bytes(path_ends), std::as_bytes(prefixes),
          std::as_bytes(paths)};
}

Result<SegmentSections> read_sections(std::span<const std::byte> file,
                                      const SegmentTokenizer& tokenizer,
                                      const std::string& subject) {
  assert(reinterpret_cast<std::uintptr_t>(file.data()) % alignof(SegmentHeader) == 0);
  const auto header = read_header(file, tokenizer, subject);
  if (!header) return tl::unexpected(header.error());
  const auto sections = cut_sections(file, *header, subject);
  if (!sections) return sections;
  const auto bytes = sections->bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (hash_64(bytes[i]) != header->checksums[i]) {
      return damaged(subject, "the checksum of its " + std::string(kSectionNames[i]) + " is wrong");
    }
  }
  if (!are_documents_apart(*sections)) return damaged(subject, "its documents run into each other");
  if (!are_tokens_of(tokenizer, sections->tokens)) {
    return damaged(subject, "its tokens are not the tokeniser's");
  }
  if (!are_entries_positions(*sections)) return damaged(subject, "its entries are not its tokens'");
  if (!are_documents_known(*sections) || !are_paths_within(*sections)) {
    return damaged(subject, "what it says of its documents cannot be");
  }
  return sections;
}

}  // namespace nextline
