#include "server/models/model_store.h"

#include <string>
#include <system_error>

#include "server/user_directory.h"

namespace nextline::models {

namespace fs = std::filesystem;

Result<fs::path> cache_directory() {
  const fs::path cache = user_directory("XDG_CACHE_HOME", ".cache");
  if (!cache.empty()) return cache / "nextline";
  return failure(
      "There is no place for models: neither XDG_CACHE_HOME nor HOME names a directory.");
}

Result<ModelStore> ModelStore::open() {
  return cache_directory().map([](const fs::path& cache) { return ModelStore(cache / "models"); });
}

fs::path ModelStore::path_of(std::string_view name) const {
  return directory_ / (std::string(name) + ".gguf");
}

fs::path ModelStore::partial_path_of(std::string_view name) const {
  return directory_ / (std::string(name) + ".gguf.partial");
}

fs::path ModelStore::parts_path_of(std::string_view name) const {
  return directory_ / (std::string(name) + ".gguf.parts");
}

bool ModelStore::has(const CatalogueEntry& entry) const {
  std::error_code error;
  const auto bytes = fs::file_size(path_of(entry.name), error);
  return !error && bytes == entry.bytes;
}

}  // namespace nextline::models
