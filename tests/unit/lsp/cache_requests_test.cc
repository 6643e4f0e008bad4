#include "lsp/cache_requests.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace nextline::lsp {
namespace {

class CacheRequestsTest : public testing::Test {
 protected:
  /// A report of a cache of which so many tokens have been computed.
  static CacheReport report(std::uint32_t encoded = 0) {
    CacheReport made;
    made.state.encoded = encoded;
    return made;
  }
  /// The numbers of the reports that were answered, by request; -1 for null.
  using Answers = std::vector<std::pair<int, int>>;

  Answers answers_;
  CacheRequests requests_{[this](const RequestId& request, const boost::json::value& answer) {
    const int number = answer.is_null() ? -1 : answer.at("number").to_number<int>();
    answers_.emplace_back(static_cast<int>(std::get<std::int64_t>(request)), number);
  }};
  static constexpr DocumentId kA{1};
  static constexpr DocumentId kB{2};
};

RequestId id(std::int64_t number) { return number; }

TEST_F(CacheRequestsTest, ARequestWaitsForAReportThatItsClientDoesNotHave) {
  requests_.ask(id(1), kA, 0);
  requests_.take(kA, report());
  requests_.ask(id(2), kA, 1);
  EXPECT_EQ(answers_, (Answers{{1, 1}}));
  requests_.take(kA, report());
  EXPECT_EQ(answers_, (Answers{{1, 1}, {2, 2}}));
}

TEST_F(CacheRequestsTest, WhoAsksLateGetsTheNewestReportAtOnce) {
  requests_.ask(id(1), kA, 0);
  for (int i = 0; i < 3; ++i) requests_.take(kA, report());
  requests_.ask(id(2), kA, 1);
  EXPECT_EQ(answers_, (Answers{{1, 1}, {2, 3}}));
}

TEST_F(CacheRequestsTest, WhoAsksAgainHasNoUseForTheRequestBefore) {
  requests_.ask(id(1), kA, 0);
  requests_.ask(id(2), kA, 0);
  EXPECT_EQ(answers_, (Answers{{1, -1}}));
}

TEST_F(CacheRequestsTest, OnlyWhatWasAnsweredHasBeenSeen) {
  requests_.ask(id(1), kA, 0);
  requests_.take(kA, report(300));
  requests_.take(kA, report(312));
  EXPECT_EQ(requests_.seen(kA)->load(), 300U);
}

TEST_F(CacheRequestsTest, DocumentsDoNotAnswerForEachOther) {
  requests_.ask(id(1), kA, 0);
  requests_.ask(id(2), kB, 0);
  requests_.take(kB, report());
  EXPECT_EQ(answers_, (Answers{{2, 1}}));
}

TEST_F(CacheRequestsTest, ADocumentThatIsClosedAnswersNull) {
  requests_.ask(id(1), kA, 0);
  requests_.close(kA);
  requests_.take(kA, report());
  EXPECT_EQ(answers_, (Answers{{1, -1}}));
  EXPECT_FALSE(requests_.is_asked_for(kA));
}

TEST_F(CacheRequestsTest, ACancelledRequestIsNotAnsweredHere) {
  requests_.ask(id(1), kA, 0);
  EXPECT_TRUE(requests_.contains(id(1)));
  EXPECT_TRUE(requests_.cancel(id(1)));
  EXPECT_FALSE(requests_.cancel(id(1)));
  requests_.take(kA, report());
  EXPECT_TRUE(answers_.empty());
}

TEST_F(CacheRequestsTest, WhatWaitsAtTheEndIsHandedBack) {
  requests_.ask(id(1), kA, 0);
  requests_.ask(id(2), kB, 0);
  EXPECT_EQ(requests_.give_up(), (std::vector{id(1), id(2)}));
  requests_.take(kA, report());
  EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace nextline::lsp
