#include "lsp/workspace/build_output.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;

/// What packagers and compilers write.
constexpr std::array<std::string_view, 3> kOutputs = {"__pycache__", "node_modules", "venv"};
/// Names that packages have, too: these are outputs beside a file that tells how to build.
constexpr std::array<std::string_view, 5> kOutputsOfProjects = {"bin", "build", "dist", "out",
                                                                "target"};
constexpr std::array<std::string_view, 9> kProjectFiles = {
    "CMakeLists.txt", "Makefile", "build.gradle",   "build.gradle.kts", "build.xml",
    "package.json",   "pom.xml",  "pyproject.toml", "setup.py"};

bool is_there(const fs::path& file) {
  std::error_code missing;
  return fs::exists(file, missing);
}

}  // namespace

bool is_build_output(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (name.starts_with('.') || name.ends_with(".egg-info") ||
      std::ranges::find(kOutputs, name) != kOutputs.end()) {
    return true;
  }
  if (is_there(folder / "pyvenv.cfg")) return true;
  return std::ranges::find(kOutputsOfProjects, name) != kOutputsOfProjects.end() &&
         std::ranges::any_of(kProjectFiles, [&](std::string_view file) {
           return is_there(folder.parent_path() / file);
         });
}

}  // namespace nextline::lsp
