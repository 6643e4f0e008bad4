#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "server/transport/byte_stream.h"

namespace nextline::server {

/// Standard input and standard output.
class StandardStreams final : public ByteStream {
 public:
  /// Whether both are open.
  static bool are_open();

  explicit StandardStreams(boost::asio::io_context& context);
  StandardStreams(const StandardStreams&) = delete;
  StandardStreams& operator=(const StandardStreams&) = delete;
  /// Leaves the standard streams open and as they were.
  ~StandardStreams() override;

  void read_some(boost::asio::mutable_buffer into, OnDone on_done) override;
  void write(boost::asio::const_buffer bytes, OnDone on_done) override;
  void cancel_reading() override { input_.cancel(); }
  void cancel_writing() override { output_.cancel(); }
  /// Whoever else has standard output open may still write there, so that nothing is told.
  void end_writing() override {}
  const char* name() const override { return "The standard streams"; }

 private:
  int input_flags_;
  int output_flags_;
  boost::asio::posix::stream_descriptor input_;
  boost::asio::posix::stream_descriptor output_;
};

}  // namespace nextline::server
