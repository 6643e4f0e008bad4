#pragma once

#include <string>

#include "lsp/completion/completion_observer.h"
#include "lsp/completion/remote_host.h"
#include "server/command_line.h"
#include "server/remote/remote_generator.h"
#include "server/remote/remote_observer.h"
#include "server/remote/remote_server.h"
#include "server/serving/serving_engine.h"

namespace nextline::server {

/// A server elsewhere. Nothing is loaded, and nothing is asked before somebody wants a completion.
class RemoteEngine final : public ServingEngine {
 public:
  /// The observers may be null, else they must outlive the engine.
  RemoteEngine(remote::RemoteServer server, const ServeArguments& arguments,
               lsp::CompletionObserver* observer, remote::RemoteObserver* remote_observer);

  lsp::CompletionHost& host() override { return host_; }
  std::string title() const override { return title_; }
  void tell_health(boost::json::object& health) const override;

 private:
  const std::string title_;
  const std::string address_;
  remote::RemoteGenerator generator_;
  lsp::RemoteHost host_;
};

}  // namespace nextline::server
