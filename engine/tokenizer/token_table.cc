#include "engine/tokenizer/token_table.h"

#include <bit>
#include <functional>

namespace nextline {
namespace {

constexpr TokenId kEmptySlot = -1;

}  // namespace

TokenTable::TokenTable(const std::vector<Spelling>& spellings) {
  std::size_t text_tokens = 0;
  ends_.reserve(spellings.size());
  for (const Spelling& spelling : spellings) {
    bytes_ += spelling.bytes;
    ends_.push_back(bytes_.size());
    text_tokens += spelling.is_text;
  }
  slots_.assign(std::bit_ceil(2 * text_tokens + 1), kEmptySlot);
  for (std::size_t token = 0; token < spellings.size(); ++token) {
    if (!spellings[token].is_text) continue;
    TokenId& slot = slots_[slot_of(spellings[token].bytes)];
    if (slot == kEmptySlot) slot = static_cast<TokenId>(token);
  }
}

std::string_view TokenTable::bytes_of(TokenId token) const {
  if (token < 0 || static_cast<std::size_t>(token) >= ends_.size()) return {};
  const std::size_t begin = token == 0 ? 0 : ends_[token - 1];
  return std::string_view(bytes_).substr(begin, ends_[token] - begin);
}

std::optional<TokenId> TokenTable::find(std::string_view bytes) const {
  if (slots_.empty()) return std::nullopt;
  const TokenId token = slots_[slot_of(bytes)];
  if (token == kEmptySlot) return std::nullopt;
  return token;
}

std::size_t TokenTable::slot_of(std::string_view bytes) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(bytes)&mask;
  while (slots_[slot] != kEmptySlot && bytes_of(slots_[slot]) != bytes) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace nextline
