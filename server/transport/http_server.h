#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "server/transport/http_answer.h"
#include "server/transport/message_channel.h"
#include "server/transport/seats.h"
#include "server/transport/transport_limits.h"

namespace nextline::server {

/// Answers HTTP requests, one per connection, and hands on those who come for the WebSocket.
/// Belongs to the thread of the io_context.
class HttpServer {
 public:
  /// A channel that has not been started.
  using OnWebSocket = std::function<void(std::shared_ptr<MessageChannel>)>;

  HttpServer(boost::asio::io_context& context, HttpSite site, TransportLimits limits,
             OnWebSocket on_web_socket);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() { close(); }

  /// Serves one who has connected. Without a seat, he is told that all are taken.
  void receive(boost::asio::ip::tcp::socket socket, std::optional<Seats::Seat> seat);

  /// Drops who has not been answered yet.
  void close();

 private:
  class Connection;

  boost::asio::io_context& context_;
  std::shared_ptr<const HttpSite> site_;
  TransportLimits limits_;
  OnWebSocket on_web_socket_;
  Seats doorstep_;  // For those that are told that all seats are taken.
  std::vector<std::weak_ptr<Connection>> connections_;
};

}  // namespace nextline::server
