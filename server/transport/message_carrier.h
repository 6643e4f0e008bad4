#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lsp/protocol/framing.h"

namespace nextline::server {

/// Brings single messages from and to one client: framed in a stream of bytes, or as frames of a
/// WebSocket. `MessageChannel` puts them in order.
///
/// One read and one write may be on their way at a time. Their handlers are called on the thread of
/// the io_context, later than the call, and keep alive what they hold until then.
class MessageCarrier {
 public:
  struct Arrival {
    std::vector<lsp::MessageReader::Outcome> messages;
    /// Nothing more will come: a sentence that says why, or "" where the client has closed its side
    /// or the last of the messages says it.
    std::optional<std::string> end = std::nullopt;
  };
  using OnArrival = std::function<void(Arrival)>;
  using OnWritten = std::function<void(const boost::system::error_code&)>;

  virtual ~MessageCarrier() = default;

  virtual void read(OnArrival on_arrival) = 0;
  /// The content of a message; it must stay until it is written.
  virtual void write(const std::string& content, OnWritten on_written) = 0;

  /// Longer messages are not taken from now on.
  virtual void limit_messages(std::size_t bytes) = 0;

  /// Gives up what is being read. Its handler may still be called.
  virtual void stop_reading() = 0;
  /// Ends what is left, once all is written: a WebSocket says farewell.
  virtual void end() = 0;
  /// Gives up everything at once.
  virtual void abort() = 0;
};

}  // namespace nextline::server
