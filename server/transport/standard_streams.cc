#include "server/transport/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <utility>

namespace nextline::server {

bool StandardStreams::are_open() {
  return ::fcntl(STDIN_FILENO, F_GETFL) != -1 && ::fcntl(STDOUT_FILENO, F_GETFL) != -1;
}

StandardStreams::StandardStreams(boost::asio::io_context& context)
    : input_flags_(::fcntl(STDIN_FILENO, F_GETFL)),
      output_flags_(::fcntl(STDOUT_FILENO, F_GETFL)),
      input_(context, STDIN_FILENO),
      output_(context, STDOUT_FILENO) {}

StandardStreams::~StandardStreams() {
  input_.release();
  output_.release();
  // Whoever else has these files open, a shell for example, does not expect them not to block.
  ::fcntl(STDIN_FILENO, F_SETFL, input_flags_);
  ::fcntl(STDOUT_FILENO, F_SETFL, output_flags_);
}

void StandardStreams::read_some(boost::asio::mutable_buffer into, OnDone on_done) {
  input_.async_read_some(into, std::move(on_done));
}

void StandardStreams::write(boost::asio::const_buffer bytes, OnDone on_done) {
  boost::asio::async_write(output_, bytes, std::move(on_done));
}

}  // namespace nextline::server
