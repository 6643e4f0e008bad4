#include "server/replay/other_code.h"

#include <algorithm>
#include <array>

#include "server/replay/draw.h"

namespace nextline::replay {
namespace {

using lsp::Definition;
using lsp::SymbolKind;

constexpr int kDraws = 64;
constexpr std::size_t kLongestPart = 60;

/// By how much the brackets of some code open more than they close; nothing if they close more
/// anywhere.
std::optional<int> open_brackets(std::string_view code) {
  int open = 0;
  for (const char c : code) {
    if (c == '(' || c == '[' || c == '{') ++open;
    if ((c == ')' || c == ']' || c == '}') && --open < 0) return std::nullopt;
  }
  return open;
}

/// How a name is written: a rename would keep it.
enum class Style : std::uint8_t { kLower, kCamel, kSnake, kUpperCamel, kConstant };

Style style_of(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool has_lower = std::any_of(name.begin(), name.end(), is_lower);
  const bool has_upper = std::any_of(name.begin(), name.end(), is_upper);
  const std::size_t letter = name.find_first_not_of('_');
  if (!has_lower && has_upper) return Style::kConstant;
  if (letter != std::string_view::npos && is_upper(name[letter])) return Style::kUpperCamel;
  if (has_upper) return Style::kCamel;
  return name.find('_', letter) == std::string_view::npos ? Style::kLower : Style::kSnake;
}

/// Whether one could be renamed to the other: a single word does not tell how several are joined.
bool are_alike(Style one, Style other) {
  return one == other || (one == Style::kLower && other <= Style::kSnake) ||
         (other == Style::kLower && one <= Style::kSnake);
}

/// Names for a text that has none to offer, by style.
constexpr std::array<std::array<std::string_view, 4>, 5> kNames = {{
    {"element", "handle", "portion", "outcome"},
    {"nextElement", "openHandle", "firstPortion", "lastOutcome"},
    {"next_element", "open_handle", "first_portion", "last_outcome"},
    {"Element", "OpenHandle", "FirstPortion", "LastOutcome"},
    {"NEXT_ELEMENT", "OPEN_HANDLE", "FIRST_PORTION", "LAST_OUTCOME"},
}};

}  // namespace

bool are_whole(const SourceLines& lines, std::size_t first, std::size_t last) {
  if (open_brackets(lines.range(first, last)) != 0) return false;
  const std::string_view code = lines.code(last - 1);
  if (code.ends_with(':') || code.ends_with(',') || code.ends_with('\\')) return false;
  const std::size_t depth = indentation_of(lines[first]).size();
  for (std::size_t i = first; i < last; ++i) {
    if (!lines.code(i).empty() && indentation_of(lines[i]).size() < depth) return false;
  }
  // What follows does not belong to what the lines began.
  std::size_t next = last;
  while (next < lines.count() && lines.code(next).empty()) ++next;
  return next == lines.count() || indentation_of(lines[next]).size() <= depth;
}

OtherCode::OtherCode(Language language, std::string_view text)
    : text_(text),
      lines_(text),
      symbols_(lsp::Symbols::of(file_name_of(language), text)),
      is_code_(lines_.count()) {
  if (symbols_) is_code_ = code_lines(lines_, *symbols_);
}

std::optional<std::string> OtherCode::lines(const DocumentCode& document, std::size_t count,
                                            std::string_view indentation, Random& random) const {
  std::optional<std::string> found;
  if (count == 0 || lines_.count() <= count) return found;
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::size_t first = random.below(lines_.count() - count);
    if (!is_code_[first] || !is_code_[first + count - 1]) continue;
    if (document.gives_away(lines_.range(first, first + count))) continue;
    const bool is_whole = are_whole(lines_, first, first + count);
    if (found && !is_whole) continue;
    const std::string_view outer = indentation_of(lines_[first]);
    found.emplace();
    for (std::size_t i = first; i < first + count; ++i) {
      const std::string_view line = lines_[i];
      if (line.starts_with(outer)) {
        *found += indentation;
        *found += line.substr(outer.size());
      } else {
        *found += line;
      }
      *found += document.line_end();
    }
    if (is_whole) break;
  }
  return found;
}

std::string OtherCode::name_like(std::string_view name, SymbolKind kind,
                                 const DocumentCode& document, Random& random) const {
  const Style style = style_of(name);
  const auto is_free = [&](std::string_view other) { return !has_word(document.text(), other); };
  std::vector<std::string_view> alike;
  if (symbols_) {
    for (const Definition& definition : symbols_->definitions()) {
      const std::string_view other = definition.name.of(text_);
      const bool fits = definition.kind == kind && are_alike(style_of(other), style) &&
                        name.starts_with('_') == other.starts_with('_');
      if (fits && other.size() > 2 && is_free(other)) alike.push_back(other);
    }
  }
  if (!alike.empty()) return std::string(pick(alike, random));
  const auto& names = kNames[static_cast<std::size_t>(style)];
  const std::size_t first = random.below(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view other = names[(first + i) % names.size()];
    if (is_free(other)) return std::string(other);
  }
  return std::string(names[first]) + "2";
}

std::optional<DefinedAs> OtherCode::other_than(const DefinedAs& known, SymbolKind kind,
                                               Random& random) const {
  const auto can_replace = [](std::string_view part, std::string_view other) {
    if (part.empty() || other.empty()) return part.empty() && other.empty();
    return part != other && other.size() <= kLongestPart &&
           other.find('\n') == std::string_view::npos;
  };
  std::vector<DefinedAs> others;
  if (!symbols_) return std::nullopt;
  for (const Definition& definition : symbols_->definitions()) {
    const DefinedAs other{definition.type.of(text_), definition.value.of(text_)};
    if (definition.kind == SymbolKind::kFunction || definition.kind == SymbolKind::kClass ||
        (definition.kind == SymbolKind::kImport) != (kind == SymbolKind::kImport)) {
      continue;
    }
    // A static import comes from a class, others do not.
    if (kind == SymbolKind::kImport && symbols_->imports()[definition.import].is_static) continue;
    if (can_replace(known.type, other.type) && can_replace(known.value, other.value)) {
      others.push_back(other);
    }
  }
  if (others.empty()) return std::nullopt;
  return pick(others, random);
}

}  // namespace nextline::replay
