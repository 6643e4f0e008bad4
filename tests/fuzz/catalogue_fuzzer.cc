#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "server/models/catalogue.h"

namespace {

using namespace nextline::models;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A name of a file that lies in its folder.
void check_name(std::string_view name) {
  require(!name.empty() && name != "." && name != "..");
  require(std::ranges::none_of(name, [](char letter) { return letter == '/' || letter == '\0'; }));
}

/// Where nothing leads out of the folder that packages are installed to.
void check_part(const PackageFile& part) {
  check_name(part.package);
  require(!part.package.starts_with('-'));  // It is an argument of pip.
  require(!part.path.empty() && !part.path.starts_with('/'));
  std::string_view path = part.path;
  while (!path.empty()) {
    const std::string_view step = path.substr(0, path.find('/'));
    require(step != "..");
    path.remove_prefix(std::min(path.size(), step.size() + 1));
  }
}

void check(const CatalogueEntry& entry) {
  check_name(entry.name);
  require(entry.sha256.size() == 64);
  require(entry.sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
  for (const Source& source : entry.sources) {
    if (const auto* const url = std::get_if<UrlSource>(&source)) {
      require(url->url.starts_with("https:") || url->url.starts_with("http:") ||
              url->url.starts_with("file:"));
      continue;
    }
    const auto& parts = std::get<PackageSource>(source).parts;
    require(!parts.empty());
    for (const PackageFile& part : parts) check_part(part);
  }
}

}  // namespace

// A catalogue of a user's, who may have it from anybody: what is fetched and where it is put stays
// within what the documentation says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto entries = parse_catalogue({reinterpret_cast<const char*>(data), size}, "catalogue");
  if (!entries) {
    require(!entries.error().message.empty());
    return 0;
  }
  for (const CatalogueEntry& entry : *entries) check(entry);
  return 0;
}
