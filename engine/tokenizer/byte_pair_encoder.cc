#include "engine/tokenizer/byte_pair_encoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/tokenizer/byte_alphabet.h"

namespace nextline {
namespace {

constexpr TokenId kMerged = -1;
constexpr std::int32_t kNone = -1;

// Positions are 32-bit. No editor's line comes near; text is still encoded, only cut here.
constexpr std::size_t kLongestPiece = std::size_t{1} << 30;

// What stands for a byte that the vocabulary cannot spell: ASCII's own substitute character, else a
// question mark. One byte for one byte keeps every position behind it right.
constexpr std::string_view kSubstitutes[] = {"\x1A", "?"};

}  // namespace

Result<BytePairEncoder> BytePairEncoder::create(const TokenTable& tokens,
                                                std::span<const std::string> merges,
                                                Options options) {
  BytePairEncoder encoder(tokens, merges.size(), options);
  if (auto assigned = encoder.assign_byte_tokens(); !assigned) {
    return tl::unexpected(assigned.error());
  }
  if (auto added = encoder.add_merges(merges); !added) return tl::unexpected(added.error());
  return encoder;
}

Result<void> BytePairEncoder::assign_byte_tokens() {
  std::optional<TokenId> substitute;
  for (const std::string_view candidate : kSubstitutes) {
    if (!substitute) substitute = tokens_->find(candidate);
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    auto token = tokens_->find({&text, 1});
    if (!token) {
      spells_every_byte_ = false;
      token = substitute;
    }
    if (!token) return failure("The vocabulary has no tokens for single bytes.");
    byte_tokens_[byte] = *token;
  }
  return {};
}

Result<void> BytePairEncoder::add_merges(std::span<const std::string> merges) {
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const std::string& merge = merges[rank];
    const auto misfit = [&](std::string_view reason) {
      return failure("Merge " + std::to_string(rank) + " of the vocabulary, \"" + merge + "\", " +
                     std::string(reason));
    };
    const std::size_t blank = merge.find(' ');  // The alphabet has no blank.
    if (blank == std::string::npos) return misfit("is not a pair.");
    const auto left = from_byte_alphabet(std::string_view(merge).substr(0, blank));
    const auto right = from_byte_alphabet(std::string_view(merge).substr(blank + 1));
    if (!left || !right) return misfit("is not written in the byte alphabet.");
    const auto left_token = tokens_->find(*left);
    const auto right_token = tokens_->find(*right);
    const auto merged = tokens_->find(*left + *right);
    if (!left_token || !right_token) return misfit("joins something that is not a token.");
    if (!merged) return misfit("makes something that is not a token.");
    merges_.add(*left_token, *right_token, {static_cast<std::uint32_t>(rank), *merged});
  }
  return {};
}

void BytePairEncoder::encode(std::string_view piece, Workspace& workspace,
                             std::vector<TokenId>& tokens) const {
  if (options_.prefers_whole_tokens) {
    if (const auto token = tokens_->find(piece)) {
      tokens.push_back(*token);
      return;
    }
  }
  for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), kLongestPiece))) {
    merge(piece.substr(0, kLongestPiece), workspace, tokens);
  }
}

void BytePairEncoder::merge(std::string_view piece, Workspace& workspace,
                            std::vector<TokenId>& tokens) const {
  // The symbols are linked, so that a merge removes one without moving the others. Candidates that
  // a neighbour's merge has outdated stay in the heap and are skipped when they come up.
  auto& symbols = workspace.symbols_;
  auto& candidates = workspace.candidates_;
  const auto comes_later = [](const Candidate& a, const Candidate& b) { return a.order > b.order; };

  const auto candidate_at = [&](std::int32_t position) -> std::optional<Candidate> {
    const TokenId left = symbols[position].token;
    const TokenId right = symbols[symbols[position].next].token;
    const Merge* merge = merges_.find(left, right);
    if (merge == nullptr) return std::nullopt;
    const std::uint64_t order =
        std::uint64_t{merge->rank} << 32 | static_cast<std::uint32_t>(position);
    return Candidate{order, left, right};
  };
  const auto push_candidate = [&](std::int32_t position) {
    if (const auto candidate = candidate_at(position)) {
      candidates.push_back(*candidate);
      std::ranges::push_heap(candidates, comes_later);
    }
  };

  const auto count = static_cast<std::int32_t>(piece.size());
  symbols.clear();
  for (std::int32_t i = 0; i < count; ++i) {
    const TokenId token = byte_tokens_[static_cast<unsigned char>(piece[i])];
    symbols.push_back({token, i - 1, i + 1 < count ? i + 1 : kNone});
  }
  candidates.clear();
  for (std::int32_t i = 0; i + 1 < count; ++i) {
    if (const auto candidate = candidate_at(i)) candidates.push_back(*candidate);
  }
  std::ranges::make_heap(candidates, comes_later);

  while (!candidates.empty()) {
    std::ranges::pop_heap(candidates, comes_later);
    const Candidate candidate = candidates.back();
    candidates.pop_back();

    const std::int32_t position = candidate.position();
    Symbol& left = symbols[position];
    if (left.token != candidate.left || left.next == kNone) continue;
    Symbol& right = symbols[left.next];
    if (right.token != candidate.right) continue;

    left.token = merges_.find(candidate.left, candidate.right)->token;
    left.next = right.next;
    right.token = kMerged;
    if (left.next != kNone) {
      symbols[left.next].previous = position;
      push_candidate(position);
    }
    if (left.previous != kNone) push_candidate(left.previous);
  }

  for (std::int32_t i = 0; i != kNone; i = symbols[i].next) tokens.push_back(symbols[i].token);
}

}  // namespace nextline
