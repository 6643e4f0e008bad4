#include "lsp/workspace/file_language.h"

#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

TEST(FileLanguage, IsToldByTheEnding) {
  EXPECT_EQ(language_of("in/a.py"), "python");
  EXPECT_EQ(language_of("in.d/A.CPP"), "cpp");
  EXPECT_EQ(language_of("a.test.tsx"), "typescriptreact");
  EXPECT_EQ(language_of("a.h"), language_of("a.cc"));
  EXPECT_EQ(language_of("build.zsh"), language_of("build.bash"));
}

TEST(FileLanguage, OfEndingsThatAreNotKnownIsTheEnding) {
  EXPECT_EQ(language_of("a.java"), "java");
  EXPECT_EQ(language_of("a.Zig"), "zig");
}

TEST(FileLanguage, HasANumber) {
  EXPECT_EQ(language_number("python"), language_number(language_of("in/a.py")));
  EXPECT_NE(language_number("python"), language_number("cpp"));
}

TEST(FileLanguage, OfAFileWithoutEndingIsItsName) {
  EXPECT_EQ(language_of("in.d/Makefile"), "makefile");
  EXPECT_EQ(language_of(".bashrc"), "bashrc");
  EXPECT_EQ(language_of(""), "");
}

}  // namespace
}  // namespace nextline::lsp
