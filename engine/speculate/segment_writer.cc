#include "engine/speculate/segment_writer.h"

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "engine/disk/hash.h"
#include "engine/speculate/suffix_array.h"

namespace nextline {
namespace {

static_assert(HistorySegment::kLongestMatch == kLongestCommonPrefix);

std::string subject_of(const SegmentPlace& place) {
  return segment_subject((place.folder.path() / place.name).string());
}

/// Why a file of these documents could not be read; nothing if it could.
std::optional<std::string> obstacle(const SegmentTokenizer& tokenizer,
                                    std::span<const HistoryDocument> documents) {
  std::uint64_t tokens = 1;
  for (const HistoryDocument& document : documents) {
    tokens += document.tokens.size() + 1;
    for (const TokenId token : document.tokens) {
      if (token < 0 || static_cast<std::uint32_t>(token) >= tokenizer.vocabulary_size) {
        return "a token of \"" + std::string(document.path) + "\" is not the tokeniser's";
      }
    }
  }
  if (tokens > kMostSegmentTokens) {
    return "its documents have more than " + std::to_string(kMostSegmentTokens) + " tokens";
  }
  return std::nullopt;
}

void append_tokens(std::span<const HistoryDocument> documents, EncodedSegment& segment) {
  segment.tokens.push_back(kDocumentSeparator);
  for (const HistoryDocument& document : documents) {
    segment.starts.push_back(static_cast<std::uint32_t>(segment.tokens.size()));
    segment.tokens.insert(segment.tokens.end(), document.tokens.begin(), document.tokens.end());
    segment.tokens.push_back(kDocumentSeparator);
  }
  segment.starts.push_back(static_cast<std::uint32_t>(segment.tokens.size()));
}

/// Writes each path once. False where all paths together are too long.
bool append_records(std::span<const HistoryDocument> documents, EncodedSegment& segment) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (const HistoryDocument& document : documents) {
    const auto [path, is_new] =
        numbers.try_emplace(document.path, static_cast<std::uint32_t>(numbers.size()));
    if (is_new) {
      segment.paths += document.path;
      if (segment.paths.size() > std::numeric_limits<std::uint32_t>::max()) return false;
      segment.path_ends.push_back(static_cast<std::uint32_t>(segment.paths.size()));
    }
    segment.documents.push_back({document.commit_time, path->second, document.language,
                                 static_cast<std::uint8_t>(document.kind), 0});
  }
  return true;
}

/// Sorts the positions by what stands before them.
void append_entries(EncodedSegment& segment, const std::stop_token& stop) {
  const auto& tokens = segment.tokens;
  // Read backwards, and each separator less than all tokens and different from all others, so that
  // what is shared ends with the document.
  std::vector<std::int32_t> backwards(tokens.rbegin(), tokens.rend());
  std::int32_t separator = kDocumentSeparator;
  for (std::int32_t& symbol : backwards) {
    if (symbol == kDocumentSeparator) symbol = separator--;
  }
  const std::vector<std::uint32_t> suffixes = suffix_array(backwards, stop);
  if (stop.stop_requested()) return;
  const std::vector<std::uint8_t> prefixes = common_prefixes(backwards, suffixes);

  std::uint8_t shared = kLongestCommonPrefix;  // With the last suffix that was taken.
  for (std::size_t i = 0; i < suffixes.size(); ++i) {
    shared = std::min(shared, prefixes[i]);
    const std::size_t position = tokens.size() - suffixes[i];  // Behind the suffix's first token.
    if (tokens[position - 1] == kDocumentSeparator || tokens[position] == kDocumentSeparator) {
      continue;
    }
    segment.entries.push_back(static_cast<std::uint32_t>(position));
    segment.prefixes.push_back(shared);
    shared = kLongestCommonPrefix;
  }
}

void set_header(const SegmentTokenizer& tokenizer, EncodedSegment& segment) {
  SegmentHeader& header = segment.header;
  header = blank_segment_header();
  header.document_count = static_cast<std::uint32_t>(segment.documents.size());
  header.tokenizer = tokenizer.fingerprint;
  header.token_count = static_cast<std::uint32_t>(segment.tokens.size());
  header.entry_count = static_cast<std::uint32_t>(segment.entries.size());
  header.path_count = static_cast<std::uint32_t>(segment.path_ends.size());
  header.path_bytes = static_cast<std::uint32_t>(segment.paths.size());
  std::ranges::transform(segment.sections().bytes(), header.checksums.begin(), hash_64);
  header.checksum = checksum_of(header);
}

/// Documents are the same where path and tokens are.
struct HashOfDocument {
  std::size_t operator()(const HistoryDocument* document) const {
    return hash_64(std::as_bytes(document->tokens)) ^ std::hash<std::string_view>()(document->path);
  }
};
struct SameDocument {
  bool operator()(const HistoryDocument* a, const HistoryDocument* b) const {
    return a->path == b->path && std::ranges::equal(a->tokens, b->tokens);
  }
};

/// The documents without those of which there is a newer one that is the same, and without files
/// of which there is a newer version.
std::vector<HistoryDocument> newest_of(std::vector<HistoryDocument> documents) {
  std::ranges::stable_sort(documents, std::ranges::greater(), &HistoryDocument::commit_time);
  std::unordered_set<const HistoryDocument*, HashOfDocument, SameDocument> known;
  std::unordered_map<std::string_view, std::int64_t> newest_versions;
  std::vector<HistoryDocument> kept;
  for (const HistoryDocument& document : documents) {
    if (document.kind == DocumentKind::kFile) {
      // Of versions with the same time it is not known which is the newer one.
      const auto newest = newest_versions.try_emplace(document.path, document.commit_time).first;
      if (document.commit_time != newest->second) continue;
    }
    if (known.insert(&document).second) kept.push_back(document);
  }
  return kept;
}

tl::unexpected<Error> stopped(const std::string& subject) {
  return failure(subject + " was not made: it was stopped.");
}

}  // namespace

