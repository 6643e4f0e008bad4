#include "engine/speculate/suffix_drafter.h"

#include <algorithm>
#include <cmath>

namespace nextline {
namespace {

/// So many occurrences are looked at. In buffers, the newest; more would tell hardly more.
constexpr std::size_t kBufferOccurrences = 16;
/// Of each segment. Where the longest match of one is short, more would outvote a long one
/// elsewhere (fewer tokens accepted, measured on released packages), and each costs cache misses.
constexpr std::size_t kSegmentOccurrences = 4;
/// Of what followed; hardly a line is longer.
constexpr std::uint32_t kTokensBehind = 32;

/// What is open, or was generated, is what is being worked at, and mostly what the model has read.
constexpr double kInBuffers = 4;
constexpr double kSameFile = 3;
constexpr double kSameFolder = 1.5;
constexpr double kOtherLanguage = 0.3;
/// Lines that somebody took out were good once.
constexpr double kRemovedLines = 0.5;
/// What is so much older counts half, down to a quarter.
constexpr double kHalfLifeSeconds = 365.0 * 24 * 3600;
constexpr double kLeastRecency = 0.25;
/// The newest occurrence in buffers counts as much as those before the second do half.
constexpr double kHalfLifeRank = 2;

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

void SuffixDrafter::draft(std::span<const TokenId> context, std::uint32_t most_tokens,
                          std::vector<DraftToken>& tree) {
  candidates_.clear();
  if (most_tokens > 1) {
    most_behind_ = std::min(kTokensBehind, most_tokens - 1);
    if (buffers_ != nullptr) add_buffers(context);
    for (const auto& segment : history_) add_segment(*segment, context);
  }
  policy_.choose(candidates_, most_tokens, tree);
}

void SuffixDrafter::add_buffers(std::span<const TokenId> context) {
  std::vector<Occurrence> seen;
  // Does not move while candidates refer to it.
  copied_.resize(kBufferOccurrences * kTokensBehind);
  for (ContextMatch match = buffers_->longest_suffix(context);
       match.length > 0 && seen.size() < kBufferOccurrences; match = buffers_->shorter(match)) {
    for (const Occurrence& occurrence : buffers_->newest(match, kBufferOccurrences)) {
      if (seen.size() == kBufferOccurrences) break;
      if (std::ranges::find(seen, occurrence) != seen.end()) continue;
      const std::size_t rank = seen.size();
      seen.push_back(occurrence);
      const std::span<TokenId> room =
          std::span(copied_).subspan(rank * kTokensBehind, most_behind_);
      const std::size_t count = buffers_->following(occurrence, room);
      if (count == 0) continue;
      const double recency = 1 / (1 + static_cast<double>(rank) / kHalfLifeRank);
      const double near =
          occurrence.document == place_.buffer ? kInBuffers * kSameFile : kInBuffers;
      candidates_.push_back({room.first(count), match.length,
                             static_cast<float>(weight_of(match.length) * recency * near)});
    }
  }
}

void SuffixDrafter::add_segment(const HistorySegment& segment, std::span<const TokenId> context) {
  SuffixMatch match = segment.longest_suffix(context, kDraftContext);
  std::size_t taken = 0;
  SuffixMatch longer;  // Whose occurrences have been taken.
  while (match.length > 0 && taken < kSegmentOccurrences) {
    const std::size_t fresh = match.count() - longer.count();
    const std::size_t sample = std::min(fresh, kSegmentOccurrences - taken);
    for (std::size_t i = 0; i < sample; ++i) {
      auto entry = static_cast<std::uint32_t>(match.first + i * fresh / sample);
      if (longer.count() > 0 && entry >= longer.first) entry += longer.count();
      const std::uint32_t position = segment.occurrence(entry);
      const HistoryDocument document = segment.document(segment.document_of(position));
      candidates_.push_back({segment.tokens_behind(position, most_behind_), match.length,
                             weight_of(match.length) * nearness(document)});
    }
    taken += sample;
    longer = match;
    match = segment.shortened(match, context, match.length / 2);
  }
}

float SuffixDrafter::weight_of(std::uint32_t match_length) const {
  const double acceptance = std::clamp(policy_.acceptance(match_length, 1), 0.01, 0.99);
  return static_cast<float>(acceptance / (1 - acceptance));
}

float SuffixDrafter::nearness(const HistoryDocument& document) const {
  double weight = document.kind == DocumentKind::kRemovedLines ? kRemovedLines : 1;
  if (document.path == place_.path) {
    weight *= kSameFile;
  } else if (folder_of(document.path) == folder_of(place_.path)) {
    weight *= kSameFolder;
  } else if (document.language != place_.language) {
    weight *= kOtherLanguage;
  }
  const auto age = static_cast<double>(place_.now - document.commit_time);
  weight *= std::max(kLeastRecency, std::exp2(-std::max(age, 0.0) / kHalfLifeSeconds));
  return static_cast<float>(weight);
}

}  // namespace nextline
