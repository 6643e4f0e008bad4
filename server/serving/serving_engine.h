#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "lsp/completion/completion_host.h"

namespace nextline::server {

/// What completes for all clients of a process: a model in it, or a server elsewhere. All clients
/// must be gone before it goes.
class ServingEngine {
 public:
  ServingEngine() = default;
  ServingEngine(const ServingEngine&) = delete;
  ServingEngine& operator=(const ServingEngine&) = delete;
  virtual ~ServingEngine() = default;

  virtual lsp::CompletionHost& host() = 0;
  /// What people call its model.
  virtual std::string title() const = 0;
  /// Adds to what `/health` says what only this kind of engine can say.
  virtual void tell_health(boost::json::object& health) const = 0;
};

}  // namespace nextline::server
