#include "engine/tokenizer/tokenized_text.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/tokenizer/pre_tokenizer.h"

namespace nextline {
namespace {

// Puts `inserted` in the place of [first, last), moving what lies behind at most once.
template <typename Element>
void splice_elements(std::vector<Element>& elements, std::size_t first, std::size_t last,
                     std::span<const Element> inserted) {
  const std::size_t overwritten = std::min(last - first, inserted.size());
  const auto begin = elements.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = elements.begin() + static_cast<std::ptrdiff_t>(last);
  const auto rest = std::ranges::copy(inserted.first(overwritten), begin).out;
  elements.erase(rest, end);
  const auto added = inserted.subspan(overwritten);
  elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(first + overwritten),
                  added.begin(), added.end());
}

}  // namespace

/// The bytes [offset, removed_end) of the old text gave way to `inserted`, which now end at
/// `inserted_end`.
struct TokenizedText::Edit {
  std::size_t offset;
  std::size_t removed_end;
  std::string_view inserted;

  std::size_t inserted_end() const { return offset + inserted.size(); }

  // An editor may send a whole line, or the whole file, for a few bytes.
  static Edit without_common_ends(std::string_view old_text, std::size_t offset,
                                  std::size_t removed, std::string_view inserted) {
    std::string_view replaced = old_text.substr(offset, removed);
    while (!replaced.empty() && !inserted.empty() && replaced.front() == inserted.front()) {
      replaced.remove_prefix(1);
      inserted.remove_prefix(1);
      ++offset;
    }
    while (!replaced.empty() && !inserted.empty() && replaced.back() == inserted.back()) {
      replaced.remove_suffix(1);
      inserted.remove_suffix(1);
    }
    return {offset, offset + replaced.size(), inserted};
  }
};

/// New tokens, in the form in which they are kept.
struct TokenizedText::Encoded {
  std::vector<TokenId> tokens;
  std::vector<std::uint32_t> starts;
  std::vector<std::uint8_t> begins_piece;
  std::size_t replaced_end;  // They stand for the old tokens up to this one.
};

TokenizedText::TokenizedText(const Tokenizer& tokenizer, std::string_view text)
    : tokenizer_(&tokenizer) {
  replace(0, 0, text);
}

std::size_t TokenizedText::token_at(std::size_t offset) const {
  assert(offset <= text_.size());
  const auto behind = std::ranges::upper_bound(starts_, offset);
  return static_cast<std::size_t>(behind - starts_.begin()) - 1;
}

std::vector<TokenChange> TokenizedText::replace(std::size_t offset, std::size_t removed,
                                                std::string_view inserted) {
  assert(offset <= text_.size() && removed <= text_.size() - offset);
  assert(text_.size() - removed + inserted.size() < std::numeric_limits<std::uint32_t>::max());
  const Edit edit = Edit::without_common_ends(text_, offset, removed, inserted);
  if (edit.offset == edit.removed_end && edit.inserted.empty()) return {};

  const std::size_t first = settled_token(edit.offset);
  text_.replace(edit.offset, edit.removed_end - edit.offset, edit.inserted);
  const Encoded encoded = encode_again(first, edit);

  const std::span replaced = tokens().subspan(first, encoded.replaced_end - first);
  std::vector<TokenChange> changes = diff(replaced, encoded.tokens);
  for (TokenChange& change : changes) change.first += first;
  splice(first, encoded, edit);
  return changes;
}

std::size_t TokenizedText::settled_token(std::size_t offset) const {
  std::size_t token = token_at(PreTokenizer::settled(std::string_view(text_).substr(0, offset)));
  while (begins_piece_[token] == 0) --token;
  return token;
}

TokenizedText::Encoded TokenizedText::encode_again(std::size_t first, const Edit& edit) const {
  Encoded encoded = {{}, {}, {}, first};
  std::size_t position = starts_[first];
  // Whether the old text has a border here too, behind the edit: then all goes on as it did.
  const auto is_back_in_step = [&] {
    if (position < edit.inserted_end()) return false;
    const std::size_t old_position = position - edit.inserted_end() + edit.removed_end;
    std::size_t& token = encoded.replaced_end;
    while (starts_[token] < old_position) ++token;
    return starts_[token] == old_position && begins_piece_[token] != 0;
  };
  const auto take = [&](std::string_view piece, std::span<const TokenId> tokens) {
    std::size_t token_begin = position;
    for (const TokenId token : tokens) {
      encoded.tokens.push_back(token);
      encoded.starts.push_back(static_cast<std::uint32_t>(token_begin));
      encoded.begins_piece.push_back(token_begin == position ? 1 : 0);
      token_begin += tokenizer_->bytes_of(token).size();
    }
    position += piece.size();
    assert(token_begin == position);
    return !is_back_in_step();
  };
  if (!is_back_in_step()) {
    tokenizer_->encode_while(std::string_view(text_).substr(position), take);
  }
  return encoded;
}

void TokenizedText::splice(std::size_t first, const Encoded& encoded, const Edit& edit) {
  const std::size_t end = encoded.replaced_end;
  // What lies behind a deletion moves down; unsigned numbers wrap around to the right result.
  const auto shift = static_cast<std::uint32_t>(edit.inserted_end() - edit.removed_end);
  std::for_each(starts_.begin() + static_cast<std::ptrdiff_t>(end), starts_.end(),
                [shift](std::uint32_t& start) { start += shift; });
  splice_elements<TokenId>(tokens_, first, end, encoded.tokens);
  splice_elements<std::uint32_t>(starts_, first, end, encoded.starts);
  splice_elements<std::uint8_t>(begins_piece_, first, end, encoded.begins_piece);
}

}  // namespace nextline
