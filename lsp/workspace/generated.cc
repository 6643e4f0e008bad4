#include "lsp/workspace/generated.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace nextline::lsp {
namespace {

constexpr std::array<std::string_view, 18> kNames = {
    "Cargo.lock",        "Gemfile.lock",  "Package.resolved", "Pipfile.lock",        "Podfile.lock",
    "bun.lock",          "composer.lock", "deno.lock",        "flake.lock",          "go.sum",
    "gradle.lockfile",   "mix.lock",      "poetry.lock",      "npm-shrinkwrap.json", "pdm.lock",
    "package-lock.json", "uv.lock",       "yarn.lock"};
constexpr std::array<std::string_view, 6> kEndings = {
    ".min.js", ".min.css", ".js.map", ".css.map", "pnpm-lock.yaml", "packages.lock.json"};
constexpr std::size_t kEndless = 400;

}  // namespace

bool is_generated(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::find(kNames, name) != kNames.end() ||
         std::ranges::any_of(kEndings, [&](std::string_view end) { return name.ends_with(end); });
}

bool has_endless_lines(std::string_view text) {
  std::size_t endless = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > kEndless) endless += end - begin;
    begin = end + 1;
  }
  return endless > text.size() / 2;
}

}  // namespace nextline::lsp
