#include "server/transport/doorkeeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "server/transport/framed_carrier.h"
#include "server/transport/socket_stream.h"

namespace nextline::server {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kToken = "0123456789abcdef";
constexpr const char* kInitialize = R"({"jsonrpc":"2.0","id":1,"method":"initialize"})";

/// A notification, or a request if it has an id.
std::string attach(const std::string& params, const std::string& id = "") {
  return R"({"jsonrpc":"2.0",)" + (id.empty() ? "" : "\"id\":" + id + ",") +
         R"("method":"nextline/attach","params":)" + params + "}";
}

class DoorkeeperTest : public ::testing::Test {
 protected:
  void knock(std::optional<std::string> token = std::nullopt) {
    asio::local::stream_protocol::socket end(context_);
    client_ = asio::local::stream_protocol::socket(context_);
    asio::local::connect_pair(client_, end);
    doorkeeper_.receive(std::make_shared<MessageChannel>(
                            context_, std::make_shared<FramedCarrier>(
                                          std::make_unique<SocketStream>(std::move(end)))),
                        std::move(token));
  }
  void say(const std::string& content) { asio::write(client_, asio::buffer(lsp::framed(content))); }
  void run() {
    context_.restart();
    while (context_.poll() > 0) {
    }
  }
  /// What comes to one who is turned away, to the end.
  std::string heard() {
    run();
    std::string bytes;
    boost::system::error_code end;
    asio::read(client_, asio::dynamic_buffer(bytes), end);
    return bytes;
  }

  asio::io_context context_;
  asio::local::stream_protocol::socket client_{context_};
  std::vector<Doorkeeper::Guest> guests_;
  Doorkeeper doorkeeper_{
      context_, {.hello = std::chrono::milliseconds(20)}, "1.2.3", [this](Doorkeeper::Guest guest) {
        guest.channel->hand_over({}, {});
        guests_.push_back(std::move(guest));
      }};
};

TEST_F(DoorkeeperTest, WhoSaysSomethingIsLetInWithIt) {
  knock();
  say(kInitialize);
  run();
  ASSERT_THAT(guests_, SizeIs(1));
  EXPECT_EQ(**guests_[0].first, kInitialize);
  EXPECT_FALSE(guests_[0].attachment.has_value());
}

TEST_F(DoorkeeperTest, WhoAttachesIsLetInAndToldIfHeAsked) {
  knock();
  say(attach(R"({"protocol":1,"version":"1.2.2","arguments":["serve","--stdio"]})", "7"));
  run();
  ASSERT_THAT(guests_, SizeIs(1));
  EXPECT_EQ(guests_[0].attachment, (Attachment{1, "1.2.2", "", {"serve", "--stdio"}}));
  EXPECT_FALSE(guests_[0].first.has_value());
  guests_[0].channel->close();
  EXPECT_EQ(heard(),
            lsp::framed(R"({"jsonrpc":"2.0","id":7,"result":{"protocol":1,"version":"1.2.3"}})"));
}

TEST_F(DoorkeeperTest, ANotificationIsNotAnswered) {
  knock();
  say(attach(R"({"protocol":1})"));
  run();
  ASSERT_THAT(guests_, SizeIs(1));
  guests_[0].channel->close();
  EXPECT_EQ(heard(), "");
}

TEST_F(DoorkeeperTest, WhoSpeaksAnotherProtocolIsToldBothVersions) {
  knock();
  say(attach(R"({"protocol":2,"version":"9.0"})", "7"));
  EXPECT_THAT(heard(), HasSubstr("The client (Nextline 9.0) attaches by protocol 2, the server "
                                 "(Nextline 1.2.3) by protocol 1."));
  EXPECT_THAT(guests_, SizeIs(0));
}

TEST_F(DoorkeeperTest, WithATokenNobodyIsLetInWithout) {
  for (const std::string& first :
       {std::string(kInitialize), attach(R"({"protocol":1})", "7"),
        attach(R"({"protocol":1,"token":"0123456789abcdeX"})", "7"),
        attach(R"({"protocol":1,"token":""})", "7"), attach(R"({"protocol":1,"token":7})", "7")}) {
    SCOPED_TRACE(first);
    knock(kToken);
    say(first);
    EXPECT_THAT(heard(), HasSubstr("token"));
    EXPECT_THAT(guests_, SizeIs(0));
  }
}

TEST_F(DoorkeeperTest, WithTheTokenOneIsLetIn) {
  knock(kToken);
  say(attach(R"({"protocol":1,"token":"0123456789abcdef"})"));
  run();
  EXPECT_THAT(guests_, SizeIs(1));
}

TEST_F(DoorkeeperTest, WhatIsNoMessageIsRefused) {
  for (const std::string& first : {std::string("{"), std::string("[]"), std::string("{}"),
                                   attach("7"), attach(R"({"protocol":"1"})")}) {
    SCOPED_TRACE(first);
    knock();
    say(first);
    EXPECT_THAT(heard(), HasSubstr("error"));
    EXPECT_THAT(guests_, SizeIs(0));
  }
}

TEST_F(DoorkeeperTest, WhoSaysNothingIsTurnedAway) {
  knock();
  asio::write(client_, asio::buffer(std::string("Content-Length: 10\r\n\r\n{")));
  context_.run();  // Would not come back if somebody waited.
  EXPECT_EQ(heard(), "");
  EXPECT_THAT(guests_, SizeIs(0));
}

TEST_F(DoorkeeperTest, WhoHasBeenLetInMayTakeHisTime) {
  knock();
  say(kInitialize);
  run();
  ASSERT_THAT(guests_, SizeIs(1));
  boost::asio::steady_timer longer(context_, std::chrono::milliseconds(60));
  bool has_ended = false;
  guests_[0].channel->hand_over({}, [&](const auto&) { has_ended = true; });
  longer.wait();
  run();
  EXPECT_FALSE(has_ended);
  guests_[0].channel->close();
}

}  // namespace
}  // namespace nextline::server
