#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <functional>
#include <memory>
#include <string>

#include "server/transport/message_carrier.h"

namespace nextline::server {

/// Messages as text frames of a WebSocket, one JSON text each, without compression. A client that
/// does not answer pings is gone.
class WebSocketCarrier final : public MessageCarrier,
                               public std::enable_shared_from_this<WebSocketCarrier> {
 public:
  using Request =
      boost::beast::http::request<boost::beast::http::empty_body, boost::beast::http::fields>;

  explicit WebSocketCarrier(boost::beast::tcp_stream stream);

  /// Answers the request that asks for the WebSocket. Comes before all else; not called back where
  /// that fails.
  void accept(const Request& request, std::function<void()> on_accepted);

  void read(OnArrival on_arrival) override;
  void write(const std::string& content, OnWritten on_written) override;
  void limit_messages(std::size_t bytes) override { socket_.read_message_max(bytes); }
  /// Closing stops it.
  void stop_reading() override {}
  void end() override { close(boost::beast::websocket::close_code::normal); }
  void abort() override;

 private:
  void close(boost::beast::websocket::close_code why);
  Arrival taken(const boost::system::error_code& error);

  boost::beast::websocket::stream<boost::beast::tcp_stream> socket_;
  boost::beast::flat_buffer buffer_;
  bool is_closing_ = false;
};

}  // namespace nextline::server
