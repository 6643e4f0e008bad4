#include "server/transport/message_channel.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <utility>

namespace nextline::server {

using boost::system::error_code;

MessageChannel::MessageChannel(boost::asio::io_context& context,
                               std::shared_ptr<MessageCarrier> carrier, TransportLimits limits,
                               std::optional<Seats::Seat> seat)
    : limits_(limits), seat_(std::move(seat)), carrier_(std::move(carrier)), patience_(context) {}

void MessageChannel::start(OnMessage on_message, OnEnd on_end) {
  carrier_->limit_messages(limits_.first_message);
  hand_over(std::move(on_message), std::move(on_end));
  reading_ = true;
  read();
}

void MessageChannel::hand_over(OnMessage on_message, OnEnd on_end) {
  on_message_ = std::move(on_message);
  on_end_ = std::move(on_end);
}

void MessageChannel::send(const lsp::Message& message) {
  if (!client_reads_) return;
  unsent_.push_back(lsp::serialize_message(message));
  unsent_bytes_ += unsent_.back().size();
  if (unsent_bytes_ > limits_.unread) {
    return stop_writing("The client does not read what it is sent.");
  }
  if (unsent_.size() == 1) write();
}

void MessageChannel::close() {
  if (reading_) carrier_->stop_reading();
  reading_ = false;
  // They may hold the channel.
  on_message_ = {};
  on_end_ = {};
  if (!client_reads_) return;
  if (unsent_.empty()) {
    client_reads_ = false;
    return carrier_->end();
  }
  patience_.expires_after(limits_.farewell);
  patience_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->stop_writing({});
  });
}

void MessageChannel::give_up(const std::string& why) {
  if (reading_) end(why);
}

void MessageChannel::read() {
  carrier_->read([self = shared_from_this()](const MessageCarrier::Arrival& arrival) {
    if (self->reading_) self->take(arrival);
  });
}

void MessageChannel::take(const MessageCarrier::Arrival& arrival) {
  for (const lsp::MessageReader::Outcome& message : arrival.messages) {
    // A copy, since the channel may be handed over meanwhile.
    if (const OnMessage on_message = on_message_) on_message(message);
    if (!reading_) return;
  }
  if (arrival.end) return end(*arrival.end);
  read();
}

void MessageChannel::end(const std::string& why) {
  const OnEnd on_end = on_end_;
  close();
  if (on_end) on_end(why);
}

void MessageChannel::write() {
  carrier_->write(unsent_.front(), [self = shared_from_this()](const error_code& error) {
    if (!self->client_reads_) return;
    if (error)
      return self->stop_writing(fmt::format("The client reads no more: {}.", error.message()));
    self->unsent_bytes_ -= self->unsent_.front().size();
    self->unsent_.pop_front();
    if (!self->unsent_.empty()) return self->write();
    if (self->reading_) return;
    // It was closed, and this was the last of what it had to say.
    self->patience_.cancel();
    self->client_reads_ = false;
    self->carrier_->end();
  });
}

void MessageChannel::stop_writing(const std::string& why) {
  client_reads_ = false;
  patience_.cancel();
  if (reading_) end(why);
  carrier_->abort();
}

}  // namespace nextline::server
