#include "server/sharing/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "lsp/protocol/message.h"
#include "server/transport/socket_stream.h"

namespace nextline::server {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Socket = asio::local::stream_protocol::socket;

const std::string kShutdown =
    lsp::framed(lsp::serialize_message(lsp::Request{1, "shutdown", nullptr}));
const std::string kExit = lsp::framed(lsp::serialize_message(lsp::Notification{"exit", nullptr}));

TEST(Farewell, IsHeardWhateverElseIsSaidAndHoweverItIsCut) {
  const std::string said = lsp::framed(std::string(100'000, ' ')) + lsp::framed("{") +
                           lsp::framed(R"({"jsonrpc":"2.0","method":"shutdown"})") + kShutdown +
                           kExit;
  Farewell farewell;
  for (const char byte : said) {
    EXPECT_FALSE(farewell.has_exited());
    farewell.observe(std::string(1, byte));
  }
  EXPECT_TRUE(farewell.has_shut_down() && farewell.has_exited());
}

TEST(Farewell, IsNotTakenFromWhatIsOnlyLikeIt) {
  Farewell farewell;
  farewell.observe(lsp::framed(R"({"jsonrpc":"2.0","id":1,"result":"shutdown"})") +
                   lsp::framed(R"({"jsonrpc":"2.0","method":"shutdown"})") + "exit");
  EXPECT_FALSE(farewell.has_shut_down() || farewell.has_exited());
}

/// A relay between two pairs of sockets. The test is the editor and the server.
class RelayTest : public ::testing::Test {
 protected:
  RelayTest() : relay_(context_, stream_to(editor_), stream_to(server_), 100ms) { relay_.start(); }

  std::unique_ptr<ByteStream> stream_to(Socket& other_side) {
    Socket end(context_);
    asio::local::connect_pair(other_side, end);
    return std::make_unique<SocketStream>(std::move(end));
  }
  void run() {
    context_.restart();
    while (context_.poll() > 0) {
    }
  }
  /// Whether the relay has nothing left to do.
  bool has_ended() {
    run();
    return context_.stopped();
  }
  static void say(Socket& socket, const std::string& bytes) {
    asio::write(socket, asio::buffer(bytes));
  }
  std::string heard(Socket& socket, std::size_t size) {
    run();
    std::string bytes(size, '\0');
    asio::read(socket, asio::buffer(bytes));
    return bytes;
  }

  asio::io_context context_;
  Socket editor_{context_};
  Socket server_{context_};
  Relay relay_;
};

TEST_F(RelayTest, CarriesBytesInBothDirections) {
  say(editor_, "question");
  EXPECT_EQ(heard(server_, 8), "question");
  say(server_, "answer");
  EXPECT_EQ(heard(editor_, 6), "answer");
  EXPECT_FALSE(has_ended());
}

TEST_F(RelayTest, AnEditorThatClosesItsSideStillHearsTheEnd) {
  say(editor_, kShutdown);
  editor_.shutdown(asio::socket_base::shutdown_send);
  EXPECT_EQ(heard(server_, kShutdown.size()), kShutdown);
  EXPECT_FALSE(has_ended());
  say(server_, "last");
  server_.close();
  EXPECT_EQ(heard(editor_, 4), "last");
  EXPECT_TRUE(has_ended());
  EXPECT_TRUE(relay_.ended_orderly());
  EXPECT_FALSE(relay_.has_lost_server());
}

TEST_F(RelayTest, AServerThatDoesNotEndThoughItsEditorHasIsLeft) {
  say(editor_, kShutdown);
  editor_.shutdown(asio::socket_base::shutdown_send);
  context_.run_for(1min);
  EXPECT_TRUE(context_.stopped());
  EXPECT_TRUE(relay_.ended_orderly());
  EXPECT_FALSE(relay_.has_lost_server());
}

TEST_F(RelayTest, AServerThatGoesIsLostToAnEditorThatHasNotSaidExit) {
  say(editor_, "question");
  run();
  server_.close();
  EXPECT_TRUE(has_ended());
  EXPECT_TRUE(relay_.has_lost_server());
  EXPECT_FALSE(relay_.ended_orderly());
}

TEST_F(RelayTest, AServerThatEndsBehindExitIsNotLost) {
  say(editor_, kExit);
  run();
  server_.close();
  EXPECT_TRUE(has_ended());
  EXPECT_FALSE(relay_.has_lost_server());
  EXPECT_TRUE(relay_.has_exited());
}

TEST_F(RelayTest, AnEditorThatHasGoneEndsTheServersSide) {
  editor_.close();
  say(server_, "news");
  EXPECT_FALSE(relay_.ended_orderly());
  run();
  char byte = 0;
  boost::system::error_code error;
  asio::read(server_, asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::eof);
}

/// A connection that breaks when something is read or written for the first time.
class BrokenStream final : public ByteStream {
 public:
  enum class Where { kReading, kWriting };
  BrokenStream(Where where, Socket socket)
      : where_(where), context_(socket.get_executor()), stream_(std::move(socket)) {}

  void read_some(asio::mutable_buffer into, OnDone on_done) override {
    if (where_ == Where::kReading) return refuse(std::move(on_done));
    stream_.read_some(into, std::move(on_done));
  }
  void write(asio::const_buffer bytes, OnDone on_done) override {
    if (where_ == Where::kWriting) return refuse(std::move(on_done));
    stream_.write(bytes, std::move(on_done));
  }
  void cancel_reading() override { stream_.cancel_reading(); }
  void cancel_writing() override { stream_.cancel_writing(); }
  void end_writing() override { stream_.end_writing(); }
  const char* name() const override { return "The stream"; }

 private:
  void refuse(OnDone on_done) {
    asio::post(context_,
               [on_done = std::move(on_done)] { on_done(asio::error::connection_reset, 0); });
  }

  Where where_;
  asio::any_io_executor context_;
  SocketStream stream_;
};

class BrokenRelayTest : public ::testing::TestWithParam<BrokenStream::Where> {};

TEST_P(BrokenRelayTest, AServerThatCannotBeTalkedToIsLost) {
  asio::io_context context;
  Socket editor(context), server(context), to_editor(context), to_server(context);
  asio::local::connect_pair(editor, to_editor);
  asio::local::connect_pair(server, to_server);
  // It has spoken already: what it says is on its way when reading fails.
  asio::write(editor, asio::buffer("question", 8));
  Relay relay(context, std::make_unique<SocketStream>(std::move(to_editor)),
              std::make_unique<BrokenStream>(GetParam(), std::move(to_server)), 100ms);
  relay.start();
  context.run_for(1min);
  EXPECT_TRUE(context.stopped());
  EXPECT_TRUE(relay.has_lost_server());
}

INSTANTIATE_TEST_SUITE_P(Sides, BrokenRelayTest,
                         testing::Values(BrokenStream::Where::kReading,
                                         BrokenStream::Where::kWriting));

}  // namespace
}  // namespace nextline::server
