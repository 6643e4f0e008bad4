#include "tests/support/sample_history.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "engine/disk/hash.h"
#include "tests/support/random.h"

namespace nextline::test {
namespace {

// As docs/history-segment-format.md has them, not as the code does.
constexpr std::size_t kDocumentCountAt = 12;
constexpr std::size_t kTokenCountAt = 24;
constexpr std::size_t kEntryCountAt = 28;
constexpr std::size_t kPathCountAt = 32;
constexpr std::size_t kPathBytesAt = 36;
constexpr std::size_t kChecksumsAt = 40;
constexpr std::size_t kHeaderChecksumAt = 96;
constexpr std::size_t kHeaderBytes = 104;

std::uint64_t count_at(const std::vector<std::byte>& file, std::size_t offset) {
  std::uint32_t count;
  std::memcpy(&count, file.data() + offset, sizeof(count));
  return count;
}

void set_hash(std::vector<std::byte>& file, std::size_t offset, std::size_t first,
              std::size_t count) {
  const std::uint64_t hash = hash_64(std::span(file).subspan(first, count));
  std::memcpy(file.data() + offset, &hash, sizeof(hash));
}

}  // namespace

SampleHistory::SampleHistory(std::size_t document_count, std::size_t longest,
                             std::uint64_t symbol_count, std::uint64_t seed,
                             std::optional<DocumentKind> kind)
    : kind_(kind) {
  Random random(seed);
  for (std::size_t i = 0; i < document_count; ++i) {
    std::vector<TokenId> tokens(random.below(longest + 1));
    for (TokenId& token : tokens) token = static_cast<TokenId>(random.below(symbol_count));
    add(std::move(tokens), std::string("src/").append(std::to_string(random.below(3))));
  }
}

SampleHistory& SampleHistory::add(std::vector<TokenId> tokens, std::string path) {
  tokens_.push_back(std::move(tokens));
  paths_.push_back(std::move(path));
  return *this;
}

std::vector<HistoryDocument> SampleHistory::documents() const {
  std::vector<HistoryDocument> documents;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    documents.push_back({tokens_[i], paths_[i], static_cast<std::int64_t>(1000 + i),
                         static_cast<std::uint16_t>(i % 7),
                         kind_.value_or(static_cast<DocumentKind>(i % 3))});
  }
  return documents;
}

std::vector<std::byte> segment_bytes(const SampleHistory& history) {
  const auto segment = encode_segment(kSampleTokenizer, history.documents(), "The sample");
  if (!segment) std::abort();
  std::vector<std::byte> file(segment->size());
  auto end = file.begin();
  const auto append = [&](std::span<const std::byte> bytes) {
    end = std::copy(bytes.begin(), bytes.end(), end);
  };
  append(std::as_bytes(std::span(&segment->header, 1)));
  for (const auto& section : segment->sections().bytes()) append(section);
  return file;
}

bool set_segment_checksums(std::vector<std::byte>& file) {
  if (file.size() < kHeaderBytes) return false;
  const std::uint64_t documents = count_at(file, kDocumentCountAt);
  const std::uint64_t tokens = count_at(file, kTokenCountAt);
  const std::uint64_t entries = count_at(file, kEntryCountAt);
  std::size_t first = kHeaderBytes;
  std::size_t checksum_at = kChecksumsAt;
  bool is_whole = true;
  for (const std::uint64_t bytes :
       {documents * 16, tokens * 4, entries * 4, (documents + 1) * 4,
        count_at(file, kPathCountAt) * 4, entries, count_at(file, kPathBytesAt)}) {
    is_whole &= bytes <= file.size() - first;
    if (!is_whole) break;
    set_hash(file, checksum_at, first, bytes);
    first += bytes;
    checksum_at += 8;
  }
  set_hash(file, kHeaderChecksumAt, 0, kHeaderChecksumAt);
  return is_whole && first == file.size();
}

bool lookups_stay_within(const HistorySegment& segment) {
  constexpr std::size_t kMostContexts = 200;
  std::uint64_t tokens_seen = 0;
  for (std::uint32_t i = 0; i < segment.document_count(); ++i) {
    const HistoryDocument document = segment.document(i);
    tokens_seen += document.tokens.size();
    if (std::string(document.path).size() != document.path.size()) return false;  // Reads it.
    for (std::size_t end = 0; end <= std::min(document.tokens.size(), kMostContexts); ++end) {
      const auto context = document.tokens.first(end);
      SuffixMatch match = segment.longest_suffix(context);
      for (; match.length > 0; match = segment.shortened(match, context, match.length / 2)) {
        if (match.length > context.size() || match.first >= match.last ||
            match.last > segment.entry_count()) {
          return false;
        }
        for (std::uint32_t entry = match.first; entry < std::min(match.last, match.first + 8);
             ++entry) {
          const std::uint32_t position = segment.occurrence(entry);
          if (segment.document_of(position) >= segment.document_count()) return false;
          for (const TokenId token : segment.tokens_behind(position, 16)) {
            if (token < 0) return false;
          }
        }
      }
    }
  }
  return tokens_seen == segment.token_count();
}

}  // namespace nextline::test
