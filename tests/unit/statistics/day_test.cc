#include "lsp/statistics/day.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;

TEST(DayText, IsReadAsItWasWritten) {
  for (const Day day : {Day(2026y / 11 / 27), Day(2024y / 2 / 29), Day(1970y / 1 / 1)}) {
    EXPECT_EQ(parse_day(to_text(day)), day);
  }
  EXPECT_EQ(to_text(Day(2026y / 3 / 4)), "2026-03-04");
}

TEST(DayText, WhatIsNoDayIsNotRead) {
  for (const char* text : {"", "2026", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1",
                           "2026/01/01", "2026-01-01 ", "+026-01-01", "2026-01--1", "20x6-01-01"}) {
    EXPECT_EQ(parse_day(text), std::nullopt) << text;
  }
}

TEST(LocalDay, IsThatOfTheUsersClock) {
  // Twelve hours apart on both sides, it is not the same day everywhere.
  ::setenv("TZ", "EAST-12", 1);
  ::tzset();
  const Day east = local_day();
  ::setenv("TZ", "WEST+12", 1);
  ::tzset();
  const Day west = local_day();
  ::unsetenv("TZ");
  ::tzset();
  EXPECT_EQ(east - west, std::chrono::days(1));
}

}  // namespace
}  // namespace nextline::lsp
