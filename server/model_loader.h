#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "lsp/work_status.h"
#include "server/command_line.h"
#include "server/loaded_engine.h"

namespace nextline::server {

/// Brings a model to where it computes, and tells how far it is: fetches what the catalogue has and
/// this machine has not, then loads it. Owns what it loaded.
class ModelLoader {
 public:
  using Tell = std::function<void(const lsp::WorkStatus&)>;

  /// `tell` is called on the thread that loads.
  ModelLoader(ModelChoice choice, GlobalOptions options, Tell tell)
      : choice_(std::move(choice)), options_(std::move(options)), tell_(std::move(tell)) {}

  /// The backend lives until `unload`, or as long as the loader.
  Result<Backend*> load(const std::stop_token& stop);
  /// Gives the backend back, and the model's memory. `load` may follow.
  void unload() { engine_.reset(); }

 private:
  /// Fetches the chosen model if it is one of the catalogue and is not there.
  Result<void> fetch_if_missing(const std::stop_token& stop);

  ModelChoice choice_;
  GlobalOptions options_;
  Tell tell_;
  std::optional<LoadedEngine> engine_;
};

}  // namespace nextline::server
