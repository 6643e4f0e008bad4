#include "tests/figures/semantic_row.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace nextline::figures {
namespace {

constexpr std::size_t kTokens = 1200;
constexpr int kAttempts = 400;
/// The definition is so many lines above the awaited line at the least, and so few lines beside the
/// two name the symbol: what the awaited line needs is to be learnt from the edit.
constexpr std::size_t kFewestLinesBetween = 8;
constexpr std::size_t kMostOtherUses = 4;
constexpr std::size_t kShortestName = 4;

std::string_view word_of(std::string_view line, const Word& word) {
  return line.substr(word.offset, word.length);
}

bool names(std::string_view line, std::string_view name) {
  const std::vector<Word> all = words(line);
  return std::any_of(all.begin(), all.end(),
                     [&](const Word& word) { return word_of(line, word) == name; });
}

bool is_name(std::string_view word) {
  constexpr std::array<std::string_view, 14> kKeywords = {
      "self",  "return", "None",   "True",  "False",  "import", "from",
      "raise", "yield",  "lambda", "while", "assert", "class",  "with"};
  return word.size() >= kShortestName && (word[0] < '0' || word[0] > '9') &&
         std::find(kKeywords.begin(), kKeywords.end(), word) == kKeywords.end();
}

bool begins_with(std::string_view code, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return code.rfind(word, 0) == 0; });
}

/// Where a line defines a name, and from where on it can be referred to by it.
struct Definition {
  enum class Kind : std::uint8_t { kGlobal, kAttribute, kLocal };
  Kind kind;
  Word name;
};

std::optional<Definition> definition_of(std::string_view line, std::string_view name) {
  using Kind = Definition::Kind;
  const std::string_view blanks = indentation(line);
  const std::string_view code = line.substr(blanks.size());
  for (const Word& word : words(line)) {
    if (word_of(line, word) != name) continue;
    const std::string_view before = line.substr(blanks.size(), word.offset - blanks.size());
    const bool is_assigned = line.substr(word.offset + word.length).rfind(" = ", 0) == 0;
    if (begins_with(code, {"import ", "from "})) return Definition{Kind::kGlobal, word};
    if (before == "class ") return Definition{Kind::kGlobal, word};
    if (before == "def ") {
      return Definition{blanks.empty() ? Kind::kGlobal : Kind::kAttribute, word};
    }
    if (before == "self." && is_assigned) return Definition{Kind::kAttribute, word};
    if (before.empty() && is_assigned) {
      return Definition{blanks.empty() ? Kind::kGlobal : Kind::kLocal, word};
    }
    if (begins_with(code, {"def ", "for ", "with "})) return Definition{Kind::kLocal, word};
    return std::nullopt;
  }
  return std::nullopt;
}

/// Whether the line at `awaited` can mean by a name what the line at `defining` calls so.
bool refers(const SourceText& text, std::size_t defining, const Definition& definition,
            std::size_t awaited, const Word& use) {
  const std::string_view before = std::string_view(text.line(awaited)).substr(0, use.offset);
  const bool is_member = !before.empty() && before.back() == '.';
  if (definition.kind != Definition::Kind::kLocal) {
    return is_member == (definition.kind == Definition::Kind::kAttribute);
  }
  // The function that both are in: nothing between is indented less than what is in it.
  const std::string_view line = text.line(defining);
  const std::size_t outer = indentation(line).size();
  const bool is_parameter = line.substr(outer).rfind("def ", 0) == 0;
  for (std::size_t i = defining + 1; i <= awaited; ++i) {
    const std::size_t inner = indentation(text.line(i)).size();
    const bool is_blank = inner + 1 >= text.line(i).size();
    if (!is_blank && (is_parameter ? inner <= outer : inner < outer)) return false;
  }
  return !is_member;
}

/// A name of the file that the text does not have.
std::string other_name(const SourceText& file, std::string_view text, test::Random& random) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string& line = file.line(random.below(file.line_count()));
    const std::vector<Word> all = words(line);
    if (all.empty()) continue;
    const std::string_view name = word_of(line, all[random.below(all.size())]);
    if (is_name(name) && text.find(name) == std::string_view::npos) return std::string(name);
  }
  return "previous_value";
}

struct Place {
  std::size_t definition;
  std::size_t awaited;
  Word name;  // In the line of the definition.
};

std::optional<Place> place_in(const SourceText& text, test::Random& random) {
  const std::size_t count = text.line_count();
  const std::size_t awaited = text.telling_line(count * 6 / 10 + random.below(count * 3 / 10 + 1));
  if (awaited >= count) return std::nullopt;
  const std::string& line = text.line(awaited);
  const std::string_view code = std::string_view(line).substr(indentation(line).size());
  const std::vector<Word> all = words(line);
  if (all.empty() || line.find_first_of("=([.") == std::string::npos ||
      begins_with(code, {"#", "\"", "'", "@", "def ", "class ", "import ", "from "})) {
    return std::nullopt;
  }
  const Word use = all[random.below(all.size())];
  const std::string_view name = word_of(line, use);
  if (!is_name(name)) return std::nullopt;
  std::optional<Place> place;
  for (std::size_t i = 0; i + kFewestLinesBetween < awaited; ++i) {
    const auto definition = definition_of(text.line(i), name);
    if (definition && refers(text, i, *definition, awaited, use)) {
      place = {i, awaited, definition->name};
    }
  }
  if (!place) return std::nullopt;
  std::size_t other_uses = 0;
  for (std::size_t i = 0; i < awaited; ++i) {
    if (i != place->definition && names(text.line(i), name)) ++other_uses;
  }
  return other_uses <= kMostOtherUses ? place : std::nullopt;
}

/// What stood in the place of the line that defines.
std::string line_before(const SourceText& file, const SourceText& text, const Place& place,
                        test::Random& random) {
  const std::string& line = text.line(place.definition);
  switch (random.below(3)) {
    case 0:
      return "";
    case 1: {
      for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::string& other =
            file.line(file.telling_line(random.below(file.line_count())) % file.line_count());
        if (indentation(other) == indentation(line) && !names(other, word_of(line, place.name)) &&
            other != line) {
          return other;
        }
      }
      return "";
    }
    default: {
      std::string renamed = line;
      return renamed.replace(place.name.offset, place.name.length,
                             other_name(file, text.lines(0, text.line_count()), random));
    }
  }
}

}  // namespace

std::optional<SemanticRow> SemanticRow::in(const SourceText& file, const Tokenizer& tokenizer,
                                           test::Random& random) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const SourceText text = file.cut(tokenizer, random.below(file.line_count()), kTokens);
    if (text.line_count() < 40) continue;
    const auto place = place_in(text, random);
    if (!place) continue;

    const std::string head = text.lines(0, place->definition);
    const std::string& defining = text.line(place->definition);
    const std::string old = line_before(file, text, *place, random);
    const std::string& line = text.line(place->awaited);
    const std::string_view blanks = indentation(line);
    std::string rest = text.lines(place->definition + 1, place->awaited);
    rest += blanks;
    std::string behind(1, '\n');
    behind += text.lines(place->awaited + 1, text.line_count());

    SemanticRow row;
    row.before = head + old + rest;
    row.gap_before = {row.before.size(), row.before.size()};
    row.before += behind;
    row.after = head + defining + rest;
    row.gap_after = {row.after.size(), row.after.size()};
    row.after += behind;
    row.edit.add(head.size(), old.size(), defining.size());
    row.awaited = line.substr(blanks.size(), line.size() - blanks.size() - 1);
    return row;
  }
  return std::nullopt;
}

}  // namespace nextline::figures
