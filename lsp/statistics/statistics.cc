#include "lsp/statistics/statistics.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

constexpr std::size_t kLongestName = 32;

bool is_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+' ||
         c == '#' || c == '.';
}

}  // namespace

SuggestionCounts& SuggestionCounts::operator+=(const SuggestionCounts& other) {
  for (const NamedCount& named : kNamedCounts) this->*named.count += other.*named.count;
  return *this;
}

void Statistics::add(Day day, std::string_view language, const SuggestionCounts& counts) {
  CountsByLanguage& languages = days_[day];
  std::string name(language);
  // The others are none of them; so it makes no difference in which order languages come.
  const std::size_t told_apart = languages.size() - languages.count(std::string(kOtherLanguage));
  if (told_apart >= kMostLanguages && !languages.contains(name)) name = kOtherLanguage;
  languages[name] += counts;
}

void Statistics::add(const Statistics& other) {
  for (const auto& [day, languages] : other.days_) {
    for (const auto& [language, counts] : languages) add(day, language, counts);
  }
}

void Statistics::forget_before(Day day) { days_.erase(days_.begin(), days_.lower_bound(day)); }

CountsByLanguage Statistics::between(Day first, Day last) const {
  CountsByLanguage sums;
  for (const auto& [day, languages] : days_) {
    if (day < first || day > last) continue;
    for (const auto& [language, counts] : languages) sums[language] += counts;
  }
  return sums;
}

std::string language_in_statistics(std::string_view language) {
  if (language.empty() || language.size() > kLongestName) {
    return std::string(Statistics::kOtherLanguage);
  }
  std::string name(language);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (std::ranges::all_of(name, is_in_name)) return name;
  return std::string(Statistics::kOtherLanguage);
}

}  // namespace nextline::lsp
