#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "server/transport/message_carrier.h"
#include "server/transport/seats.h"
#include "server/transport/transport_limits.h"

namespace nextline::server {

/// The conversation with one client: hands on what it says, queues what it is told, and ends once.
///
/// Belongs to the thread of the io_context. Lives until what it is doing there has ended, so that
/// whoever holds it may close it and let it go; what was sent before is still written.
class MessageChannel : public std::enable_shared_from_this<MessageChannel> {
 public:
  using OnMessage = std::function<void(const lsp::MessageReader::Outcome&)>;
  /// Called once, when nothing more will come, or go: the client has closed a side, sent what is no
  /// message, or does not read. A sentence says why, if the client has not just closed its side.
  using OnEnd = std::function<void(const std::string& why)>;

  /// The seat, if there is one, is given back when the channel has ended.
  MessageChannel(boost::asio::io_context& context, std::shared_ptr<MessageCarrier> carrier,
                 TransportLimits limits = {}, std::optional<Seats::Seat> seat = std::nullopt);
  MessageChannel(const MessageChannel&) = delete;
  MessageChannel& operator=(const MessageChannel&) = delete;

  /// Begins to read.
  void start(OnMessage on_message, OnEnd on_end);
  /// Who is to hear of the client from now on. May be called from within either function.
  void hand_over(OnMessage on_message, OnEnd on_end);
  /// Messages may be as long as the limits say, no longer only as long as a first one.
  void let_in() { carrier_->limit_messages(limits_.message); }

  /// Queues a message. Without effect once the client reads no more: when it has closed its side,
  /// or has left more unread than the limit.
  void send(const lsp::Message& message);

  /// Ends as if the client had gone, and says why. Without effect once that has been told.
  void give_up(const std::string& why);

  /// Reads nothing more, and ends when everything is sent, or a moment later if the client does not
  /// read it. Nobody is told of it.
  void close();

 private:
  void read();
  void take(const MessageCarrier::Arrival& arrival);
  void end(const std::string& why);
  void write();
  void stop_writing(const std::string& why);

  TransportLimits limits_;
  std::optional<Seats::Seat> seat_;
  std::shared_ptr<MessageCarrier> carrier_;  // Shared with what it has on its way.
  boost::asio::steady_timer patience_;       // With a client that does not read the last messages.

  OnMessage on_message_;
  OnEnd on_end_;
  bool reading_ = false;

  std::deque<std::string> unsent_;  // The first one is being written.
  std::size_t unsent_bytes_ = 0;
  bool client_reads_ = true;
};

}  // namespace nextline::server
