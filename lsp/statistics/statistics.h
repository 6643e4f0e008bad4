#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lsp/statistics/day.h"

namespace nextline::lsp {

/// What became of some suggestions: how many there were of each kind. Every count only grows, so
/// that counts of several processes can be added. What an editor does not tell is not counted.
struct SuggestionCounts {
  std::uint64_t asked = 0;                ///< Requests.
  std::uint64_t answered = 0;             ///< Of these, with a suggestion.
  std::uint64_t shown = 0;                ///< Of these, as the editor said.
  std::uint64_t accepted = 0;             ///< In whole or in part.
  std::uint64_t accepted_whole = 0;       ///< Of these, in the end as a whole.
  std::uint64_t accepted_characters = 0;  ///< In code points.
  std::uint64_t kept_whole = 0;           ///< Half a minute later all of it was still there, …
  std::uint64_t kept_partly = 0;          ///< … at least half of it, …
  std::uint64_t gone = 0;                 ///< … or less.

  SuggestionCounts& operator+=(const SuggestionCounts& other);
  bool operator==(const SuggestionCounts&) const = default;
};

/// Each count and its name, for those who write them down.
struct NamedCount {
  std::string_view name;
  std::uint64_t SuggestionCounts::*count;
};
inline constexpr std::array kNamedCounts = {
    NamedCount{"asked", &SuggestionCounts::asked},
    NamedCount{"answered", &SuggestionCounts::answered},
    NamedCount{"shown", &SuggestionCounts::shown},
    NamedCount{"accepted", &SuggestionCounts::accepted},
    NamedCount{"accepted_whole", &SuggestionCounts::accepted_whole},
    NamedCount{"accepted_characters", &SuggestionCounts::accepted_characters},
    NamedCount{"kept_whole", &SuggestionCounts::kept_whole},
    NamedCount{"kept_partly", &SuggestionCounts::kept_partly},
    NamedCount{"gone", &SuggestionCounts::gone},
};

using CountsByLanguage = std::map<std::string, SuggestionCounts>;

/// What became of suggestions, by day and language. A value; it holds numbers and the names of
/// languages, and nothing of any text.
class Statistics {
 public:
  /// Languages of a day that are told apart; what is more counts as kOtherLanguage.
  static constexpr std::size_t kMostLanguages = 64;
  static constexpr std::string_view kOtherLanguage = "other";

  void add(Day day, std::string_view language, const SuggestionCounts& counts);
  void add(const Statistics& other);
  /// Forgets the days before this one.
  void forget_before(Day day);

  const std::map<Day, CountsByLanguage>& days() const { return days_; }
  bool empty() const { return days_.empty(); }
  /// The sums from one day to another, both included.
  CountsByLanguage between(Day first, Day last) const;

  bool operator==(const Statistics&) const = default;

 private:
  std::map<Day, CountsByLanguage> days_;
};

/// A language as statistics name it. `language` is what an editor calls a document's, and may be
/// anything: what does not look like the name of one is kOtherLanguage.
std::string language_in_statistics(std::string_view language);

}  // namespace nextline::lsp
