#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>

namespace nextline::server {

/// Bytes from and to the other side, whatever carries them.
///
/// One read and one write may be on their way at a time. Their handlers are called on the thread of
/// the io_context, later than the call, and keep alive what they hold until then.
class ByteStream {
 public:
  using OnDone = std::function<void(const boost::system::error_code&, std::size_t)>;

  virtual ~ByteStream() = default;

  /// Reads what there is, a byte at the least. asio::error::eof: the other side says no more.
  virtual void read_some(boost::asio::mutable_buffer into, OnDone on_done) = 0;
  /// Writes all of it.
  virtual void write(boost::asio::const_buffer bytes, OnDone on_done) = 0;

  /// What is on its way ends with asio::error::operation_aborted.
  virtual void cancel_reading() = 0;
  virtual void cancel_writing() = 0;

  /// Tells the other side that nothing more will come. It may still speak.
  virtual void end_writing() = 0;

  /// What the log calls it, as the beginning of a sentence.
  virtual const char* name() const = 0;
};

}  // namespace nextline::server
