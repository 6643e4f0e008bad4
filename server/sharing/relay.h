#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "lsp/protocol/framing.h"
#include "server/transport/byte_stream.h"

namespace nextline::server {

/// Carries bytes from one stream to the other, as they come and as fast as they are taken. Both
/// must outlive what is on its way.
class BytePump {
 public:
  /// Called once: with the error of the side that ended, eof included, or of having been stopped.
  using OnEnd = std::function<void(const boost::system::error_code&, bool while_reading)>;
  using Observe = std::function<void(std::string_view)>;

  BytePump(ByteStream& from, ByteStream& to, Observe observe, OnEnd on_end)
      : from_(from), to_(to), observe_(std::move(observe)), on_end_(std::move(on_end)) {}

  void start();
  /// Reads no more. What has been read is written.
  void stop();

 private:
  ByteStream& from_;
  ByteStream& to_;
  Observe observe_;
  OnEnd on_end_;
  std::array<char, std::size_t{64} << 10> chunk_;
  bool is_stopped_ = false;
};

/// Follows what a client says as far as to know how it ends.
class Farewell {
 public:
  void observe(std::string_view bytes);

  bool has_shut_down() const { return has_shut_down_; }
  bool has_exited() const { return has_exited_; }

 private:
  /// `shutdown` and `exit` are short; what is longer is passed over.
  lsp::MessageReader reader_{{.message = 512}};
  bool has_shut_down_ = false;
  bool has_exited_ = false;
};

/// Has an editor served by a server elsewhere: what either says is carried to the other, until one
/// of them ends. The io_context has nothing more to do then. A server that does not end though its
/// editor has is left after `patience`.
class Relay {
 public:
  Relay(boost::asio::io_context& context, std::unique_ptr<ByteStream> editor,
        std::unique_ptr<ByteStream> server,
        std::chrono::milliseconds patience = std::chrono::seconds(10));
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void start();

  /// Whether the editor had said `shutdown` before the end.
  bool ended_orderly() const { return farewell_.has_shut_down(); }
  /// Whether it had said `exit`.
  bool has_exited() const { return farewell_.has_exited(); }
  /// Whether the server has gone though the editor wanted more of it.
  bool has_lost_server() const { return has_lost_server_; }

 private:
  void editor_ended(const boost::system::error_code& error, bool while_reading);
  void server_ended(const boost::system::error_code& error, bool while_reading);
  void wait_for_the_servers_end();

  std::unique_ptr<ByteStream> editor_;
  std::unique_ptr<ByteStream> server_;
  Farewell farewell_;
  BytePump to_server_;
  BytePump to_editor_;
  std::chrono::milliseconds patience_;
  boost::asio::steady_timer patience_timer_;
  bool editor_has_ended_ = false;
  bool server_has_ended_ = false;
  bool has_lost_server_ = false;
};

}  // namespace nextline::server
