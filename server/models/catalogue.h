#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/error.h"

namespace nextline::models {

/// The model that is used where none is named.
inline constexpr std::string_view kDefaultModel = "qwen2.5-coder-0.5b-instruct-q4_k_m";

/// A file inside a Python package.
struct PackageFile {
  std::string package;
  std::string version;
  std::string path;  ///< Below the folder that packages are installed to.
};

/// Packages whose files are the model when they are put together in this order.
struct PackageSource {
  std::vector<PackageFile> parts;
};

/// A model file at a URL (http, https or file).
struct UrlSource {
  std::string url;
};

using Source = std::variant<PackageSource, UrlSource>;

/// What is known of a model. Its hash decides whether a file is the model, not where it came from.
struct CatalogueEntry {
  std::string name;
  std::string architecture;  ///< As in the file: "llama", "qwen2", …
  std::uint64_t bytes;
  std::string sha256;   ///< 64 lower-case hexadecimal digits.
  std::string licence;  ///< SPDX identifier.
  std::string sink;  ///< The control token that begins every sequence; empty: the engine's choice.
  std::vector<Source> sources;  ///< In order of preference.
};

/// The models that can be fetched by name: those that Nextline knows, and those of the file that
/// the environment variable NEXTLINE_CATALOGUE names. An entry of that file takes the place of a
/// known one of the same name.
class Catalogue {
 public:
  static Result<Catalogue> load();

  const CatalogueEntry* find(std::string_view name) const;
  std::span<const CatalogueEntry> entries() const { return entries_; }

 private:
  std::vector<CatalogueEntry> entries_;
};

/// Reads the entries of a catalogue file (docs/model-catalogue.md). `name` stands for the file in
/// error sentences.
Result<std::vector<CatalogueEntry>> parse_catalogue(std::string_view text, std::string_view name);

}  // namespace nextline::models
