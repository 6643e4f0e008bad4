#include "tests/support/cached_model.h"

#include <cstdlib>

namespace nextline::test {
namespace {

std::filesystem::path cache_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache) return cache;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home ? home : "") / ".cache";
}

}  // namespace

Result<std::unique_ptr<const Model>> load_cached_model(const std::string& name) {
  const std::filesystem::path path = cache_directory() / "nextline" / "models" / (name + ".gguf");
  if (!std::filesystem::exists(path)) {
    return failure("The model is missing; get it with: nextline models fetch " + name);
  }
  return Model::load(path);
}

}  // namespace nextline::test
