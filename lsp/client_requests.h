#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "lsp/protocol/message.h"

namespace nextline::lsp {

/// The server's own requests to its client, until they are answered. Belongs to the client's
/// thread.
class ClientRequests {
 public:
  using Outcome = decltype(Response::outcome);
  /// Takes an answer, once; never called if there is none.
  using Take = std::function<void(const Outcome&)>;

  /// So many may wait. Where the client answers none, the oldest is forgotten for each new one.
  static constexpr std::size_t kMostWaiting = 64;

  explicit ClientRequests(std::function<void(const Message&)> send) : send_(std::move(send)) {}
  ClientRequests(const ClientRequests&) = delete;
  ClientRequests& operator=(const ClientRequests&) = delete;

  /// Sends a request. That it is answered by an error is said in the log; `take` may be empty.
  void send(std::string method, boost::json::value params, Take take = {});

  /// Takes a response if it is to one of the requests; says whether it was.
  bool take(const Response& response);

 private:
  struct Waiting {
    std::uint64_t number;
    std::string method;
    Take take;
  };

  std::function<void(const Message&)> send_;
  std::uint64_t last_ = 0;
  std::map<RequestId, Waiting> waiting_;
};

}  // namespace nextline::lsp
