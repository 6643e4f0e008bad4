#include "server/configuration/configuration.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "server/user_directory.h"

namespace nextline::server {
namespace {

namespace fs = std::filesystem;

/// Nobody writes more by hand.
constexpr std::size_t kMostBytes = std::size_t{1} << 16;

/// More of them nobody reads.
constexpr std::size_t kMostProblems = 50;

/// What stands in the file; or why that is not to be had.
tl::expected<std::string, std::string> contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const bool ended = file.eof() && !file.bad();
  if (!ended && file.gcount() <= static_cast<std::streamsize>(kMostBytes)) {
    return tl::unexpected("The configuration file '" + path.string() + "' cannot be read.");
  }
  if (!ended) {
    return tl::unexpected("The configuration file '" + path.string() + "' is larger than 64 KiB.");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

void Configuration::add(std::vector<FileProblem> found) {
  std::ranges::stable_sort(found, {}, &FileProblem::place);
  const std::size_t told = std::min(found.size(), kMostProblems);
  for (std::size_t i = 0; i < told; ++i) problems.push_back(to_text(file, found[i]));
  if (told == found.size()) return;
  problems.push_back(file.string() + ": And " + std::to_string(found.size() - told) + " more.");
}

fs::path default_configuration_file() {
  const fs::path folder = user_directory("XDG_CONFIG_HOME", ".config");
  return folder.empty() ? folder : folder / "nextline" / "config.toml";
}

Configuration read_configuration(const fs::path& file) {
  Configuration configuration{file};
  if (file.empty()) return configuration;
  const auto text = contents_of(file);
  if (!text) {
    configuration.problems.push_back(text.error());
    return configuration;
  }
  configuration.is_there = true;
  auto table = parse_toml(*text);
  if (table) {
    configuration.says = std::move(*table);
  } else {
    configuration.add({table.error()});
  }
  return configuration;
}

Configuration read_default_configuration() {
  const fs::path file = default_configuration_file();
  std::error_code error;
  // A link that leads nowhere is there: somebody wanted it to be.
  if (!file.empty() && fs::symlink_status(file, error).type() != fs::file_type::not_found) {
    return read_configuration(file);
  }
  return {file};
}

}  // namespace nextline::server
