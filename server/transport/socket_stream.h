#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "server/transport/byte_stream.h"

namespace nextline::server {

/// A connected socket, TCP's or a local one. Closed on destruction.
class SocketStream final : public ByteStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  explicit SocketStream(Socket socket);

  void read_some(boost::asio::mutable_buffer into, OnDone on_done) override;
  void write(boost::asio::const_buffer bytes, OnDone on_done) override;
  void cancel_reading() override;
  void cancel_writing() override;
  void end_writing() override;
  const char* name() const override { return "The connection"; }

 private:
  Socket socket_;
  boost::asio::cancellation_signal stop_reading_;
  boost::asio::cancellation_signal stop_writing_;
};

}  // namespace nextline::server
