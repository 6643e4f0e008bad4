#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "engine/speculate/suffix_tree.h"

namespace nextline::test {

/// What a SuffixTree is to hold and to find, as lists that are searched from end to end.
class NaiveSuffixTree {
 public:
  using Kind = SuffixTree::Kind;

  /// A token that is held, and what it has in common with the context that was searched for.
  struct Candidate {
    DocumentId document;
    std::uint32_t index;
    std::uint32_t time;
    std::uint32_t common;
  };
  struct Match {
    std::uint32_t length = 0;
    std::uint32_t count = 0;
    bool operator==(const Match&) const = default;
  };

  explicit NaiveSuffixTree(const SuffixTreeOptions& options) : options_(options) {}

  void add_document(DocumentId id, Kind kind) {
    documents_[id].kind = kind;
    touch(id);
    make_room(id, 0);
  }
  void remove(DocumentId id) { documents_.erase(id); }

  void splice(DocumentId id, std::uint32_t first, std::uint32_t removed,
              std::span<const TokenId> inserted) {
    const auto found = documents_.find(id);
    if (found == documents_.end() || (removed == 0 && inserted.empty())) return;
    Document& document = found->second;
    touch(id);
    if (cost() + inserted.size() * SuffixTree::kTokenBytes > options_.budget_bytes) {
      replace(document, first, removed, {});
      removed = 0;
    }
    make_room(id, inserted.size() * SuffixTree::kTokenBytes);
    // As many of the last tokens as fit.
    std::vector<Entry> entries;
    std::size_t kept = inserted.size();
    while (kept > 0 && cost() + inserted.size() * SuffixTree::kIndexBytes +
                               kept * (SuffixTree::kTokenBytes - SuffixTree::kIndexBytes) >
                           options_.budget_bytes) {
      --kept;
    }
    for (std::size_t i = 0; i < inserted.size(); ++i) {
      const bool is_held = i >= inserted.size() - kept;
      entries.push_back({inserted[i], is_held ? time_++ : 0, is_held});
    }
    replace(document, first, removed, entries);
  }

  std::vector<DocumentId> documents() const {
    std::vector<DocumentId> ids;
    for (const auto& [id, document] : documents_) ids.push_back(id);
    return ids;
  }
  std::uint32_t length(DocumentId id) const {
    const auto found = documents_.find(id);
    return found == documents_.end() ? 0 : static_cast<std::uint32_t>(found->second.entries.size());
  }
  /// The tokens that are held.
  std::size_t size() const {
    std::size_t size = 0;
    for (const auto& [id, document] : documents_) size += document.held();
    return size;
  }
  std::size_t cost() const {
    std::size_t cost = SuffixTree::kFixedBytes;
    for (const auto& [id, document] : documents_) {
      cost += SuffixTree::kDocumentBytes + document.entries.size() * SuffixTree::kIndexBytes;
      cost += document.held() * (SuffixTree::kTokenBytes - SuffixTree::kIndexBytes);
    }
    return cost;
  }