SegmentSections EncodedSegment::sections() const {
  return {documents, tokens, entries, starts, path_ends, prefixes, paths};
}

std::uint64_t EncodedSegment::size() const {
  std::uint64_t bytes = sizeof(header);
  for (const auto& section : sections().bytes()) bytes += section.size();
  return bytes;
}

Result<EncodedSegment> encode_segment(const SegmentTokenizer& tokenizer,
                                      std::span<const HistoryDocument> documents,
                                      const std::string& subject, const std::stop_token& stop) {
  if (const auto reason = obstacle(tokenizer, documents)) {
    return failure(subject + " cannot be made: " + *reason + ".");
  }
  try {
    EncodedSegment segment;
    append_tokens(documents, segment);
    if (!append_records(documents, segment)) {
      return failure(subject + " cannot be made: its paths have more than 4 GiB.");
    }
    append_entries(segment, stop);
    if (stop.stop_requested()) return stopped(subject);
    set_header(tokenizer, segment);
    return segment;
  } catch (const std::bad_alloc&) {
    return failure(subject + " cannot be made: it does not fit into memory.");
  }
}

Result<void> write_segment(const SegmentPlace& place, const SegmentTokenizer& tokenizer,
                           std::span<const HistoryDocument> documents,
                           const std::stop_token& stop) {
  const auto segment = encode_segment(tokenizer, documents, subject_of(place), stop);
  if (!segment) return tl::unexpected(segment.error());
  auto file = ReplacementFile::create(place.folder, place.calls, place.name, subject_of(place));
  if (!file) return tl::unexpected(file.error());
  auto written = file->write(std::as_bytes(std::span(&segment->header, 1)));
  for (const auto& section : segment->sections().bytes()) {
    if (written) written = file->write(section);
    if (stop.stop_requested()) return stopped(subject_of(place));
  }
  if (written) written = file->put_in_place();
  return written;
}

Result<void> merge_segments(const SegmentPlace& place, const SegmentTokenizer& tokenizer,
                            std::span<const HistorySegment* const> segments,
                            const std::stop_token& stop) {
  std::vector<HistoryDocument> documents;
  for (const HistorySegment* const segment : segments) {
    for (std::uint32_t i = 0; i < segment->document_count(); ++i) {
      documents.push_back(segment->document(i));
    }
  }
  return write_segment(place, tokenizer, newest_of(std::move(documents)), stop);
}

}  // namespace nextline
