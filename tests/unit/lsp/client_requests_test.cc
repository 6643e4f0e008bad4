#include "lsp/client_requests.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace nextline::lsp {
namespace {

class ClientRequestsTest : public testing::Test {
 protected:
  RequestId id(std::size_t index) const { return std::get<Request>(sent_.at(index)).id; }

  std::vector<Message> sent_;
  std::vector<std::string> taken_;
  ClientRequests requests_{[this](const Message& message) { sent_.push_back(message); }};
};

TEST_F(ClientRequestsTest, EachTakesItsOwnAnswerOnce) {
  for (const char* const name : {"a", "b"}) {
    requests_.send("method", nullptr, [this, name](const ClientRequests::Outcome& outcome) {
      taken_.push_back(name + std::string(outcome ? " done" : " refused"));
    });
  }
  ASSERT_EQ(sent_.size(), 2U);
  ASSERT_NE(id(0), id(1));
  EXPECT_TRUE(requests_.take(error_response(id(1), ErrorCode::kMethodNotFound, "No.")));
  EXPECT_TRUE(requests_.take({id(0), nullptr}));
  EXPECT_FALSE(requests_.take({id(0), nullptr}));
  EXPECT_EQ(taken_, (std::vector<std::string>{"b refused", "a done"}));
}

TEST_F(ClientRequestsTest, TakesNoAnswerToWhatItDidNotAsk) {
  requests_.send("method", nullptr);
  EXPECT_FALSE(requests_.take({RequestId(1), nullptr}));
  EXPECT_FALSE(requests_.take({RequestId(), nullptr}));
  EXPECT_TRUE(requests_.take({id(0), nullptr}));
}

TEST_F(ClientRequestsTest, AnAnswerMayAskAgain) {
  requests_.send("first", nullptr,
                 [this](const ClientRequests::Outcome&) { requests_.send("second", nullptr); });
  requests_.take({id(0), nullptr});
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_EQ(std::get<Request>(sent_[1]).method, "second");
}

TEST_F(ClientRequestsTest, ForgetsTheOldestOfMoreThanMayWait) {
  for (std::size_t i = 0; i <= ClientRequests::kMostWaiting; ++i) requests_.send("method", nullptr);
  EXPECT_FALSE(requests_.take({id(0), nullptr}));
  for (std::size_t i = 1; i <= ClientRequests::kMostWaiting; ++i) {
    EXPECT_TRUE(requests_.take({id(i), nullptr})) << i;
  }
}

}  // namespace
}  // namespace nextline::lsp
