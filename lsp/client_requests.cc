#include "lsp/client_requests.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace nextline::lsp {

void ClientRequests::send(std::string method, boost::json::value params, Take take) {
  const RequestId id = "nextline/" + std::to_string(++last_);
  if (waiting_.size() >= kMostWaiting) {
    waiting_.erase(
        std::ranges::min_element(waiting_, {}, [](const auto& one) { return one.second.number; }));
  }
  // First, since the answer may come while the request is being sent.
  waiting_.emplace(id, Waiting{last_, method, std::move(take)});
  send_(Request{id, std::move(method), std::move(params)});
}

bool ClientRequests::take(const Response& response) {
  auto found = waiting_.extract(response.id);
  if (found.empty()) return false;
  const Waiting& answered = found.mapped();
  if (!response.outcome) {
    spdlog::warn("The client does not do {}: {}", answered.method,
                 response.outcome.error().message);
  }
  if (answered.take) answered.take(response.outcome);
  return true;
}

}  // namespace nextline::lsp
