#include "server/remote/retry_rules.h"

#include <gtest/gtest.h>

namespace nextline::remote {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryRules, OnlyWhatWasNotBegunIsSentAgain) {
  EXPECT_TRUE(pause_before_retry({Failure::kUnreachable}));
  EXPECT_TRUE(pause_before_retry({Failure::kBusy}));
  for (const Failure failure :
       {Failure::kRefused, Failure::kUnwelcome, Failure::kUntrusted, Failure::kRedirected,
        Failure::kTooLate, Failure::kBrokenOff, Failure::kGarbage}) {
    EXPECT_FALSE(pause_before_retry({failure})) << static_cast<int>(failure);
  }
}

TEST(RetryRules, NothingIsSentAgainOnceSomebodyHasHadSomeOfIt) {
  EXPECT_FALSE(pause_before_retry({.failure = Failure::kBusy, .has_begun = true}));
  EXPECT_FALSE(pause_before_retry({.failure = Failure::kUnreachable, .has_begun = true}));
}

TEST(RetryRules, TwiceAtMostAndLaterTheSecondTime) {
  const auto first = pause_before_retry({Failure::kBusy, 1});
  const auto second = pause_before_retry({Failure::kBusy, 2});
  ASSERT_TRUE(first && second);
  EXPECT_LT(*first, *second);
  EXPECT_FALSE(pause_before_retry({Failure::kBusy, 3}));
}

TEST(RetryRules, WaitsAsLongAsTheServerAsksForButNotLong) {
  EXPECT_EQ(pause_before_retry({Failure::kBusy, 1, false, seconds(2)}), milliseconds(2000));
  EXPECT_FALSE(pause_before_retry({Failure::kBusy, 1, false, seconds(3)}));
}

TEST(RetryRules, ReadsSecondsAndNoDates) {
  EXPECT_EQ(read_retry_after(" 7\r\n"), seconds(7));
  EXPECT_FALSE(read_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"));
  EXPECT_FALSE(read_retry_after("-1"));
  EXPECT_FALSE(read_retry_after("99999999999999999999"));
}

TEST(RetryRules, AStatusIsWhatItStandsFor) {
  EXPECT_EQ(failure_of_status(503), Failure::kBusy);
  EXPECT_EQ(failure_of_status(429), Failure::kBusy);
  EXPECT_EQ(failure_of_status(401), Failure::kUnwelcome);
  EXPECT_EQ(failure_of_status(307), Failure::kRedirected);
  EXPECT_EQ(failure_of_status(400), Failure::kRefused);
  EXPECT_EQ(failure_of_status(500), Failure::kRefused);
}

TEST(Rest, IsLongerTheOftenerAServerFailsAndOverWhenItAnswers) {
  const Rest::Clock::time_point now{seconds(1000)};
  Rest rest;
  EXPECT_FALSE(rest.lasts(now));
  rest.begin(now, {Failure::kUnreachable});
  EXPECT_TRUE(rest.lasts(now + Rest::kShortest - milliseconds(1)));
  EXPECT_FALSE(rest.lasts(now + Rest::kShortest));
  rest.begin(now, {Failure::kUnreachable});
  EXPECT_TRUE(rest.lasts(now + Rest::kShortest));
  for (int i = 0; i < 20; ++i) rest.begin(now, {Failure::kUnreachable});
  EXPECT_FALSE(rest.lasts(now + Rest::kLongest));
  rest.end();
  EXPECT_FALSE(rest.lasts(now));
}

TEST(Rest, LastsAsLongAsTheServerAsksForWithinBounds) {
  const Rest::Clock::time_point now{seconds(1000)};
  Rest rest;
  rest.begin(now, {Failure::kBusy, 1, false, seconds(20)});
  EXPECT_TRUE(rest.lasts(now + seconds(19)));
  EXPECT_FALSE(rest.lasts(now + seconds(20)));
  rest.begin(now, {Failure::kBusy, 1, false, seconds(86'400)});
  EXPECT_FALSE(rest.lasts(now + seconds(60)));
}

TEST(Rest, IsNotForWhatIsWrongWithOneRequest) {
  const Rest::Clock::time_point now{seconds(1000)};
  Rest rest;
  rest.begin(now, {Failure::kRefused});
  EXPECT_FALSE(rest.lasts(now));
}

}  // namespace
}  // namespace nextline::remote
