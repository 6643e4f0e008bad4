#include "server/transport/socket_stream.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace nextline::server {

namespace asio = boost::asio;

SocketStream::SocketStream(Socket socket) : socket_(std::move(socket)) {
  // Whoever has vanished without a word (a machine that was switched off) is noticed at last.
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
}

void SocketStream::read_some(asio::mutable_buffer into, OnDone on_done) {
  socket_.async_read_some(into,
                          asio::bind_cancellation_slot(stop_reading_.slot(), std::move(on_done)));
}

void SocketStream::write(asio::const_buffer bytes, OnDone on_done) {
  asio::async_write(socket_, bytes,
                    asio::bind_cancellation_slot(stop_writing_.slot(), std::move(on_done)));
}

void SocketStream::cancel_reading() { stop_reading_.emit(asio::cancellation_type::terminal); }

void SocketStream::cancel_writing() { stop_writing_.emit(asio::cancellation_type::terminal); }

void SocketStream::end_writing() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace nextline::server
