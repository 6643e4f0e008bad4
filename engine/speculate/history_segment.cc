#include "engine/speculate/history_segment.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace nextline {
namespace {

/// The token that stands `distance` before the last of those that end at `end`.
TokenId token_before(const TokenId* end, std::uint32_t distance) {
  return *(end - 1 - static_cast<std::ptrdiff_t>(distance));
}

const TokenId* end_of(std::span<const TokenId> tokens) { return tokens.data() + tokens.size(); }

/// Entries from one of the guide to the next: two cache lines of them are left to search.
constexpr std::uint32_t kGuideStep = 32;

/// How far `shares` holds: the greatest distance up to `room` for which it does, from 0, for which
/// it is known to; it holds for all that are nearer. `is_linked` says whether it holds for a
/// distance if it does for the one before, and is cheaper where many are asked in turn.
template <typename IsLinked, typename Shares>
std::uint32_t reach(std::uint32_t room, IsLinked is_linked, Shares shares) {
  constexpr std::uint32_t kWalked = 32;  // Half a cache line.
  std::uint32_t reached = 0;
  while (reached < std::min(room, kWalked)) {
    if (!is_linked(reached + 1)) return reached;
    ++reached;
  }
  std::uint32_t beyond = room + 1;
  for (std::uint32_t step = kWalked; reached < room; step *= 2) {
    const std::uint32_t probed = reached + std::min(step, room - reached);
    if (!shares(probed)) {
      beyond = probed;
      break;
    }
    reached = probed;
  }
  while (beyond - reached > 1) {
    const std::uint32_t middle = reached + (beyond - reached) / 2;
    (shares(middle) ? reached : beyond) = middle;
  }
  return reached;
}

/// Counts the entries behind each token, and adds up.
std::vector<std::uint32_t> first_entries_of(std::span<const TokenId> tokens) {
  const TokenId greatest = std::ranges::max(tokens);
  // Of token t at t + 1, so that adding up leaves what comes before t.
  std::vector<std::uint32_t> entries(static_cast<std::size_t>(std::int64_t{greatest} + 2), 0);
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i - 1] != kDocumentSeparator && tokens[i] != kDocumentSeparator) {
      ++entries[static_cast<std::size_t>(tokens[i - 1]) + 1];
    }
  }
  std::partial_sum(entries.begin(), entries.end(), entries.begin());
  return entries;
}

/// A number for the two tokens before the last of those that end at `end`, in their order: 0 stands
/// for none, which is where there are not so many, or where their document begins.
std::uint64_t key_before(const TokenId* end, std::uint32_t count) {
  const auto second = count < 2 ? 0U : static_cast<std::uint32_t>(token_before(end, 1)) + 1;
  const auto third =
      count < 3 || second == 0 ? 0U : static_cast<std::uint32_t>(token_before(end, 2)) + 1;
  return std::uint64_t{second} << 32 | third;
}

std::vector<std::uint64_t> guide_of(const SegmentSections& sections) {
  std::vector<std::uint64_t> guide;
  guide.reserve(sections.entries.size() / kGuideStep + 1);
  for (std::size_t i = 0; i < sections.entries.size(); i += kGuideStep) {
    const std::uint32_t entry = sections.entries[i];
    guide.push_back(key_before(sections.tokens.data() + entry, entry));
  }
  return guide;
}

}  // namespace

HistorySegment::HistorySegment(std::uint64_t bytes, const SegmentSections& sections)
    : bytes_(bytes),
      sections_(sections),
      first_entries_(first_entries_of(sections.tokens)),
      guide_(guide_of(sections)) {}

Result<HistorySegment> HistorySegment::open(const PrivateFolder& folder, const std::string& name,
                                            const SegmentTokenizer& tokenizer) {
  const std::string path = (folder.path() / name).string();
  const auto file = folder.open_file(name);
  if (!file) return tl::unexpected(file.error());
  if (!*file) return failure(segment_subject(path) + " is not there.");
  auto mapped = MappedFile::map((*file)->descriptor, (*file)->size, segment_subject(path));
  if (!mapped) return tl::unexpected(mapped.error());
  return of(std::move(*mapped), path, tokenizer);
}

Result<HistorySegment> HistorySegment::of(MappedFile file, const std::string& name,
                                          const SegmentTokenizer& tokenizer) {
  auto segment = parse(file.bytes(), name, tokenizer);
  if (segment) segment->file_ = std::move(file);
  return segment;
}

Result<HistorySegment> HistorySegment::parse(std::span<const std::byte> file,
                                             const std::string& name,
                                             const SegmentTokenizer& tokenizer) {
  const auto sections = read_sections(file, tokenizer, segment_subject(name));
  if (!sections) return tl::unexpected(sections.error());
  return HistorySegment(file.size(), *sections);
}

