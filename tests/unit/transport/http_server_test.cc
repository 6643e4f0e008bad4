#include "server/transport/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <string>
#include <vector>

#include "server/transport/listener.h"
#include "server/transport/network_address.h"
#include "tests/unit/transport/served_context.h"

namespace nextline::server {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Answers each message of a WebSocket with a notification that holds it.
class EchoServer {
 public:
  EchoServer(asio::io_context& context, TransportLimits limits, std::size_t seats)
      : seats_(seats),
        http_(context, {{}, [] { return "{}"; }, {}, std::nullopt, "127.0.0.1"}, limits,
              [this](std::shared_ptr<MessageChannel> channel) { echo(std::move(channel)); }),
        listener_(std::move(*listen_at(context, {"127.0.0.1", 0})),
                  [this](tcp::socket socket) { http_.receive(std::move(socket), seats_.take()); }) {
  }
  ~EchoServer() {
    for (const auto& channel : channels_) channel->close();
  }

  tcp::endpoint endpoint() const { return listener_.endpoint(); }
  const std::vector<std::string>& ends() const { return ends_; }

 private:
  void echo(std::shared_ptr<MessageChannel> channel) {
    channels_.push_back(channel);
    channel->start(
        [&said = *channel](const auto& message) {
          said.send(lsp::Notification{"echo", boost::json::value(*message)});
        },
        [this](const std::string& why) { ends_.push_back(why); });
    channel->let_in();
  }

  Seats seats_;
  HttpServer http_;
  Listener<tcp> listener_;
  std::vector<std::shared_ptr<MessageChannel>> channels_;
  std::vector<std::string> ends_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void serve(TransportLimits limits = {}, std::size_t seats = 4) {
    context_.on_thread([&] {
      server_ = std::make_unique<EchoServer>(context_.context(), limits, seats);
      endpoint_ = server_->endpoint();
      host_ = spell(endpoint_);
    });
  }
  ~HttpServerTest() override {
    context_.on_thread([this] { server_.reset(); });
  }

  tcp::socket connected() {
    tcp::socket socket(own_context_);
    socket.connect(endpoint_);
    return socket;
  }
  static std::string rest_of(tcp::socket& socket) {
    std::string answer;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    return answer;
  }
  /// All that is answered to these bytes.
  std::string answer_to_bytes(const std::string& bytes) {
    tcp::socket socket = connected();
    asio::write(socket, asio::buffer(bytes));
    return rest_of(socket);
  }

  websocket::stream<tcp::socket> web_socket() {
    websocket::stream<tcp::socket> socket(connected());
    socket.handshake(host_, "/lsp");
    return socket;
  }
  static std::string next(websocket::stream<tcp::socket>& socket) {
    boost::beast::flat_buffer buffer;
    socket.read(buffer);
    return boost::beast::buffers_to_string(buffer.data());
  }
  /// The code with which the server closes.
  static int close_code(websocket::stream<tcp::socket>& socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    while (!error) socket.read(buffer, error);
    return socket.reason().code;
  }

  test::ServedContext context_;
  std::unique_ptr<EchoServer> server_;
  tcp::endpoint endpoint_;
  std::string host_;
  asio::io_context own_context_;
};

TEST_F(HttpServerTest, AnswersARequestAndCloses) {
  serve();
  const std::string answer = answer_to_bytes("GET /health HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n{}"));
}

TEST_F(HttpServerTest, TheAnswerToHeadHasNoBody) {
  serve();
  const std::string answer =
      answer_to_bytes("HEAD /health HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, WhatIsNoRequestIsRefused) {
  serve();
  const std::string host = "Host: " + host_ + "\r\n";
  for (const std::string& bytes :
       {std::string("nonsense\r\n\r\n"), std::string("\x16\x03\x01\x02\r\n\r\n"),
        std::string("Content-Length: 2\r\n\r\n{}"), "GET / HTTP/9\r\n" + host + "\r\n",
        "GET /\x01 HTTP/1.1\r\n" + host + "\r\n",
        "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc",
        "GET / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"}) {
    EXPECT_THAT(answer_to_bytes(bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
}

TEST_F(HttpServerTest, AHeaderHasALimit) {
  serve();
  EXPECT_THAT(answer_to_bytes("GET / HTTP/1.1\r\nHost: " + host_ +
                              "\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, WhoTakesTooLongIsDropped) {
  serve({.hello = std::chrono::milliseconds(20)});
  tcp::socket socket = connected();
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\n")));
  EXPECT_EQ(rest_of(socket), "");
}

TEST_F(HttpServerTest, WhoFindsNoSeatIsTold) {
  serve({}, 1);
  auto first = web_socket();
  EXPECT_THAT(answer_to_bytes("GET /health HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n"),
              StartsWith("HTTP/1.1 503 "));
  first.write(asio::buffer(std::string("{}")));
  EXPECT_THAT(next(first), HasSubstr("{}")) << "Who has a seat keeps it.";
}

TEST_F(HttpServerTest, AWebSocketCarriesMessages) {
  serve();
  auto socket = web_socket();
  for (const std::string& message : {std::string("{\"a\":1}"), std::string(100'000, 'x')}) {
    socket.write(asio::buffer(message));
    const std::string told = next(socket);
    EXPECT_TRUE(socket.got_text());
    EXPECT_EQ(told, lsp::serialize_message(lsp::Notification{"echo", boost::json::value(message)}));
  }
  socket.close(websocket::close_code::normal);
}

TEST_F(HttpServerTest, AWebSocketTakesTextOfLimitedLengthAlone) {
  serve({.message = 1000});
  auto too_long = web_socket();
  too_long.write(asio::buffer(std::string(1001, 'x')));
  EXPECT_EQ(close_code(too_long), websocket::close_code::too_big);

  auto binary = web_socket();
  binary.binary(true);
  binary.write(asio::buffer(std::string("{}")));
  EXPECT_EQ(close_code(binary), websocket::close_code::unknown_data);

  auto no_text = web_socket();
  no_text.write(asio::buffer(std::string("\xff\xfe")));
  EXPECT_EQ(close_code(no_text), websocket::close_code::bad_payload);
}

TEST_F(HttpServerTest, AWebSocketIsNotCompressed) {
  serve();
  const std::string answer = [this] {
    tcp::socket socket = connected();
    asio::write(socket, asio::buffer("GET /lsp HTTP/1.1\r\nHost: " + host_ +
                                     "\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                                     "Sec-WebSocket-Version: 13\r\n"
                                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                     "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"));
    socket.shutdown(tcp::socket::shutdown_send);
    return rest_of(socket);
  }();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("permessage-deflate")));
}

TEST_F(HttpServerTest, WhoHasNotBeenAnsweredIsDroppedAtTheEnd) {
  serve();
  tcp::socket silent = connected();
  answer_to_bytes("GET /health HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n");  // The other one is in.
  context_.on_thread([this] { server_.reset(); });
  EXPECT_EQ(rest_of(silent), "");
}

}  // namespace
}  // namespace nextline::server
