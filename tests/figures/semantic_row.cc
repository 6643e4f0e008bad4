#include "tests/figures/semantic_row.h"

#include <algorithm>
#include <array>
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

/// Where a line defines a name: an assignment, a function or class, a parameter, an import, a loop.
std::optional<Word> definition_of(std::string_view line, std::string_view name) {
  const std::string_view code = line.substr(indentation(line).size());
  if (code.empty() || code[0] == '#' || code[0] == '"' || code[0] == '\'') return std::nullopt;
  const bool defines_all = code.rfind("def ", 0) == 0 || code.rfind("class ", 0) == 0 ||
                           code.rfind("import ", 0) == 0 || code.rfind("from ", 0) == 0 ||
                           code.rfind("for ", 0) == 0;
  for (const Word& word : words(line)) {
    if (word_of(line, word) != name) continue;
    const std::string_view rest = line.substr(word.offset + word.length);
    const bool is_assigned = rest.rfind(" = ", 0) == 0;
    const std::string_view before = line.substr(0, word.offset);
    const bool begins = before.size() == indentation(line).size() ||
                        (before.size() >= 5 && before.substr(before.size() - 5) == "self.");
    if (defines_all || (is_assigned && begins)) return word;
  }
  return std::nullopt;
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
  const std::vector<Word> all = words(line);
  const bool is_code = line.find_first_of("=([") != std::string::npos &&
                       line[indentation(line).size()] != '#';
  if (all.empty() || !is_code) return std::nullopt;
  const std::string_view name = word_of(line, all[random.below(all.size())]);
  if (!is_name(name)) return std::nullopt;
  std::optional<Place> place;
  std::size_t uses = 0;
  for (std::size_t i = 0; i + kFewestLinesBetween < awaited; ++i) {
    if (const auto word = definition_of(text.line(i), name)) place = {i, awaited, *word};
  }
  if (!place) return std::nullopt;
  for (std::size_t i = 0; i < awaited; ++i) {
    if (i != place->definition && names(text.line(i), name)) ++uses;
  }
  return uses <= kMostOtherUses ? place : std::nullopt;
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
    const std::string behind = "\n" + text.lines(place->awaited + 1, text.line_count());

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
