#include "lsp/workspace/generated.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::lsp {
namespace {

TEST(Generated, IsToldByTheName) {
  for (const char* const path : {"package-lock.json", "in/yarn.lock", "Cargo.lock", "go.sum",
                                 "web/pnpm-lock.yaml", "js/app.min.js", "js/app.js.map"}) {
    EXPECT_TRUE(is_generated(path)) << path;
  }
  for (const char* const path : {"package.json", "Cargo.toml", "lock.py", "in/spin.lock.h",
                                 "min.js", "yarn.lock/a.py", "go.sum.cc", ""}) {
    EXPECT_FALSE(is_generated(path)) << path;
  }
}

TEST(Generated, IsWhatIsMadeOfEndlessLines) {
  const std::string endless(500, 'x');
  const std::string line = std::string(99, 'y') + "\n";
  EXPECT_TRUE(has_endless_lines(endless));
  EXPECT_TRUE(has_endless_lines("a\n" + endless + "\nb\n"));
  EXPECT_FALSE(has_endless_lines(std::string(400, 'x')));
  EXPECT_FALSE(has_endless_lines(line + line + line + line + line + endless));
  EXPECT_FALSE(has_endless_lines(""));
}

}  // namespace
}  // namespace nextline::lsp
