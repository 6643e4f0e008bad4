#include "server/serving/served_client.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <new>
#include <utility>

namespace nextline::server {

ServedClient::ServedClient(const Shared& shared, const ClientOptions& options,
                           std::shared_ptr<MessageChannel> channel, OnEnd on_end)
    : channel_(std::move(channel)),
      on_end_(std::move(on_end)),
      later_calls_(shared.context),
      service_(shared.host, options.completion,
               [&context = shared.context](std::function<void()> function) {
                 boost::asio::post(context, std::move(function));
               },
               {.loading = [this](const auto& status) { language_server_.show(status); },
                .history = [this](const auto& status) { language_server_.show_history(status); },
                .failure = [this](const auto& why) { language_server_.show_error(why); },
                .warning = [this](const auto& why) { language_server_.show_warning(why); }}),
      language_server_(
          service_, NEXTLINE_VERSION,
          [this](const lsp::Message& message) { channel_->send(message); },
          feedback_options(shared.statistics), options.pinned, shared.documents) {}

ServedClient::~ServedClient() { channel_->close(); }

void ServedClient::start() {
  channel_->start([this](const lsp::MessageReader::Outcome& message) { receive(message); },
                  [this](const std::string& why) { channel_ended(why); });
}

void ServedClient::take_over() {
  channel_->hand_over([this](const lsp::MessageReader::Outcome& message) { receive(message); },
                      [this](const std::string& why) { channel_ended(why); });
}

void ServedClient::receive(const lsp::MessageReader::Outcome& message) {
  try {
    language_server_.receive(message);
  } catch (const std::bad_alloc&) {
    // What it said is lost, and server and client may not have the same texts any more.
    return channel_->give_up(
        "There is not enough memory for what the client says, and it is left.");
  }
  if (!language_server_.exit_status()) return;
  channel_->close();
  end(language_server_.exit_status() == 0);
}

void ServedClient::log(lsp::MessageType type, const std::string& message) {
  channel_->send(lsp::Notification{"window/logMessage",
                                   {{"type", static_cast<int>(type)}, {"message", message}}});
}

lsp::Feedback::Options ServedClient::feedback_options(lsp::StatisticsStore* statistics) {
  return {[this](std::chrono::milliseconds after, std::function<void()> function) {
            later_calls_.call(after, std::move(function));
          },
          statistics};
}

/// The client has closed its side. Editors that quit do so right behind `shutdown`.
void ServedClient::channel_ended(const std::string& why) {
  if (!why.empty()) spdlog::error("{}", why);
  const bool is_orderly = language_server_.is_shut_down();
  if (!is_orderly) spdlog::warn("The client has gone without saying exit.");
  end(is_orderly);
}

void ServedClient::end(bool is_orderly) {
  later_calls_.give_up();
  if (const OnEnd on_end = std::exchange(on_end_, {})) on_end(is_orderly);
}

}  // namespace nextline::server
