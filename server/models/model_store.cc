#include "server/models/model_store.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace nextline::models {
namespace {

namespace fs = std::filesystem;

/// The variable's value if it is an absolute path; the XDG specification has others ignored.
fs::path directory_from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value != '/') return {};
  return value;
}

}  // namespace

Result<fs::path> cache_directory() {
  if (const fs::path cache = directory_from_environment("XDG_CACHE_HOME"); !cache.empty()) {
    return cache / "nextline";
  }
  if (const fs::path home = directory_from_environment("HOME"); !home.empty()) {
    return home / ".cache" / "nextline";
  }
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
