#include "server/transport/web_socket_carrier.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/error.hpp>
#include <chrono>
#include <utility>

namespace nextline::server {
namespace {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

/// What is kept of a buffer between messages.
constexpr std::size_t kKeptBuffer = std::size_t{64} << 10;

/// `handshake`: how long the other side may take to open, and to say farewell.
websocket::stream_base::timeout timeouts(std::chrono::seconds handshake) {
  websocket::stream_base::timeout times{};
  times.handshake_timeout = handshake;
  times.idle_timeout = std::chrono::seconds(60);
  times.keep_alive_pings = true;  // After half of it.
  return times;
}

}  // namespace

WebSocketCarrier::WebSocketCarrier(boost::beast::tcp_stream stream) : socket_(std::move(stream)) {
  boost::beast::get_lowest_layer(socket_).expires_never();  // It has times of its own.
  socket_.set_option(timeouts(std::chrono::seconds(10)));
  socket_.text(true);
}

void WebSocketCarrier::accept(const Request& request, std::function<void()> on_accepted) {
  socket_.async_accept(request, [self = shared_from_this(),
                                 on_accepted = std::move(on_accepted)](const error_code& error) {
    if (!error) on_accepted();
  });
}

void WebSocketCarrier::read(OnArrival on_arrival) {
  socket_.async_read(
      buffer_, [this, on_arrival = std::move(on_arrival)](
                   const error_code& error, std::size_t /*size*/) { on_arrival(taken(error)); });
}

MessageCarrier::Arrival WebSocketCarrier::taken(const error_code& error) {
  if (error == websocket::error::closed || error == boost::asio::error::eof) return {{}, ""};
  if (error) return {{}, fmt::format("The WebSocket: {}.", error.message())};
  if (!socket_.got_text()) {
    close(websocket::close_code::unknown_data);
    return {{}, "The WebSocket: messages must be text."};
  }
  Arrival arrival;
  arrival.messages.emplace_back(boost::beast::buffers_to_string(buffer_.data()));
  buffer_.clear();
  if (buffer_.capacity() > kKeptBuffer) buffer_.shrink_to_fit();
  return arrival;
}

void WebSocketCarrier::write(const std::string& content, OnWritten on_written) {
  socket_.async_write(boost::asio::buffer(content),
                      [on_written = std::move(on_written)](
                          const error_code& error, std::size_t /*size*/) { on_written(error); });
}

void WebSocketCarrier::close(websocket::close_code why) {
  if (std::exchange(is_closing_, true)) return;
  if (!socket_.is_open()) return abort();  // The other side has ended it.
  socket_.set_option(timeouts(std::chrono::seconds(2)));
  socket_.async_close(why, [self = shared_from_this()](const error_code& /*error*/) {});
}

void WebSocketCarrier::abort() { boost::beast::get_lowest_layer(socket_).close(); }

}  // namespace nextline::server
