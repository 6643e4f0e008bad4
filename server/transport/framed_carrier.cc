#include "server/transport/framed_carrier.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <new>
#include <string_view>
#include <utility>

namespace nextline::server {

namespace asio = boost::asio;
using boost::system::error_code;

void FramedCarrier::read(OnArrival on_arrival) {
  stream_->read_some(asio::buffer(chunk_), [this, on_arrival = std::move(on_arrival)](
                                               const error_code& error, std::size_t size) {
    on_arrival(taken_if_possible(error, size));
  });
}

MessageCarrier::Arrival FramedCarrier::taken_if_possible(const error_code& error,
                                                         std::size_t size) {
  try {
    return taken(error, size);
  } catch (const std::bad_alloc&) {
    return {{}, "There is not enough memory for a message of the client, and it is left."};
  }
}

MessageCarrier::Arrival FramedCarrier::taken(const error_code& error, std::size_t size) {
  Arrival arrival;
  reader_.feed(std::string_view(chunk_.data(), size));
  while (auto outcome = reader_.next()) {
    if (!*outcome && !outcome->error().stream_goes_on) arrival.end = "";
    arrival.messages.push_back(std::move(*outcome));
  }
  if (!error || arrival.end) return arrival;
  const auto cut_off = reader_.end_of_stream();
  if (error != asio::error::eof) {
    arrival.end = fmt::format("{}: {}.", stream_->name(), error.message());
  } else {
    arrival.end = cut_off ? cut_off->error.message : "";
  }
  return arrival;
}

void FramedCarrier::write(const std::string& content, OnWritten on_written) {
  being_written_ = lsp::framed(content);
  stream_->write(asio::buffer(being_written_),
                 [on_written = std::move(on_written)](const error_code& error, std::size_t /*n*/) {
                   on_written(error);
                 });
}

void FramedCarrier::abort() {
  stream_->cancel_reading();
  stream_->cancel_writing();
}

}  // namespace nextline::server