  /// All places but the one that is excluded. Until the next one, `match` and `occurrences` are
  /// about this search.
  void search(std::span<const TokenId> context, std::optional<SuffixTree::Place> excluded) {
    candidates_.clear();
    for (const auto& [id, document] : documents_) {
      for (std::uint32_t i = 0; i < document.entries.size(); ++i) {
        if (!document.entries[i].is_held) continue;
        if (excluded && excluded->document == id && excluded->index == i) continue;
        candidates_.push_back({id, i, document.entries[i].time, common(document, i, context)});
      }
    }
  }
  /// The longest match that is shorter than `below`; of nothing, none are counted.
  Match match(std::uint32_t below = ~0U) const {
    Match match;
    for (const Candidate& candidate : candidates_) {
      if (candidate.common < below) match.length = std::max(match.length, candidate.common);
    }
    if (match.length == 0) return match;
    for (const Candidate& candidate : candidates_) match.count += candidate.common >= match.length;
    return match;
  }
  /// Of the match of this length, newest first.
  std::vector<Candidate> occurrences(std::uint32_t length) const {
    std::vector<Candidate> found;
    if (length == 0) return found;
    for (const Candidate& candidate : candidates_) {
      if (candidate.common >= length) found.push_back(candidate);
    }
    std::ranges::sort(found, std::greater(), &Candidate::time);
    return found;
  }
  std::vector<TokenId> following(const Candidate& candidate, std::size_t most) const {
    const std::vector<Entry>& entries = documents_.at(candidate.document).entries;
    std::vector<TokenId> tokens;
    for (std::size_t i = candidate.index + 1; i < entries.size() && entries[i].is_held; ++i) {
      if (tokens.size() == most) break;
      tokens.push_back(entries[i].token);
    }
    return tokens;
  }
  /// The tokens up to a place, at most so many; forgotten ones are 0.
  std::vector<TokenId> context_at(SuffixTree::Place place, std::size_t most) const {
    const std::vector<Entry>& entries = documents_.at(place.document).entries;
    std::vector<TokenId> tokens;
    const std::size_t end = place.index + std::size_t{1};
    for (std::size_t i = end - std::min(most, end); i < end; ++i) {
      tokens.push_back(entries[i].is_held ? entries[i].token : 0);
    }
    return tokens;
  }

 private:
  struct Entry {
    TokenId token;
    std::uint32_t time;
    bool is_held;
  };
  struct Document {
    Kind kind = Kind::kOpen;
    std::uint64_t changed = 0;
    std::vector<Entry> entries;

    std::size_t held() const {
      return static_cast<std::size_t>(std::ranges::count(entries, true, &Entry::is_held));
    }
  };

  static void replace(Document& document, std::size_t first, std::size_t removed,
                      const std::vector<Entry>& inserted) {
    const auto at = document.entries.begin() + static_cast<std::ptrdiff_t>(first);
    const auto rest = document.entries.erase(at, at + static_cast<std::ptrdiff_t>(removed));
    document.entries.insert(rest, inserted.begin(), inserted.end());
  }

  std::uint32_t common(const Document& document, std::size_t index,
                       std::span<const TokenId> context) const {
    std::uint32_t common = 0;
    while (common < options_.depth && common < context.size() && common <= index) {
      const Entry& entry = document.entries[index - common];
      if (!entry.is_held || entry.token != context[context.size() - 1 - common]) break;
      ++common;
    }
    return common;
  }

  void touch(DocumentId id) { documents_[id].changed = ++changes_; }

  void make_room(DocumentId changing, std::size_t bytes) {
    const Kind kind = documents_.at(changing).kind;
    while (cost() + bytes > options_.budget_bytes) {
      if (const auto evicted = oldest(Kind::kEvictable, changing, false)) {
        documents_.erase(*evicted);
        continue;
      }
      const auto cut = oldest(kind, std::nullopt, true);
      if (!cut) return;
      std::vector<Entry>& entries = documents_.at(*cut).entries;
      auto entry = std::ranges::find(entries, true, &Entry::is_held);
      for (std::uint32_t i = 0; i < SuffixTree::kForgottenTogether && entry != entries.end(); ++i) {
        (entry++)->is_held = false;
      }
    }
  }
  /// The document of a kind that has not changed for the longest time.
  std::optional<DocumentId> oldest(Kind kind, std::optional<DocumentId> spared,
                                   bool has_tokens) const {
    std::optional<DocumentId> oldest;
    for (const auto& [id, document] : documents_) {
      if (document.kind != kind || id == spared || (has_tokens && document.held() == 0)) continue;
      if (!oldest || document.changed < documents_.at(*oldest).changed) oldest = id;
    }
    return oldest;
  }

  SuffixTreeOptions options_;
  std::map<DocumentId, Document> documents_;
  std::uint64_t changes_ = 0;
  std::uint32_t time_ = 0;
  std::vector<Candidate> candidates_;
};

}  // namespace nextline::test
