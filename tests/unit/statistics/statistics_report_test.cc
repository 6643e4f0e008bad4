#include "lsp/statistics/statistics_report.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <string>

namespace nextline::lsp {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Day kToday = 2026y / 11 / 27;

std::int64_t asked(const json::object& report, const char* period) {
  return report.at(period).at("total").at("asked").to_number<std::int64_t>();
}
std::string sentence(const json::object& report, std::size_t index) {
  return report.at("sentences").at(index).as_string().c_str();
}

TEST(StatisticsReport, SumsDaysUpToThePresentOne) {
  Statistics statistics;
  statistics.add(kToday, "python", {.asked = 1});
  statistics.add(kToday - std::chrono::days(6), "python", {.asked = 10});
  statistics.add(kToday - std::chrono::days(7), "python", {.asked = 100});
  statistics.add(kToday - std::chrono::days(29), "python", {.asked = 1000});
  statistics.add(kToday - std::chrono::days(30), "python", {.asked = 10000});
  statistics.add(kToday + std::chrono::days(1), "python", {.asked = 100000});
  const json::object report = report_of(statistics, kToday);
  EXPECT_EQ(asked(report, "today"), 1);
  EXPECT_EQ(asked(report, "last_7_days"), 11);
  EXPECT_EQ(asked(report, "last_30_days"), 1111);
  EXPECT_EQ(asked(report, "all"), 111111);
}

TEST(StatisticsReport, TellsLanguagesApart) {
  Statistics statistics;
  statistics.add(kToday, "python", {.asked = 1});
  statistics.add(kToday, "cpp", {.asked = 2});
  const json::object report = report_of(statistics, kToday);
  EXPECT_EQ(report.at("today").at("languages").at("cpp").at("asked"), 2);
  EXPECT_EQ(asked(report, "today"), 3);
}

TEST(StatisticsReport, WhatWasNotAcceptedAsAWholeWasAcceptedInPart) {
  Statistics statistics;
  statistics.add(kToday, "python", {.accepted = 5, .accepted_whole = 3});
  const json::value total = report_of(statistics, kToday).at("today").at("total");
  EXPECT_EQ(total.at("accepted"), 3);
  EXPECT_EQ(total.at("partly_accepted"), 2);
}

TEST(StatisticsReport, IsASentenceForEachPeriod) {
  Statistics statistics;
  statistics.add(kToday, "python",
                 {.asked = 12,
                  .answered = 9,
                  .shown = 6,
                  .accepted = 4,
                  .accepted_whole = 3,
                  .accepted_characters = 120,
                  .kept_whole = 2,
                  .kept_partly = 1,
                  .gone = 1});
  EXPECT_EQ(sentence(report_of(statistics, kToday), 0),
            "Today: 12 requests, 9 suggestions, 6 shown, 4 accepted (67 % of those shown), 1 of "
            "them in part, 120 characters. Half a minute later 2 were there as a whole, 1 in part, "
            "and 1 were gone.");
}

TEST(StatisticsReport, SaysNothingOfWhatTheEditorDoesNotTell) {
  Statistics statistics;
  statistics.add(kToday, "python", {.asked = 1, .answered = 1});
  EXPECT_EQ(sentence(report_of(statistics, kToday), 0),
            "Today: 1 request, 1 suggestion, 0 accepted.");
  EXPECT_EQ(sentence(report_of({}, kToday), 3), "All: nothing was asked for.");
}

}  // namespace
}  // namespace nextline::lsp
