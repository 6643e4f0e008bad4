#pragma once

#include <filesystem>
#include <string_view>

#include "engine/error.h"
#include "server/models/catalogue.h"

namespace nextline::models {

/// The user's cache directory for Nextline: ${XDG_CACHE_HOME:-~/.cache}/nextline. Need not exist.
Result<std::filesystem::path> cache_directory();

/// Where fetched models lie: `models/NAME.gguf` in the cache directory. What a fetch has not
/// finished lies beside it, as `NAME.gguf.partial` and in `NAME.gguf.parts/`.
class ModelStore {
 public:
  /// Fails if the user has no cache directory. Creates nothing.
  static Result<ModelStore> open();

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path path_of(std::string_view name) const;
  std::filesystem::path partial_path_of(std::string_view name) const;
  std::filesystem::path parts_path_of(std::string_view name) const;

  /// Whether the model is there with the right size. Its hash is not looked at.
  bool has(const CatalogueEntry& entry) const;

 private:
  explicit ModelStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::filesystem::path directory_;
};

}  // namespace nextline::models
