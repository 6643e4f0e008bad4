#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "server/transport/attachment.h"
#include "server/transport/message_channel.h"
#include "server/transport/transport_limits.h"

namespace nextline::server {

/// Lets clients in that have said something in time, and what is asked for where a token is. Who
/// has said nothing yet costs a socket and a timer, nothing of the engine.
///
/// Belongs to the thread of the io_context.
class Doorkeeper {
 public:
  /// A client that has been let in. Whoever takes it calls `hand_over`, and then takes the message.
  struct Guest {
    std::shared_ptr<MessageChannel> channel;
    std::optional<Attachment> attachment;              ///< What it attached with, if it did.
    std::optional<lsp::MessageReader::Outcome> first;  ///< Its first message, if that was another.
  };
  using OnGuest = std::function<void(Guest)>;

  Doorkeeper(boost::asio::io_context& context, TransportLimits limits, std::string version,
             OnGuest on_guest);
  Doorkeeper(const Doorkeeper&) = delete;
  Doorkeeper& operator=(const Doorkeeper&) = delete;
  ~Doorkeeper();

  /// Takes a channel that has not been started. With a token, the client must attach with it.
  void receive(std::shared_ptr<MessageChannel> channel, std::optional<std::string> token);

  /// Whether somebody has come who has not been let in yet.
  bool is_waited_at() const { return !waiting_.empty(); }

  /// Turns away everybody who waits.
  void close();

 private:
  struct Waiting;

  void take(Waiting& waiting, const lsp::MessageReader::Outcome& content);
  void attach(Waiting& waiting, const lsp::RequestId* request, const boost::json::value& params);
  void let_in(Waiting& waiting, std::optional<Attachment> attachment,
              std::optional<lsp::MessageReader::Outcome> first);
  void refuse(Waiting& waiting, const lsp::Response& why);
  /// Forgets one who waited.
  std::shared_ptr<MessageChannel> release(Waiting& waiting);

  boost::asio::io_context& context_;
  TransportLimits limits_;
  Attachment own_;
  OnGuest on_guest_;
  std::unordered_map<Waiting*, std::unique_ptr<Waiting>> waiting_;
};

}  // namespace nextline::server
