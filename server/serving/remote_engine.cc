#include "server/serving/remote_engine.h"

#include <string_view>
#include <utility>

namespace nextline::server {
namespace {

using State = remote::RemoteGenerator::Health::State;

std::string_view name_of(State state) {
  switch (state) {
    case State::kUnknown:
      return "unknown";
    case State::kAnswers:
      return "answers";
    case State::kFails:
      return "fails";
  }
  return "";
}

}  // namespace

RemoteEngine::RemoteEngine(remote::RemoteServer server, const ServeArguments& arguments,
                           lsp::CompletionObserver* observer,
                           remote::RemoteObserver* remote_observer)
    : title_(server.options.model.empty() ? server.address : server.options.model),
      address_(server.address),
      generator_(
          std::move(server),
          {.temperature = arguments.engine.sampling.temperature,
           .top_p = arguments.engine.sampling.top_p},
          [this](const std::string& sentence) { host_.warn(sentence); }, remote_observer),
      host_(generator_,
            {.context_length = arguments.engine.context_length, .pause = arguments.remote.pause},
            observer) {}

void RemoteEngine::tell_health(boost::json::object& health) const {
  const auto server = generator_.health();
  boost::json::object& told = health["remote"].emplace_object();
  told["address"] = address_;
  told["state"] = name_of(server.state);
  if (!server.failure.empty()) told["failure"] = server.failure;
}

}  // namespace nextline::server
