#include "server/transport/message_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "server/transport/framed_carrier.h"
#include "server/transport/socket_stream.h"

namespace nextline::server {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const lsp::Notification kNews{"news", nullptr};

/// A channel over a pair of sockets, and what it tells. The test is the client.
class MessageChannelTest : public ::testing::Test {
 protected:
  void connect(TransportLimits limits = {}) {
    asio::local::stream_protocol::socket end(context_);
    asio::local::connect_pair(client_, end);
    channel_ = std::make_shared<MessageChannel>(
        context_, std::make_shared<FramedCarrier>(std::make_unique<SocketStream>(std::move(end))),
        limits, seats_.take());
    channel_->start(
        [this](const auto& message) {
          told_.push_back(message ? *message : "error: " + message.error().error.message);
        },
        [this](const std::string& why) { told_.push_back("end: " + why); });
  }

  void say(const std::string& bytes) { asio::write(client_, asio::buffer(bytes)); }
  /// Goes on until nothing is left to do at this moment.
  void run() {
    context_.restart();
    while (context_.poll() > 0) {
    }
  }
  /// Everything that the client is sent, to the end of the stream.
  std::string heard() {
    std::string bytes;
    boost::system::error_code end;
    asio::read(client_, asio::dynamic_buffer(bytes), end);
    return bytes;
  }

  asio::io_context context_;
  asio::local::stream_protocol::socket client_{context_};
  Seats seats_{1};
  std::shared_ptr<MessageChannel> channel_;
  std::vector<std::string> told_;
};

TEST_F(MessageChannelTest, HandsOnWhatTheClientSays) {
  connect();
  say(lsp::framed("{}") + lsp::framed("[1]"));
  run();
  EXPECT_THAT(told_, ElementsAre("{}", "[1]"));
}

TEST_F(MessageChannelTest, EndsWhenTheClientClosesItsSide) {
  connect();
  say(lsp::framed("{}"));
  client_.shutdown(asio::socket_base::shutdown_send);
  run();
  EXPECT_THAT(told_, ElementsAre("{}", "end: "));
}

TEST_F(MessageChannelTest, EndsWithASentenceWhereTheStreamIsCutOff) {
  connect();
  say("Content-Length: 10\r\n\r\n{");
  client_.shutdown(asio::socket_base::shutdown_send);
  run();
  EXPECT_THAT(told_, ElementsAre("end: The stream ended in the middle of a message."));
}

TEST_F(MessageChannelTest, EndsBehindWhatIsNoMessage) {
  connect();
  say("GET / HTTP/1.1\r\n\r\n" + lsp::framed("{}"));
  run();
  EXPECT_THAT(told_, ElementsAre(HasSubstr("error: "), "end: "));
}

TEST_F(MessageChannelTest, WhatIsLongerThanAFirstMessageMayBeIsTakenOfWhoHasBeenLetIn) {
  connect({.message = 100, .first_message = 10});
  const std::string longer(50, ' ');
  say(lsp::framed(longer));
  run();
  EXPECT_THAT(told_, ElementsAre(HasSubstr("error: A message of 50 bytes was skipped")));
  told_.clear();
  channel_->let_in();
  say(lsp::framed(longer));
  run();
  EXPECT_THAT(told_, ElementsAre(longer));
}

TEST_F(MessageChannelTest, WhatWasSentArrivesThoughTheChannelIsClosedAndLetGo) {
  connect();
  std::string expected;
  for (int i = 0; i < 3; ++i) {
    channel_->send(kNews);
    expected += lsp::framed(lsp::serialize_message(kNews));
  }
  channel_->close();
  channel_.reset();
  run();
  EXPECT_EQ(heard(), expected);
  EXPECT_THAT(told_, IsEmpty()) << "Nobody is told of an end that was asked for.";
}

TEST_F(MessageChannelTest, ItsSeatIsFreeOnceItHasEnded) {
  connect();
  EXPECT_FALSE(seats_.take().has_value());
  channel_->close();
  channel_.reset();
  run();
  EXPECT_TRUE(seats_.take().has_value());
}

TEST_F(MessageChannelTest, AClientThatDoesNotReadIsGivenUp) {
  connect({.unread = std::size_t{1} << 20});
  const lsp::Notification much{"news", boost::json::value(std::string(100'000, 'x'))};
  for (int i = 0; i < 100; ++i) channel_->send(much);
  run();
  EXPECT_THAT(told_, ElementsAre("end: The client does not read what it is sent."));
}

TEST_F(MessageChannelTest, OneThatIsClosedDoesNotWaitForeverForAClientThatDoesNotRead) {
  connect({.unread = std::size_t{64} << 20, .farewell = std::chrono::milliseconds(1)});
  channel_->send(
      lsp::Notification{"news", boost::json::value(std::string(std::size_t{8} << 20, 'x'))});
  channel_->close();
  channel_.reset();
  context_.run();  // Would not come back.
  EXPECT_TRUE(seats_.take().has_value());
}

TEST_F(MessageChannelTest, ItMayBeHandedOverFromWithinAMessage) {
  connect();
  std::vector<std::string> told_to_the_next;
  channel_->hand_over(
      [&](const auto& first) {
        told_.push_back(*first);
        channel_->hand_over([&](const auto& message) { told_to_the_next.push_back(*message); }, {});
      },
      {});
  say(lsp::framed("1") + lsp::framed("2"));
  run();
  EXPECT_THAT(told_, ElementsAre("1"));
  EXPECT_THAT(told_to_the_next, ElementsAre("2"));
}

TEST_F(MessageChannelTest, ItMayBeClosedFromWithinAMessage) {
  connect();
  channel_->hand_over(
      [&](const auto& first) {
        told_.push_back(*first);
        channel_->close();
      },
      [&](const auto&) { told_.push_back("end"); });
  say(lsp::framed("1") + lsp::framed("2"));
  run();
  EXPECT_THAT(told_, ElementsAre("1"));
}

}  // namespace
}  // namespace nextline::server
