#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/model/model.h"
#include "server/command_line.h"
#include "server/device_choice.h"

namespace nextline::server {

/// The model file that `--model` names.
struct ModelChoice {
  std::filesystem::path path;
  std::string sink;  ///< The token that begins every sequence; empty: the engine's choice.
  std::string catalogue_name;  ///< Empty for a file that is no model of the catalogue.
  std::uintmax_t catalogue_bytes = 0;
};

/// Looks `--model` up: the default model if empty, else a name of the catalogue, else a path.
/// Does not look at the file.
Result<ModelChoice> choose_model(const GlobalOptions& options);

/// What people call the chosen model: its name in the catalogue, else its file's.
std::string title_of(const ModelChoice& choice);

/// Fails with a sentence that says what to type if the chosen file is not there, or, for a model of
/// the catalogue, has another size. Its hash is checked when it is fetched and by 'models verify'.
Result<void> check_presence(const ModelChoice& choice);

/// A model and what computes it; in this order, because the backend refers to the model.
struct LoadedEngine {
  std::unique_ptr<const Model> model;
  ChosenBackend chosen;

  Backend& backend() const { return *chosen.backend; }
};

Result<std::unique_ptr<const Model>> load_model(const ModelChoice& choice);

/// Loads the chosen model onto the chosen device. Says in the log why the CPU computes, where there
/// is a CUDA backend that cannot be used.
Result<LoadedEngine> load_engine(const ModelChoice& choice, const GlobalOptions& options);
/// Has the CPU compute the model, whose device has failed and is given up first.
Result<void> go_on_on_cpu(LoadedEngine& engine, const GlobalOptions& options);
/// As `load_engine`, without a word.
Result<LoadedEngine> load_engine_silently(const ModelChoice& choice, const GlobalOptions& options);

}  // namespace nextline::server
