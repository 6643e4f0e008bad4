#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "lsp/protocol/framing.h"
#include "server/transport/byte_stream.h"
#include "server/transport/message_carrier.h"

namespace nextline::server {

/// Messages in a stream of bytes, framed as in the base protocol of LSP.
class FramedCarrier final : public MessageCarrier {
 public:
  explicit FramedCarrier(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  void read(OnArrival on_arrival) override;
  void write(const std::string& content, OnWritten on_written) override;
  void limit_messages(std::size_t bytes) override { reader_.limit_messages(bytes); }
  void stop_reading() override { stream_->cancel_reading(); }
  void end() override { stream_->end_writing(); }
  void abort() override;

 private:
  /// What has come with the last bytes.
  Arrival taken(const boost::system::error_code& error, std::size_t size);
  /// The same, or the end where there is no memory for it.
  Arrival taken_if_possible(const boost::system::error_code& error, std::size_t size);

  std::unique_ptr<ByteStream> stream_;
  lsp::MessageReader reader_;
  std::array<char, std::size_t{64} << 10> chunk_;
  std::string being_written_;
};

}  // namespace nextline::server
