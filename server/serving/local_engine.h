#pragma once

#include <string>

#include "lsp/completion/completion_observer.h"
#include "lsp/completion/model_host.h"
#include "server/command_line.h"
#include "server/loaded_engine.h"
#include "server/model_loader.h"
#include "server/serving/serving_engine.h"

namespace nextline::server {

/// A model in this process, which is loaded when somebody wants it.
class LocalEngine final : public ServingEngine {
 public:
  /// The observer may be null, else it must outlive the engine. To destroy the engine keeps the
  /// documents' caches on disk, and waits for that.
  LocalEngine(ModelChoice choice, const ServeArguments& arguments, const GlobalOptions& options,
              lsp::CompletionObserver* observer);

  lsp::CompletionHost& host() override { return host_; }
  std::string title() const override { return title_; }
  void tell_health(boost::json::object& health) const override;

 private:
  lsp::ModelHostOptions host_options(const ServeArguments& arguments,
                                     lsp::CompletionObserver* observer);

  const std::string title_;
  ModelLoader loader_;
  lsp::ModelHost host_;
};

}  // namespace nextline::server
