#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace nextline::lsp {

/// A day of the user's calendar.
using Day = std::chrono::sys_days;

/// The day that it is where the user is.
Day local_day();

/// "2026-11-27", and the other way round: nothing for what is no such day.
std::string to_text(Day day);
std::optional<Day> parse_day(std::string_view text);

}  // namespace nextline::lsp
