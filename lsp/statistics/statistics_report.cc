#include "lsp/statistics/statistics_report.h"

#include <array>
#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace nextline::lsp {
namespace {

namespace json = boost::json;

/// Some days up to the present one.
struct Period {
  std::string_view key;
  std::string_view name;
  Day first;
};

/// Those that were accepted and never as a whole. Counts that other processes are about to write
/// may be missing yet.
std::uint64_t partly_accepted(const SuggestionCounts& counts) {
  return counts.accepted > counts.accepted_whole ? counts.accepted - counts.accepted_whole : 0;
}

json::object told(const SuggestionCounts& counts) {
  return {{"asked", counts.asked},
          {"answered", counts.answered},
          {"shown", counts.shown},
          {"accepted", counts.accepted_whole},
          {"partly_accepted", partly_accepted(counts)},
          {"accepted_characters", counts.accepted_characters},
          {"kept_whole", counts.kept_whole},
          {"kept_partly", counts.kept_partly},
          {"gone", counts.gone}};
}

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// " (33 % of those shown)"; of all suggestions where the editor does not tell which it shows.
std::string share_of(const SuggestionCounts& counts) {
  const std::uint64_t all = counts.shown > 0 ? counts.shown : counts.answered;
  if (all == 0 || counts.accepted == 0) return "";
  return " (" + std::to_string((100 * counts.accepted + all / 2) / all) + " %" +
         (counts.shown > 0 ? " of those shown)" : ")");
}

std::string sentence_of(std::string_view name, const SuggestionCounts& counts) {
  std::string text(name);
  if (counts == SuggestionCounts()) return text + ": nothing was asked for.";
  text += ": " + counted(counts.asked, "request") + ", " + counted(counts.answered, "suggestion");
  if (counts.shown > 0) text += ", " + std::to_string(counts.shown) + " shown";
  text += ", " + std::to_string(counts.accepted) + " accepted" + share_of(counts);
  if (counts.accepted == 0) return text + ".";
  if (const auto in_part = partly_accepted(counts)) {
    text += ", " + std::to_string(in_part) + " of them in part";
  }
  text += ", " + counted(counts.accepted_characters, "character") + ".";
  if (counts.kept_whole + counts.kept_partly + counts.gone == 0) return text;
  return text + " Half a minute later " + std::to_string(counts.kept_whole) +
         " were there as a whole, " + std::to_string(counts.kept_partly) + " in part, and " +
         std::to_string(counts.gone) + " were gone.";
}

}  // namespace

json::object report_of(const Statistics& statistics, Day today) {
  using std::chrono::days;
  const std::array periods = {
      Period{"today", "Today", today},
      Period{"last_7_days", "The last 7 days", today - days(6)},
      Period{"last_30_days", "The last 30 days", today - days(29)},
      Period{"all", "All", Day::min()},
  };
  json::object report;
  json::array sentences;
  for (const Period& period : periods) {
    SuggestionCounts total;
    json::object languages;
    // What was counted on a day to come, before the clock was put right, is part of all.
    const Day last = period.first == Day::min() ? Day::max() : today;
    for (const auto& [language, counts] : statistics.between(period.first, last)) {
      total += counts;
      languages.emplace(language, told(counts));
    }
    report.emplace(period.key,
                   json::object{{"total", told(total)}, {"languages", std::move(languages)}});
    sentences.push_back(json::string(sentence_of(period.name, total)));
  }
  report.emplace("sentences", std::move(sentences));
  return report;
}

}  // namespace nextline::lsp
