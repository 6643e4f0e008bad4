#include "server/transport/doorkeeper.h"

#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <variant>

#include "server/transport/token.h"

namespace nextline::server {

struct Doorkeeper::Waiting {
  std::shared_ptr<MessageChannel> channel;
  std::optional<std::string> token;
  boost::asio::steady_timer patience;
};

Doorkeeper::Doorkeeper(boost::asio::io_context& context, TransportLimits limits,
                       std::string version, OnGuest on_guest)
    : context_(context), limits_(limits), on_guest_(std::move(on_guest)) {
  own_.version = std::move(version);
}

Doorkeeper::~Doorkeeper() { close(); }

void Doorkeeper::receive(std::shared_ptr<MessageChannel> channel,
                         std::optional<std::string> token) {
  auto made = std::make_unique<Waiting>(Waiting{
      std::move(channel), std::move(token), boost::asio::steady_timer(context_, limits_.hello)});
  Waiting& waiting = *made;
  waiting_.emplace(&waiting, std::move(made));
  // The timer and the channel's functions go with the one who waits.
  waiting.patience.async_wait([this, &waiting](const boost::system::error_code& error) {
    if (error) return;
    spdlog::debug("A client has said nothing, and is turned away.");
    release(waiting)->close();
  });
  waiting.channel->start(
      [this, &waiting](const lsp::MessageReader::Outcome& content) { take(waiting, content); },
      [this, &waiting](const std::string& why) {
        spdlog::debug("A client has gone before it was let in. {}", why);
        release(waiting);
      });
}

void Doorkeeper::close() {
  while (!waiting_.empty()) release(*waiting_.begin()->second)->close();
}

void Doorkeeper::take(Waiting& waiting, const lsp::MessageReader::Outcome& content) {
  using lsp::ErrorCode;
  if (!content) {
    return refuse(waiting, lsp::error_response({}, ErrorCode::kInvalidRequest,
                                               content.error().error.message));
  }
  const auto message = lsp::parse_message(*content);
  if (!message) return refuse(waiting, message.error());
  const auto* const request = std::get_if<lsp::Request>(&*message);
  if (request && request->method == kAttachMethod) {
    return attach(waiting, &request->id, request->params);
  }
  const auto* const notification = std::get_if<lsp::Notification>(&*message);
  if (notification && notification->method == kAttachMethod) {
    return attach(waiting, nullptr, notification->params);
  }
  if (waiting.token) {
    return refuse(waiting, lsp::error_response(
                               request ? request->id : lsp::RequestId(), ErrorCode::kInvalidRequest,
                               "The first message must be nextline/attach with the token."));
  }
  let_in(waiting, std::nullopt, content);
}

void Doorkeeper::attach(Waiting& waiting, const lsp::RequestId* request,
                        const boost::json::value& params) {
  using lsp::ErrorCode;
  const lsp::RequestId id = request ? *request : lsp::RequestId();
  auto attachment = read_attachment(params);
  if (!attachment) {
    return refuse(waiting, lsp::error_response(id, ErrorCode::kInvalidParams, attachment.error()));
  }
  if (waiting.token && !are_equal_tokens(attachment->token, *waiting.token)) {
    return refuse(waiting, lsp::error_response(id, ErrorCode::kInvalidRequest,
                                               "The token is missing or wrong."));
  }
  if (std::string why = mismatch(*attachment, own_); !why.empty()) {
    spdlog::warn("A client was turned away. {}", why);
    return refuse(waiting, lsp::error_response(id, ErrorCode::kRequestFailed, std::move(why)));
  }
  if (request) waiting.channel->send(lsp::Response{id, to_json(own_)});
  let_in(waiting, std::move(*attachment), std::nullopt);
}

void Doorkeeper::let_in(Waiting& waiting, std::optional<Attachment> attachment,
                        std::optional<lsp::MessageReader::Outcome> first) {
  std::shared_ptr<MessageChannel> channel = release(waiting);
  channel->let_in();
  on_guest_({std::move(channel), std::move(attachment), std::move(first)});
}

void Doorkeeper::refuse(Waiting& waiting, const lsp::Response& why) {
  const std::shared_ptr<MessageChannel> channel = release(waiting);
  channel->send(why);
  channel->close();
}

std::shared_ptr<MessageChannel> Doorkeeper::release(Waiting& waiting) {
  std::shared_ptr<MessageChannel> channel = std::move(waiting.channel);
  waiting_.erase(&waiting);
  return channel;
}

}  // namespace nextline::server
