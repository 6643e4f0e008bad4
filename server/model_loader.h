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
/// this machine has not, then loads it. Owns what it loaded. One thread at a time.
class ModelLoader {
 public:
  using Tell = std::function<void(const lsp::WorkStatus&)>;

  /// `tell` is called on the thread that loads.
  ModelLoader(ModelChoice choice, GlobalOptions options, Tell tell)
      : choice_(std::move(choice)), options_(std::move(options)), tell_(std::move(tell)) {}

  /// The backend lives until `unload`, or as long as the loader.
  Result<Backend*> load(const std::stop_token& stop);
  /// Has the CPU compute what has been loaded, where its device has failed; the backend that there
  /// was goes first. Where that fails, all that has been loaded goes.
  Result<Backend*> load_on_cpu();
  /// Gives the backend back, and the model's memory. `load` may follow.
  void unload() { engine_.reset(); }

 private:
  /// Loads the engine, and says in the log how long that took.
  Result<Backend*> take(const std::function<Result<void>()>& load);
  Result<void> load_model_onto_device();
  /// Fetches the chosen model if it is one of the catalogue and is not there.
  Result<void> fetch_if_missing(const std::stop_token& stop);

  ModelChoice choice_;
  GlobalOptions options_;
  Tell tell_;
  std::optional<LoadedEngine> engine_;
  bool a_device_has_failed_ = false;
};

}  // namespace nextline::server
