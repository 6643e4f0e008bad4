#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/backend/backend.h"
#include "engine/backend/cpu/thread_choice.h"
#include "engine/error.h"
#include "engine/model/model.h"
#include "server/command_line.h"

namespace nextline::server {

/// The value of `--isa` that chooses the float32 reference backend instead of an instruction set.
inline constexpr std::string_view kReferenceBackend = "reference";

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
  std::unique_ptr<Backend> backend;
  std::optional<cpu::ThreadChoice> threads;  ///< Nothing: the backend has no threads of its own.
};

Result<std::unique_ptr<const Model>> load_model(const ModelChoice& choice);

/// Loads the chosen model onto the chosen device.
Result<LoadedEngine> load_engine(const ModelChoice& choice, const GlobalOptions& options);

/// Fails for devices and instruction sets that this build or this machine does not have.
Result<void> check_device(const GlobalOptions& options);

}  // namespace nextline::server
