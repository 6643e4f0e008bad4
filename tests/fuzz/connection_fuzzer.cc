// Whole connections of strangers, over a socket as in the server: what is said by HTTP, in frames
// of a WebSocket and in framed messages, until somebody is let in. (transport_fuzzer has the fields
// that are looked at, one by one.)

#include <spdlog/spdlog.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "server/transport/doorkeeper.h"
#include "server/transport/framed_carrier.h"
#include "server/transport/http_server.h"
#include "server/transport/message_channel.h"
#include "server/transport/socket_stream.h"

namespace {

using namespace nextline::server;
namespace asio = boost::asio;
namespace lsp = nextline::lsp;
using asio::ip::tcp;
using boost::system::error_code;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr const char* kToken = "0123456789abcdef";
/// What makes a WebSocket of a connection, so that the input is its frames.
constexpr std::string_view kUpgrade =
    "GET /lsp HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

enum class Way : std::uint8_t { kHttp, kHttpWithToken, kFramed, kFramedWithToken, kWebSocket };
constexpr std::size_t kWays = 5;

/// While it lives the fuzzer's timer waits: it would interrupt a call that blocks.
class Uninterrupted {
 public:
  Uninterrupted() {
    sigset_t timer;
    sigemptyset(&timer);
    sigaddset(&timer, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &timer, &before_);
  }
  ~Uninterrupted() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;

 private:
  sigset_t before_;
};

/// The server's side: who comes in is heard to the end.
class Server {
 public:
  Server(asio::io_context& context, Way way)
      : context_(context),
        way_(way),
        doorkeeper_(context, limits(), "1", [this](Doorkeeper::Guest guest) { let_in(guest); }),
        http_(context,
              {[] { return "page"; }, [] { return "{}"; }, {}, token_of_site(), "127.0.0.1"},
              limits(), [this](std::shared_ptr<MessageChannel> channel) {
                has_web_socket_ = true;
                doorkeeper_.receive(std::move(channel), token_of_messages());
              }) {}

  void receive(tcp::socket socket) {
    if (way_ != Way::kFramed && way_ != Way::kFramedWithToken) {
      return http_.receive(std::move(socket), seats_.take());
    }
    auto carrier =
        std::make_shared<FramedCarrier>(std::make_unique<SocketStream>(std::move(socket)));
    doorkeeper_.receive(
        std::make_shared<MessageChannel>(context_, std::move(carrier), limits(), seats_.take()),
        token_of_messages());
  }

  void close() {
    http_.close();
    doorkeeper_.close();
    if (guest_) guest_->close();
    guest_.reset();
  }
  bool has_web_socket() const { return has_web_socket_; }

 private:
  static TransportLimits limits() {
    return {.message = 4096, .first_message = 1024, .unread = 65536};
  }
  std::optional<std::string> token_of_site() const {
    return way_ == Way::kHttpWithToken ? std::optional<std::string>(kToken) : std::nullopt;
  }
  std::optional<std::string> token_of_messages() const {
    return way_ == Way::kFramedWithToken || way_ == Way::kWebSocket
               ? std::optional<std::string>(kToken)
               : std::nullopt;
  }

  /// Nobody comes in without the token where one is asked for. What he says is said back, so that
  /// there is something to write.
  void let_in(const Doorkeeper::Guest& guest) {
    require(guest_ == nullptr);
    require(guest.attachment.has_value() != guest.first.has_value());
    if (token_of_messages()) require(guest.attachment && guest.attachment->token == kToken);
    guest_ = guest.channel;
    guest_->hand_over([this](const lsp::MessageReader::Outcome& content) { answer(content); },
                      [this](const std::string& /*why*/) {
                        if (const auto channel = std::exchange(guest_, nullptr)) channel->close();
                      });
    if (guest.first) answer(*guest.first);
  }
  void answer(const lsp::MessageReader::Outcome& content) {
    if (!content || !guest_) return;
    if (const auto message = lsp::parse_message(*content)) guest_->send(*message);
  }

  asio::io_context& context_;
  const Way way_;
  Seats seats_{1};
  Doorkeeper doorkeeper_;
  HttpServer http_;
  std::shared_ptr<MessageChannel> guest_;
  bool has_web_socket_ = false;
};

/// The stranger: says all he has to say, closes his side, and listens to the end.
class Stranger {
 public:
  Stranger(asio::io_context& context, const tcp::endpoint& server) : socket_(context) {
    socket_.connect(server);
    // Nothing lingers in the system, where a fuzzer would soon use up its ports.
    socket_.set_option(asio::socket_base::linger(true, 0));
  }

  void say(std::string text, std::size_t chunk) {
    text_ = std::move(text);
    chunk_ = chunk;
    say_more();
    listen();
  }
  const std::string& heard() const { return heard_; }

 private:
  void say_more() {
    const std::size_t size = std::min(chunk_, text_.size() - said_);
    if (size == 0) {
      error_code ignored;
      socket_.shutdown(asio::socket_base::shutdown_send, ignored);
      return;
    }
    asio::async_write(socket_, asio::buffer(text_.data() + said_, size),
                      [this](const error_code& error, std::size_t written) {
                        said_ += written;
                        if (!error) say_more();
                      });
  }
  void listen() {
    asio::async_read(socket_, asio::dynamic_buffer(heard_),
                     [this](const error_code& /*end*/, std::size_t /*size*/) {
                       error_code ignored;
                       socket_.close(ignored);
                     });
  }

  tcp::socket socket_;
  std::string text_;
  std::size_t chunk_ = 0;
  std::size_t said_ = 0;
  std::string heard_;
};

/// Whole messages come back over a stream.
void require_messages(std::string_view heard) {
  lsp::MessageReader reader;
  reader.feed(heard);
  while (const auto content = reader.next()) {
    require(content->has_value());
    const auto message = lsp::parse_message(**content);
    require(message || message.error().id == lsp::RequestId());
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argument_count*/, char*** /*arguments*/) {
  spdlog::set_level(spdlog::level::off);
  return 0;
}

// The first byte chooses the way in and the length of the chunks that the rest comes in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Way way = static_cast<Way>(data[0] % kWays);
  const std::size_t chunk = data[0] / kWays * 8 + 1;
  std::string said(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (way == Way::kWebSocket) said.insert(0, kUpgrade);

  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  Server server(context, way);
  std::optional<Stranger> stranger;
  {
    const Uninterrupted here;
    stranger.emplace(context, acceptor.local_endpoint());
    server.receive(acceptor.accept());
  }
  stranger->say(said, chunk);
  context.run();
  server.close();
  context.restart();
  context.run();

  if (way == Way::kFramed || way == Way::kFramedWithToken) {
    require_messages(stranger->heard());
  } else {
    require(stranger->heard().empty() || stranger->heard().starts_with("HTTP/1.1 "));
    require(server.has_web_socket() == stranger->heard().starts_with("HTTP/1.1 101 "));
  }
  // The token stands in the request as it is or with escapes.
  const bool may_have_token =
      said.find(kToken) != std::string::npos || said.find('%') != std::string::npos;
  if (way == Way::kHttpWithToken) require(!server.has_web_socket() || may_have_token);
  return 0;
}
