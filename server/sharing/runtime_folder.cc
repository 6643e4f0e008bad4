#include "server/sharing/runtime_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace nextline::server {
namespace {

namespace fs = std::filesystem;

fs::path runtime_path() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  std::error_code ignored;
  if (runtime != nullptr && *runtime == '/' && fs::is_directory(runtime, ignored)) {
    return fs::path(runtime) / "nextline";
  }
  const fs::path temporary = fs::temp_directory_path(ignored);
  return (temporary.empty() ? fs::path("/tmp") : temporary) /
         fmt::format("nextline-{}", ::geteuid());
}

}  // namespace

Result<PrivateFolder> open_runtime_folder() { return PrivateFolder::create(runtime_path()); }

}  // namespace nextline::server
