#include "engine/tokenizer/token_table.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>

namespace nextline {
namespace {

constexpr TokenId kEmptySlot = -1;

// The first eight bytes as a number. Numbers are ordered as the bytes are, but for bytes that begin
// alike and zeros behind their end, which read as one number.
std::uint64_t leading_bytes(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = number << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  return number;
}

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
  sort();
}

void TokenTable::sort() {
  // Most comparisons are decided by numbers that lie side by side; looking up the bytes each time
  // takes several times as long.
  struct Entry {
    std::uint64_t leading;
    TokenId token;
  };
  std::vector<Entry> entries;
  entries.reserve(size());
  for (TokenId token = 0; static_cast<std::size_t>(token) < size(); ++token) {
    const std::string_view bytes = bytes_of(token);
    if (!bytes.empty()) entries.push_back({leading_bytes(bytes), token});
  }
  std::ranges::sort(entries, [this](const Entry& a, const Entry& b) {
    if (a.leading != b.leading) return a.leading < b.leading;
    const int order = bytes_of(a.token).compare(bytes_of(b.token));
    return order != 0 ? order < 0 : a.token < b.token;
  });
  sorted_.reserve(entries.size());
  for (const Entry& entry : entries) sorted_.push_back(entry.token);
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

std::span<const TokenId> TokenTable::beginning_with(std::string_view bytes) const {
  const auto beginning_of = [&](TokenId token) { return bytes_of(token).substr(0, bytes.size()); };
  const auto begin = std::ranges::lower_bound(sorted_, bytes, {}, beginning_of);
  const auto end = std::ranges::upper_bound(sorted_, bytes, {}, beginning_of);
  return {begin, end};
}

std::size_t TokenTable::slot_of(std::string_view bytes) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(bytes)&mask;
  while (slots_[slot] != kEmptySlot && bytes_of(slots_[slot]) != bytes) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace nextline
