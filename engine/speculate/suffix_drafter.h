#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/speculate/draft_policy.h"
#include "engine/speculate/drafter.h"
#include "engine/speculate/history_segment.h"
#include "engine/speculate/suffix_tree.h"

namespace nextline {

/// Where text is generated: what is near counts for more.
struct DraftPlace {
  std::optional<DocumentId> buffer = {};  ///< Its document among the buffers.
  std::string path = {};                  ///< In the repository; empty if it is in none.
  std::uint16_t language = 0;             ///< As the history's documents have it.
  std::int64_t now = 0;                   ///< Seconds since 1970, UTC.
};

/// Drafts what followed the end of the context before: in open buffers and generated text (the
/// dynamic tier), and in a repository's files and history (segments).
///
/// Of each tier the longest end of the context that occurs is looked up, and where that occurs
/// seldom, shorter ones, too. Of many occurrences a sample is taken: the newest in buffers, a few
/// evenly spread ones of a segment. A candidate counts for more the longer the context is that it
/// shares, the newer it is and the nearer: in buffers, of the same file, the same folder, the same
/// language. What is made of the candidates is the policy's.
///
/// One thread at a time. Buffers and policy must outlive it, and buffers may change between drafts.
class SuffixDrafter final : public Drafter {
 public:
  using Segments = std::vector<std::shared_ptr<const HistorySegment>>;

  SuffixDrafter(DraftPolicy& policy, const SuffixTree* buffers, Segments history)
      : policy_(policy), buffers_(buffers), history_(std::move(history)) {}

  void set_place(DraftPlace place) { place_ = std::move(place); }

  void draft(std::span<const TokenId> context, std::uint32_t most_tokens,
             std::vector<DraftToken>& tree) override;
  void learn(const DraftOutcome& outcome) override { policy_.learn(outcome); }

 private:
  void add_buffers(std::span<const TokenId> context);
  void add_segment(const HistorySegment& segment, std::span<const TokenId> context);
  float weight_of(std::uint32_t match_length) const;
  float nearness(const HistoryDocument& document) const;

  DraftPolicy& policy_;
  const SuffixTree* buffers_;
  Segments history_;
  DraftPlace place_;

  std::uint32_t most_behind_ = 0;  // Tokens that are looked at of what followed.
  std::vector<DraftCandidate> candidates_;
  std::vector<TokenId> copied_;  // Of buffers, whose tokens do not lie side by side.
};

}  // namespace nextline
