#include "lsp/client_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ClientWindowTest : public testing::Test {
 protected:
  std::vector<std::string> shown_;
  ClientWindow window_{[this](const Message& message) {
    shown_.emplace_back(std::get<Notification>(message).params.at("message").as_string());
  }};
};

TEST_F(ClientWindowTest, ShowsWhatWaitedOnceItMay) {
  window_.show(MessageType::kError, "a");
  window_.show(MessageType::kWarning, "b");
  EXPECT_THAT(shown_, IsEmpty());
  window_.allow();
  EXPECT_THAT(shown_, ElementsAre("a", "b"));
}

TEST_F(ClientWindowTest, ShowsAMessageOnce) {
  window_.show(MessageType::kError, "a");
  window_.show(MessageType::kError, "a");
  window_.allow();
  window_.show(MessageType::kError, "a");
  window_.show(MessageType::kError, "b");
  EXPECT_THAT(shown_, ElementsAre("a", "b"));
}

TEST_F(ClientWindowTest, OfWhatWaitsItKeepsABoundedNumber) {
  for (int i = 0; i < 1000; ++i) window_.show(MessageType::kError, std::to_string(i));
  window_.allow();
  EXPECT_EQ(shown_.size(), 256U);
}

}  // namespace
}  // namespace nextline::lsp
