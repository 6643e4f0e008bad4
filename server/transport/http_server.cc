#include "server/transport/http_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <utility>

#include "server/transport/web_socket_carrier.h"

namespace nextline::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::uint32_t kLongestHeader = 8U << 10;
/// So many are told at a time that all seats are taken.
constexpr std::size_t kDoorstep = 32;
/// How long the end of a connection is awaited that has been answered.
constexpr std::chrono::seconds kLinger{1};

bool is_spelled_wrong(const error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

HttpResponse sentence_about(const error_code& error) {
  if (error == http::error::header_limit) {
    return http_sentence(http::status::request_header_fields_too_large,
                         "The header of the request is too long.");
  }
  return http_sentence(http::status::bad_request, "This is no request that is understood.");
}

}  // namespace

/// Lives as long as something is on its way.
class HttpServer::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(HttpServer& server, boost::asio::ip::tcp::socket socket,
             std::optional<Seats::Seat> seat, std::optional<Seats::Seat> doorstep)
      : server_(&server),
        site_(server.site_),
        stream_(std::move(socket)),
        seat_(std::move(seat)),
        doorstep_(std::move(doorstep)) {
    parser_.header_limit(kLongestHeader);
  }

  void start(std::chrono::milliseconds patience) {
    stream_.expires_after(patience);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](const error_code& error, std::size_t /*size*/) {
                       self->take(error);
                     });
  }

  void drop() {
    server_ = nullptr;
    stream_.close();
  }

 private:
  void take(const error_code& error) {
    if (server_ == nullptr) return;
    if (is_spelled_wrong(error)) return answer(sentence_about(error), false);
    if (error) return;  // Gone, or too slow.
    if (!seat_) {
      return answer(http_sentence(http::status::service_unavailable,
                                  "As many are served as may be; try again later."),
                    false);
    }
    const HttpRequest& request = parser_.get();
    error_code ignored;
    const auto connected_at = stream_.socket().local_endpoint(ignored).address();
    auto response = answer_to(request, connected_at, *site_);
    if (response) return answer(std::move(*response), request.method() == http::verb::head);
    become_web_socket(request);
  }

  void become_web_socket(const HttpRequest& request) {
    auto carrier = std::make_shared<WebSocketCarrier>(std::move(stream_));
    carrier->accept(request, [self = shared_from_this(), carrier] {
      if (self->server_ == nullptr) return;
      self->server_->on_web_socket_(std::make_shared<MessageChannel>(
          self->server_->context_, carrier, self->server_->limits_, std::move(self->seat_)));
    });
  }

  void answer(HttpResponse response, bool header_only) {
    response_ = std::move(response);
    serializer_.emplace(response_);
    serializer_->split(header_only);
    const auto written = [self = shared_from_this()](const error_code& error,
                                                     std::size_t /*size*/) {
      if (!error) self->linger();
    };
    if (header_only) {
      http::async_write_header(stream_, *serializer_, written);
    } else {
      http::async_write(stream_, *serializer_, written);
    }
  }

  /// Waits for the other side to close, a moment at most. To close with something unread would take
  /// the answer away from it.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    discard();
  }

  void discard() {
    stream_.async_read_some(
        boost::asio::buffer(discarded_),
        [self = shared_from_this()](const error_code& error, std::size_t /*size*/) {
          if (!error) self->discard();
        });
  }

  HttpServer* server_;  // Null once that closes.
  std::shared_ptr<const HttpSite> site_;
  beast::tcp_stream stream_;
  std::optional<Seats::Seat> seat_;
  std::optional<Seats::Seat> doorstep_;
  beast::flat_buffer buffer_{kLongestHeader};
  http::request_parser<http::empty_body> parser_;
  HttpResponse response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::array<char, 1024> discarded_;
};

HttpServer::HttpServer(boost::asio::io_context& context, HttpSite site, TransportLimits limits,
                       OnWebSocket on_web_socket)
    : context_(context),
      site_(std::make_shared<const HttpSite>(std::move(site))),
      limits_(limits),
      on_web_socket_(std::move(on_web_socket)),
      doorstep_(kDoorstep) {}

void HttpServer::receive(boost::asio::ip::tcp::socket socket, std::optional<Seats::Seat> seat) {
  std::optional<Seats::Seat> doorstep;
  if (!seat) {
    doorstep = doorstep_.take();
    if (!doorstep) return;
  }
  std::erase_if(connections_, [](const auto& connection) { return connection.expired(); });
  const auto connection =
      std::make_shared<Connection>(*this, std::move(socket), std::move(seat), std::move(doorstep));
  connections_.push_back(connection);
  connection->start(limits_.hello);
}

void HttpServer::close() {
  for (const auto& waiting : std::exchange(connections_, {})) {
    if (const auto connection = waiting.lock()) connection->drop();
  }
}

}  // namespace nextline::server
