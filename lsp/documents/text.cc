#include "lsp/documents/text.h"

#include <algorithm>

#include "lsp/protocol/wtf8.h"

namespace nextline::lsp {
namespace {

// Whether a character begins at `offset`, or the text ends there.
bool is_boundary(std::string_view text, std::size_t offset) {
  return offset == text.size() || (static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80;
}

// The whole characters that both texts begin with, in bytes.
std::size_t common_beginning(std::string_view a, std::string_view b) {
  auto length = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  while (length > 0 && !(is_boundary(a, length) && is_boundary(b, length))) --length;
  return length;
}

// The whole characters that both texts end with, in bytes.
std::size_t common_end(std::string_view a, std::string_view b) {
  std::size_t length = 0;
  const std::size_t longest = std::min(a.size(), b.size());
  while (length < longest && a[a.size() - length - 1] == b[b.size() - length - 1]) ++length;
  while (!is_boundary(a, a.size() - length)) --length;
  return length;
}

}  // namespace

std::string_view Text::line(std::size_t line) const {
  const std::size_t start = lines_.start(line);
  const bool is_last = line + 1 == lines_.line_count();
  const std::size_t end = is_last ? bytes_.size() : lines_.start(line + 1);
  std::string_view text = std::string_view(bytes_).substr(start, end - start);
  if (is_last) return text;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

Text::Place Text::place_of(Position position, PositionEncoding encoding) const {
  if (position.line >= line_count()) return {bytes_.size(), false};
  const Column column = find_column(line(position.line), position.character, encoding);
  return {lines_.start(position.line) + column.offset, column.splits_pair};
}

std::size_t Text::offset_of(Position position, PositionEncoding encoding) const {
  return place_of(position, encoding).offset;
}

Position Text::position_of(std::size_t offset, PositionEncoding encoding) const {
  const std::size_t index = lines_.line_at(offset);
  const std::string_view before = line(index).substr(0, offset - lines_.start(index));
  return {static_cast<std::uint32_t>(index), count_units(before, encoding)};
}

ByteEdit Text::edit_of_range(const Range& range, const std::string& text,
                             PositionEncoding encoding) const {
  const Place start = place_of(range.start, encoding);
  const Place end = place_of(range.end, encoding);
  const auto halves_at = [this](Place place) {
    const std::string_view rest = std::string_view(bytes_).substr(place.offset);
    return split_into_surrogates(rest.substr(0, wtf8_character_length(rest)));
  };
  ByteEdit edit{start.offset, end.offset - start.offset, text};
  if (start.splits_pair) edit.inserted.insert(0, halves_at(start).high);
  if (end.splits_pair) {
    const std::string_view rest = std::string_view(bytes_).substr(end.offset);
    edit.removed += wtf8_character_length(rest);
    edit.inserted += halves_at(end).low;
  }
  join_halves(edit);
  return edit;
}

void Text::join_halves(ByteEdit& edit) const {
  const std::string_view bytes = bytes_;
  const std::string_view before = bytes.substr(0, edit.offset);
  const std::string_view after = bytes.substr(edit.offset + edit.removed);
  const bool joins_before = halves_meet(before, edit.inserted.empty() ? after : edit.inserted);
  if (joins_before) {
    edit.offset -= kSurrogateBytes;
    edit.removed += kSurrogateBytes;
    edit.inserted.insert(0, before.substr(before.size() - kSurrogateBytes));
  }
  if (halves_meet(edit.inserted, after)) {
    edit.removed += kSurrogateBytes;
    edit.inserted += after.substr(0, kSurrogateBytes);
  }
  join_surrogates(edit.inserted);
}

ByteEdit Text::edit_of_whole_text(std::string_view text) const {
  const std::string_view bytes = bytes_;
  const std::size_t beginning = common_beginning(bytes, text);
  const std::size_t end = common_end(bytes.substr(beginning), text.substr(beginning));
  return {beginning, bytes.size() - beginning - end,
          std::string(text.substr(beginning, text.size() - beginning - end))};
}

Result<std::optional<ByteEdit>> Text::apply(const TextDocumentContentChangeEvent& change,
                                            PositionEncoding encoding) {
  if (change.range && change.range->end < change.range->start) {
    const auto& [start, end] = *change.range;
    return failure("The range of a change ends at " + std::to_string(end.line) + ":" +
                   std::to_string(end.character) + ", before its start at " +
                   std::to_string(start.line) + ":" + std::to_string(start.character) + ".");
  }
  ByteEdit edit = change.range ? edit_of_range(*change.range, change.text, encoding)
                               : edit_of_whole_text(change.text);
  if (edit.removed == 0 && edit.inserted.empty()) return std::nullopt;
  bytes_.replace(edit.offset, edit.removed, edit.inserted);
  lines_.update(bytes_, edit.offset, edit.removed, edit.inserted.size());
  return edit;
}

}  // namespace nextline::lsp
