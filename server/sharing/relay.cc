#include "server/sharing/relay.h"

#include <spdlog/spdlog.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>
#include <variant>

#include "lsp/protocol/message.h"

namespace nextline::server {

namespace asio = boost::asio;
using boost::system::error_code;

void BytePump::start() {
  if (is_stopped_) return on_end_(asio::error::operation_aborted, true);
  from_.read_some(asio::buffer(chunk_), [this](const error_code& error, std::size_t size) {
    if (error) return on_end_(error, true);
    observe_(std::string_view(chunk_.data(), size));
    to_.write(asio::buffer(chunk_, size), [this](const error_code& failed, std::size_t /*n*/) {
      if (failed) return on_end_(failed, false);
      start();
    });
  });
}

void BytePump::stop() {
  is_stopped_ = true;  // There may be nothing to cancel now, but later.
  from_.cancel_reading();
}

void Farewell::observe(std::string_view bytes) {
  reader_.feed(bytes);
  while (const auto content = reader_.next()) {
    const auto message = *content ? lsp::parse_message(**content) : tl::unexpected(lsp::Response{});
    if (!message) continue;
    const auto* const request = std::get_if<lsp::Request>(&*message);
    const auto* const notification = std::get_if<lsp::Notification>(&*message);
    has_shut_down_ |= request && request->method == "shutdown";
    has_exited_ |= notification && notification->method == "exit";
  }
}

Relay::Relay(asio::io_context& context, std::unique_ptr<ByteStream> editor,
             std::unique_ptr<ByteStream> server, std::chrono::milliseconds patience)
    : editor_(std::move(editor)),
      server_(std::move(server)),
      to_server_(
          *editor_, *server_, [this](std::string_view bytes) { farewell_.observe(bytes); },
          [this](const error_code& error, bool reading) { editor_ended(error, reading); }),
      to_editor_(
          *server_, *editor_, [](std::string_view) {},
          [this](const error_code& error, bool reading) { server_ended(error, reading); }),
      patience_(patience),
      patience_timer_(context) {}

void Relay::start() {
  to_server_.start();
  to_editor_.start();
}

void Relay::editor_ended(const error_code& error, bool while_reading) {
  editor_has_ended_ |= while_reading;
  if (server_has_ended_) return;
  if (!while_reading) spdlog::debug("The connection: {}.", error.message());
  // What the server has still to say is carried on; then it closes, too.
  server_->end_writing();
  wait_for_the_servers_end();
}

void Relay::wait_for_the_servers_end() {
  patience_timer_.expires_after(patience_);
  patience_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    spdlog::warn("The server does not end the connection, and is left.");
    to_editor_.stop();
  });
}

void Relay::server_ended(const error_code& error, bool while_reading) {
  if (while_reading) {
    if (error != asio::error::eof) spdlog::debug("The connection: {}.", error.message());
    has_lost_server_ = !editor_has_ended_ && !farewell_.has_exited();
  } else {
    spdlog::error("Standard output: {}.", error.message());
  }
  server_has_ended_ = true;
  patience_timer_.cancel();
  to_server_.stop();
  server_->cancel_writing();
  server_->end_writing();
}

}  // namespace nextline::server
