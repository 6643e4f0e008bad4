#include "server/loaded_engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

#include "server/models/catalogue.h"
#include "server/models/model_store.h"

namespace nextline::server {
namespace {

bool looks_like_path(const std::string& model) {
  std::error_code ignored;
  return model.find('/') != std::string::npos || model.ends_with(".gguf") ||
         std::filesystem::exists(model, ignored);
}

}  // namespace

Result<ModelChoice> choose_model(const GlobalOptions& options) {
  const auto catalogue = models::Catalogue::load();
  if (!catalogue) return tl::unexpected(catalogue.error());
  const auto store = models::ModelStore::open();
  if (!store) return tl::unexpected(store.error());

  const std::string name =
      options.model.empty() ? std::string(models::kDefaultModel) : options.model;
  if (const models::CatalogueEntry* entry = catalogue->find(name)) {
    return ModelChoice{store->path_of(name), entry->sink, name, entry->bytes};
  }
  if (looks_like_path(name)) return ModelChoice{name, {}, {}, 0};
  return failure(
      fmt::format("There is neither a model named '{}' ('nextline models list' shows the names) "
                  "nor such a file.",
                  name));
}

std::string title_of(const ModelChoice& choice) {
  return choice.catalogue_name.empty() ? choice.path.filename().string() : choice.catalogue_name;
}

Result<void> check_presence(const ModelChoice& choice) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(choice.path, error);
  if (choice.catalogue_name.empty()) return {};  // The engine says what is wrong with a file.
  if (error) {
    return failure(
        fmt::format("The model {0} is not on this machine; 'nextline models fetch {0}' fetches it.",
                    choice.catalogue_name),
        error.message());
  }
  if (bytes != choice.catalogue_bytes) {
    return failure(
        fmt::format("The model file {1} has {2} bytes instead of {3}; 'nextline models fetch {0}' "
                    "fetches it again.",
                    choice.catalogue_name, choice.path.string(), bytes, choice.catalogue_bytes));
  }
  return {};
}

Result<std::unique_ptr<const Model>> load_model(const ModelChoice& choice) {
  return check_presence(choice).and_then(
      [&] { return Model::load(choice.path, {.sink = choice.sink}); });
}

Result<LoadedEngine> load_engine_silently(const ModelChoice& choice, const GlobalOptions& options) {
  if (const auto usable = check_device(options); !usable) return tl::unexpected(usable.error());
  auto model = load_model(choice);
  if (!model) return tl::unexpected(model.error());
  auto chosen = choose_backend(**model, options);
  if (!chosen) return tl::unexpected(chosen.error());
  return LoadedEngine{std::move(*model), std::move(*chosen)};
}

Result<void> go_on_on_cpu(LoadedEngine& engine, const GlobalOptions& options) {
  engine.chosen.backend.reset();
  auto chosen = choose_cpu(*engine.model, options);
  if (!chosen) return tl::unexpected(chosen.error());
  engine.chosen = std::move(*chosen);
  return {};
}

Result<LoadedEngine> load_engine(const ModelChoice& choice, const GlobalOptions& options) {
  auto engine = load_engine_silently(choice, options);
  if (engine && !engine->chosen.remark.empty()) spdlog::info("{}", engine->chosen.remark);
  return engine;
}

}  // namespace nextline::server
