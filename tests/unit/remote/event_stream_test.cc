#include "server/remote/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::remote {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The data of the events of a stream that comes in these pieces.
std::vector<std::string> events_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> events;
  EventStream stream([&](std::string_view data) {
    events.emplace_back(data);
    return true;
  });
  for (const std::string& piece : pieces) EXPECT_TRUE(stream.take(piece).value_or(false));
  return events;
}

TEST(EventStream, GivesTheDataOfEachEvent) {
  EXPECT_THAT(events_of({"data: a\n\ndata:b\n\n"}), ElementsAre("a", "b"));
}

TEST(EventStream, JoinsTheLinesOfAnEvent) {
  EXPECT_THAT(events_of({"data: a\ndata:\ndata:  b\n\n"}), ElementsAre("a\n\n b"));
}

TEST(EventStream, PassesOverCommentsAndOtherFields) {
  EXPECT_THAT(events_of({": ping\nevent: x\nid: 1\ndata\ndatabase: no\n\n\n\n: end\n\n"}),
              ElementsAre(""));
}

TEST(EventStream, TakesEachKindOfLineEndAndAByteOrderMark) {
  EXPECT_THAT(events_of({"\xEF\xBB\xBF"
                         "data: a\r\n\r\ndata: b\r\rdata: c\n\n"}),
              ElementsAre("a", "b", "c"));
}

TEST(EventStream, AnEventThatIsNotEndedNeverComes) {
  EXPECT_THAT(events_of({"data: a\n"}), IsEmpty());
}

TEST(EventStream, DoesNotDependOnThePieces) {
  const std::string text = "data: {\"a\": 1}\r\n\r\n: c\rdata: x\r\ndata: y\n\ndata: \xC3\xA9\r\r";
  const auto expected = events_of({text});
  EXPECT_THAT(expected, ElementsAre("{\"a\": 1}", "x\ny", "\xC3\xA9"));
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      EXPECT_EQ(events_of({text.substr(0, first), text.substr(first, second - first),
                           text.substr(second)}),
                expected)
          << first << ' ' << second;
    }
  }
}

TEST(EventStream, StopsWhereNothingMoreIsWanted) {
  int taken = 0;
  EventStream stream([&](std::string_view) { return ++taken < 2; });
  EXPECT_FALSE(stream.take("data: a\n\ndata: b\n\ndata: c\n\n").value_or(true));
  EXPECT_EQ(taken, 2);
}

TEST(EventStream, RefusesALineThatDoesNotEnd) {
  EventStream stream([](std::string_view) { return true; });
  const std::string part(EventStream::kLongestEvent / 2, 'x');
  EXPECT_TRUE(stream.take("data: " + part));
  EXPECT_FALSE(stream.take(part));
}

TEST(EventStream, RefusesAnEventOfTooManyLines) {
  EventStream stream([](std::string_view) { return true; });
  const std::string line = "data: " + std::string(EventStream::kLongestEvent / 2, 'x') + "\n";
  EXPECT_TRUE(stream.take(line));
  EXPECT_FALSE(stream.take(line));
}

}  // namespace
}  // namespace nextline::remote
