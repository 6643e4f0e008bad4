#include "lsp/statistics/day.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <system_error>

namespace nextline::lsp {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::size_t kLength = 10;  // YYYY-MM-DD

/// The number that these digits are; nothing for anything else.
std::optional<unsigned> number_of(std::string_view digits) {
  unsigned number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return number;
}

}  // namespace

Day local_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return year_month_day(year(local.tm_year + 1900), month(static_cast<unsigned>(local.tm_mon + 1)),
                        day(static_cast<unsigned>(local.tm_mday)));
}

std::string to_text(Day day) {
  const year_month_day date(day);
  char text[32];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != kLength || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto in_year = number_of(text.substr(0, 4));
  const auto in_month = number_of(text.substr(5, 2));
  const auto on_day = number_of(text.substr(8, 2));
  if (!in_year || !in_month || !on_day) return std::nullopt;
  const year_month_day date(year(static_cast<int>(*in_year)), month(*in_month), day(*on_day));
  if (!date.ok()) return std::nullopt;
  return Day(date);
}

}  // namespace nextline::lsp
