#include "server/stdio_transport.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string_view>
#include <utility>

namespace nextline::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds kPatience{2};

}  // namespace

bool StdioTransport::is_possible() {
  return ::fcntl(STDIN_FILENO, F_GETFL) != -1 && ::fcntl(STDOUT_FILENO, F_GETFL) != -1;
}

StdioTransport::StdioTransport(asio::io_context& context)
    : input_flags_(::fcntl(STDIN_FILENO, F_GETFL)),
      output_flags_(::fcntl(STDOUT_FILENO, F_GETFL)),
      input_(context, STDIN_FILENO),
      output_(context, STDOUT_FILENO),
      patience_(context) {}

StdioTransport::~StdioTransport() {
  input_.release();
  output_.release();
  // Whoever else has these files open, a shell for example, does not expect them not to block.
  ::fcntl(STDIN_FILENO, F_SETFL, input_flags_);
  ::fcntl(STDOUT_FILENO, F_SETFL, output_flags_);
}

void StdioTransport::start(OnMessage on_message, OnEnd on_end) {
  on_message_ = std::move(on_message);
  on_end_ = std::move(on_end);
  reading_ = true;
  read();
}

void StdioTransport::send(const lsp::Message& message) {
  if (!client_reads_) return;
  unsent_.push_back(lsp::framed(lsp::serialize_message(message)));
  unsent_bytes_ += unsent_.back().size();
  if (unsent_bytes_ > kMaxUnread) {
    spdlog::error("The client does not read what it is sent.");
    return stop_writing();
  }
  if (unsent_.size() == 1) write();
}

void StdioTransport::close() {
  reading_ = false;
  input_.cancel();
  if (unsent_.empty()) return;
  patience_.expires_after(kPatience);
  patience_.async_wait([this](const error_code& error) {
    if (!error) stop_writing();
  });
}

void StdioTransport::read() {
  input_.async_read_some(asio::buffer(chunk_), [this](const error_code& error, std::size_t size) {
    if (!reading_) return;
    reader_.feed(std::string_view(chunk_.data(), size));
    deliver();
    if (!reading_) return;
    if (!error) return read();
    if (error != asio::error::eof) spdlog::error("Standard input: {}.", error.message());
    const auto cut_off = reader_.end_of_stream();
    if (cut_off) spdlog::error("{}", cut_off->error.message);
    end();
  });
}

void StdioTransport::deliver() {
  while (const auto outcome = reader_.next()) {
    on_message_(*outcome);
    if (!reading_) return;
    if (!*outcome && !outcome->error().stream_goes_on) return end();
  }
}

void StdioTransport::end() {
  close();
  on_end_();
}

void StdioTransport::write() {
  asio::async_write(output_, asio::buffer(unsent_.front()),
                    [this](const error_code& error, std::size_t /*size*/) {
                      if (error == asio::error::operation_aborted) return;
                      if (error) {
                        spdlog::error("Standard output: {}.", error.message());
                        return stop_writing();
                      }
                      unsent_bytes_ -= unsent_.front().size();
                      unsent_.pop_front();
                      if (!unsent_.empty()) return write();
                      patience_.cancel();
                    });
}

void StdioTransport::stop_writing() {
  client_reads_ = false;
  output_.cancel();
  if (reading_) end();
  patience_.cancel();
}

}  // namespace nextline::server