SuffixMatch HistorySegment::longest_suffix(std::span<const TokenId> context,
                                           std::uint32_t most) const {
  const SuffixMatch last_token = occurrences_of_last(context);
  const auto longest =
      static_cast<std::uint32_t>(std::min<std::size_t>({context.size(), most, kLongestMatch}));
  if (last_token.count() == 0 || longest == 0) return {};
  const auto begin = context.rbegin();
  const auto usable = static_cast<std::uint32_t>(
      std::find_if(begin, begin + longest, [](TokenId token) { return token < 0; }) - begin);

  // What is before `low` is less than the context, and shares `low_length` tokens with it where the
  // search has been there; what is not before `high` is not less. Whatever lies between shares what
  // both of these do (Manber and Myers, "Suffix arrays: a new method for on-line string searches",
  // 1993), and the last token.
  auto [low, high] = guided(last_token, key_before(end_of(context), usable));
  std::uint32_t low_length = 0;
  std::uint32_t high_length = 0;
  while (low < high && high_length < usable) {
    const std::uint32_t middle = low + (high - low) / 2;
    const std::uint32_t entry = sections_.entries[middle];
    const std::uint32_t length =
        common_length(entry, context, std::max(1U, std::min(low_length, high_length)), usable);
    const bool is_less = length < usable && token_before(sections_.tokens.data() + entry, length) <
                                                token_before(end_of(context), length);
    if (is_less) {
      low = middle + 1;
      low_length = length;
    } else {
      high = middle;
      high_length = length;
    }
  }
  if (low_length == 0 && low > last_token.first) {
    low_length = common_length(sections_.entries[low - 1], context, 1, usable);
  }
  if (high_length == 0 && high < last_token.last) {
    high_length = common_length(sections_.entries[high], context, 1, usable);
  }
  const std::uint32_t length = std::max(low_length, high_length);
  if (length == 0) return {};  // Entries are out of order.
  const std::uint32_t entry = high_length == length ? high : low - 1;
  return widened({length, entry, entry + 1}, context, length);
}

/// Where among the entries behind the last token the context would be inserted, as far as the two
/// tokens before that tell.
std::pair<std::uint32_t, std::uint32_t> HistorySegment::guided(const SuffixMatch& last_token,
                                                               std::uint64_t key) const {
  const auto guide_at = [&](std::uint32_t entry) {
    return guide_.begin() + (entry + kGuideStep - 1) / kGuideStep;
  };
  const auto entry_of = [&](auto guide) {
    return static_cast<std::uint32_t>(guide - guide_.begin()) * kGuideStep;
  };
  const auto begin = guide_at(last_token.first);
  const auto end = guide_at(last_token.last);
  const auto not_less = std::lower_bound(begin, end, key);
  const auto greater = std::upper_bound(not_less, end, key);
  return {not_less == begin ? last_token.first : entry_of(not_less - 1) + 1,
          greater == end ? last_token.last : entry_of(greater)};
}

SuffixMatch HistorySegment::shortened(const SuffixMatch& match, std::span<const TokenId> context,
                                      std::uint32_t length) const {
  if (length >= match.length) return match;
  if (length == 0) return {};
  return widened(match, context, length);
}

std::span<const TokenId> HistorySegment::tokens_behind(std::uint32_t position,
                                                       std::uint32_t most) const {
  const auto rest = sections_.tokens.subspan(position);
  const auto begin = rest.begin();
  const auto farthest =
      begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(most, rest.size()));
  return {begin, std::find(begin, farthest, kDocumentSeparator)};
}

std::uint32_t HistorySegment::document_of(std::uint32_t position) const {
  const auto behind = std::ranges::upper_bound(sections_.starts, position);
  return static_cast<std::uint32_t>(behind - sections_.starts.begin() - 1);
}

HistoryDocument HistorySegment::document(std::uint32_t index) const {
  const DocumentRecord& record = sections_.documents[index];
  const std::uint32_t start = sections_.starts[index];
  const std::uint32_t path_start = record.path == 0 ? 0 : sections_.path_ends[record.path - 1];
  const std::uint32_t path_end = sections_.path_ends[record.path];
  return {sections_.tokens.subspan(start, sections_.starts[index + 1] - start - 1),
          std::string_view(sections_.paths.data() + path_start, path_end - path_start),
          record.commit_time, record.language, static_cast<DocumentKind>(record.kind)};
}

std::uint32_t HistorySegment::token_count() const {
  return static_cast<std::uint32_t>(sections_.tokens.size() - sections_.starts.size());
}

SuffixMatch HistorySegment::occurrences_of_last(std::span<const TokenId> context) const {
  if (context.empty() || context.back() < 0) return {};
  const auto token = static_cast<std::size_t>(context.back());
  if (token + 1 >= first_entries_.size()) return {};
  return {1, first_entries_[token], first_entries_[token + 1]};
}

/// The occurrences of the context's last `length` tokens, of which `match` are some.
SuffixMatch HistorySegment::widened(const SuffixMatch& match, std::span<const TokenId> context,
                                    std::uint32_t length) const {
  const SuffixMatch bounds = occurrences_of_last(context);
  if (length == 1) return bounds;
  assert(bounds.first <= match.first && match.first < match.last && match.last <= bounds.last);
  const auto shares = [&](std::uint32_t entry) {
    return common_length(sections_.entries[entry], context, 1, length) == length;
  };
  const std::uint32_t before = reach(
      match.first - bounds.first,
      [&](std::uint32_t distance) {
        return sections_.prefixes[match.first - distance + 1] >= length;
      },
      [&](std::uint32_t distance) { return shares(match.first - distance); });
  const std::uint32_t behind = reach(
      bounds.last - match.last,
      [&](std::uint32_t distance) {
        return sections_.prefixes[match.last - 1 + distance] >= length;
      },
      [&](std::uint32_t distance) { return shares(match.last - 1 + distance); });
  return {length, match.first - before, match.last + behind};
}

/// How many tokens before the entry are the context's last ones, of `most`; at least `known` are.
std::uint32_t HistorySegment::common_length(std::uint32_t entry, std::span<const TokenId> context,
                                            std::uint32_t known, std::uint32_t most) const {
  const TokenId* const before = sections_.tokens.data() + entry;
  const TokenId* const end = end_of(context);
  // The text begins with a separator, which is no token of the context. So the loop ends there at
  // the latest, if only it does not begin before, as entries out of order might have it.
  std::uint32_t length = std::min(known, entry - 1);
  while (length < most && token_before(before, length) == token_before(end, length)) ++length;
  return length;
}

}  // namespace nextline
