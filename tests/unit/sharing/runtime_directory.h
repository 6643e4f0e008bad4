#pragma once

#include <stdlib.h>

#include <string>

#include "tests/support/temporary_folder.h"

namespace nextline::server::test {

/// A runtime directory of this test's own, as the environment names it.
class RuntimeDirectory {
 public:
  RuntimeDirectory() {
    const char* const before = ::getenv("XDG_RUNTIME_DIR");
    had_one_ = before != nullptr;
    if (had_one_) before_ = before;
    ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
  }
  ~RuntimeDirectory() {
    if (had_one_) {
      ::setenv("XDG_RUNTIME_DIR", before_.c_str(), 1);
    } else {
      ::unsetenv("XDG_RUNTIME_DIR");
    }
  }
  RuntimeDirectory(const RuntimeDirectory&) = delete;
  RuntimeDirectory& operator=(const RuntimeDirectory&) = delete;

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  const nextline::test::TemporaryFolder folder_;
  bool had_one_ = false;
  std::string before_;
};

}  // namespace nextline::server::test
