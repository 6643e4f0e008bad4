// A completion is asked for within a word, with and without token healing.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/figures/setting.h"
#include "tests/support/random.h"

namespace nextline::figures {
namespace {

constexpr std::size_t kLinesPerFile = 10;
constexpr std::size_t kTokensBefore = 600;
/// Of these, before the first line that is completed.
constexpr std::size_t kTokensFirst = 200;
constexpr std::size_t kLinesBehind = 20;
/// Of the word that the cursor is in, on each side of it.
constexpr std::size_t kFewestLetters = 2;

struct Counts {
  std::size_t lines = 0;
  std::size_t consistent = 0;
  std::size_t continues_word = 0;
  std::size_t same_word = 0;
  std::size_t same_line = 0;
};

std::string_view word_at_front(std::string_view text) {
  return text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, is_word_character) -
                                                 text.begin()));
}

/// Whether what was generated spells the healed bytes and then the completion.
bool is_consistent(const Setting& setting, const Session& session, const Document& document,
                   const Completion& completion) {
  const std::string& healed = session.text().healed();
  if (session.text().before().text() + healed != document.before) return false;
  // The last token generated was not computed.
  const std::string generated = setting.backend.model().tokenizer().decode(
      session.sequence().tokens().subspan(session.prompt().held()));
  const std::string expected = healed + completion.text;
  const std::size_t common = std::min(generated.size(), expected.size());
  return std::string_view(generated).substr(0, common) ==
         std::string_view(expected).substr(0, common);
}

Result<void> complete(const Setting& setting, Session& session, const Document& document,
                      std::string_view rest, Counts& counts) {
  session.open(document.text(), document.gap());
  auto completion = session.complete({.max_tokens = 48});
  if (!completion) return tl::unexpected(completion.error());
  ++counts.lines;
  counts.consistent += is_consistent(setting, session, document, *completion) ? 1 : 0;
  const std::string_view word = word_at_front(completion->text);
  counts.continues_word += word.empty() ? 0 : 1;
  counts.same_word += word == word_at_front(rest) ? 1 : 0;
  counts.same_line += completion->text == rest ? 1 : 0;
  return {};
}

/// Where a cursor within a word of this line could be, or nothing.
std::optional<std::size_t> place_within_word(std::string_view line, test::Random& random) {
  std::vector<std::size_t> places;
  for (const Word& word : words(line)) {
    for (std::size_t typed = kFewestLetters; typed + kFewestLetters <= word.length; ++typed) {
      places.push_back(word.offset + typed);
    }
  }
  if (places.empty()) return std::nullopt;
  return places[random.below(places.size())];
}

}  // namespace

Result<void> print_healing(const Setting& setting) {
  const Tokenizer& tokenizer = setting.backend.model().tokenizer();
  test::Random random(2);
  std::array<Counts, 2> counts;
  std::vector<Session> sessions;
  for (const bool heals : {false, true}) {
    auto session = Session::create(
        setting.backend,
        {.context_length = 2048, .heals_tokens = heals, .reuse = Reuse::kCommonPrefix});
    if (!session) return tl::unexpected(session.error());
    sessions.push_back(std::move(*session));
  }
  for (const SourceText& file : setting.files) {
    const std::size_t start = random.below(file.line_count() / 2);
    const std::size_t first = start + file.cut(tokenizer, start, kTokensFirst).line_count();
    const std::size_t last = start + file.cut(tokenizer, start, kTokensBefore).line_count();
    // Downwards: what stands before is kept from line to line.
    std::size_t wanted = kLinesPerFile;
    for (std::size_t line = first; line < last && wanted > 0; ++line) {
      if (random.below(last - line) >= wanted) continue;
      const std::string& text = file.line(line);
      const auto place = place_within_word(text, random);
      if (!place) continue;
      --wanted;
      const Document document{file.lines(start, line) + text.substr(0, *place),
                              fmt::format("\n{}", file.lines(line + 1, line + 1 + kLinesBehind))};
      const std::string_view rest = std::string_view(text).substr(*place, text.size() - 1 - *place);
      for (std::size_t heals : {0U, 1U}) {
        if (auto done = complete(setting, sessions[heals], document, rest, counts[heals]); !done) {
          return done;
        }
      }
    }
  }
  fmt::print("{:>8} {:>6} {:>11} {:>15} {:>10} {:>10}\n", "", "lines", "consistent",
             "continues word", "same word", "same line");
  for (std::size_t heals : {0U, 1U}) {
    const Counts& c = counts[heals];
    fmt::print("{:>8} {:>6} {:>11} {:>15} {:>10} {:>10}\n", heals == 0 ? "as is" : "healed",
               c.lines, c.consistent, c.continues_word, c.same_word, c.same_line);
  }
  return {};
}

}  // namespace nextline::figures
