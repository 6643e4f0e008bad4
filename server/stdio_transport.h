#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"

namespace nextline::server {

/// Carries LSP messages over standard input and standard output.
///
/// Runs on the thread of its io_context, and gives that nothing more to do once it has ended: when
/// the client has closed its side, or `close` was called and what was to be sent is sent.
class StdioTransport {
 public:
  using OnMessage = std::function<void(const lsp::MessageReader::Outcome&)>;
  /// Called when nothing more will come, or go: the client has closed a side or sent what is no
  /// message.
  using OnEnd = std::function<void()>;

  /// Whether both standard streams are open.
  static bool is_possible();

  explicit StdioTransport(boost::asio::io_context& context);
  StdioTransport(const StdioTransport&) = delete;
  StdioTransport& operator=(const StdioTransport&) = delete;
  /// Leaves the standard streams open and as they were.
  ~StdioTransport();

  /// Begins to read.
  void start(OnMessage on_message, OnEnd on_end);

  /// Queues a message. Without effect once the client reads no more: when it has closed its side,
  /// or has left more than `kMaxUnread` bytes unread.
  void send(const lsp::Message& message);

  /// Reads nothing more, and ends when everything is sent, or a moment later if the client does not
  /// read it.
  void close();

 private:
  /// Far more than a client that reads at all can leave.
  static constexpr std::size_t kMaxUnread = std::size_t{16} << 20;

  void read();
  /// Hands on what is complete.
  void deliver();
  void end();
  void write();
  void stop_writing();

  int input_flags_;
  int output_flags_;
  boost::asio::posix::stream_descriptor input_;
  boost::asio::posix::stream_descriptor output_;
  boost::asio::steady_timer patience_;  // With a client that does not read the last messages.

  OnMessage on_message_;
  OnEnd on_end_;
  lsp::MessageReader reader_;
  std::array<char, std::size_t{64} << 10> chunk_;
  bool reading_ = false;

  std::deque<std::string> unsent_;  // The first one is being written.
  std::size_t unsent_bytes_ = 0;
  bool client_reads_ = true;
};

}  // namespace nextline::server
