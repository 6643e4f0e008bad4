#include "lsp/context/import_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

using testing::ElementsAre;

constexpr auto kNone = ImportMatch::kNone;
constexpr auto kPackage = ImportMatch::kPackage;
constexpr auto kModule = ImportMatch::kModule;

TEST(ImportMatch, AModuleIsTheEndOfAPath) {
  const OutlineImport import{"core/store", 0, "Store"};
  EXPECT_EQ(match(import, "a.py", "core/store.py"), kModule);
  EXPECT_EQ(match(import, "a.py", "src/core/store.py"), kModule);
  EXPECT_EQ(match(import, "a.py", "core/store/__init__.py"), kModule);
  EXPECT_EQ(match(import, "a.py", "score/store.py"), kNone);
  EXPECT_EQ(match(import, "a.py", "store.py"), kNone) << "One part alone says too little.";
  EXPECT_EQ(match(import, "a.py", "core/other.py"), kNone);
}

TEST(ImportMatch, APathMayBeTheEndOfAModule) {
  const OutlineImport import{"package/core/store", 0, "Store"};
  EXPECT_EQ(match(import, "core/a.py", "core/store.py"), kModule);
}

TEST(ImportMatch, WhatIsTakenMayBeAModule) {
  EXPECT_EQ(match({"core", 0, "store"}, "a.py", "core/store.py"), kModule);
  EXPECT_EQ(match({"org/a", 0, "Store"}, "x/B.java", "src/org/a/Store.java"), kModule);
  EXPECT_EQ(match({"org/a/Store", 0, "join"}, "x/B.java", "src/org/a/Store.java"), kModule);
}

TEST(ImportMatch, APackageHasWhatLiesInIt) {
  EXPECT_EQ(match({"celery", 0, "Task"}, "a.py", "celery/app/task.py"), kPackage);
  EXPECT_EQ(match({"org/a", 0, ""}, "x/B.java", "src/org/a/Store.java"), kPackage);
  EXPECT_EQ(match({"org/a", 0, ""}, "x/B.java", "src/org/ab/Store.java"), kNone);
}

TEST(ImportMatch, DotsAreFoldersAboveTheFile) {
  EXPECT_EQ(match({"store", 1, "Store"}, "p/core/a.py", "p/core/store.py"), kModule);
  EXPECT_EQ(match({"store", 2, "Store"}, "p/core/a.py", "p/store.py"), kModule);
  EXPECT_EQ(match({"store", 2, "Store"}, "p/core/a.py", "p/core/store.py"), kNone);
  EXPECT_EQ(match({"", 1, "store"}, "p/core/a.py", "p/core/store.py"), kModule);
  EXPECT_EQ(match({"", 1, "Store"}, "p/core/a.py", "p/core/__init__.py"), kModule);
  EXPECT_EQ(match({"store", 9, "Store"}, "p/core/a.py", "store.py"), kNone);
  EXPECT_EQ(match({"", 1, "x"}, "a.py", "x.py"), kModule);
}

TEST(ImportMatch, FilesAreNamedAsTheyAre) {
  EXPECT_EQ(match({"engine/error.h", 0, ""}, "lsp/a.cc", "engine/error.h"), kModule);
  EXPECT_EQ(match({"error.h", 0, ""}, "engine/a.cc", "engine/error.h"), kModule);
  EXPECT_EQ(match({"vector", 0, ""}, "lsp/a.cc", "engine/error.h"), kNone);
  EXPECT_EQ(match({"../store.js", 0, "get"}, "src/in/a.ts", "src/store.ts"), kModule);
  EXPECT_EQ(match({"./store", 0, "get"}, "src/a.ts", "src/store/index.ts"), kModule);
  EXPECT_EQ(match({"./store", 0, "get"}, "src/a.ts", "lib/store.ts"), kNone);
  EXPECT_EQ(match({"../../../store", 0, "get"}, "src/a.ts", "store.ts"), kNone);
}

TEST(ImportMatch, NamesWhatFilesCouldBeCalled) {
  EXPECT_THAT(names_of_files({"core/store.h", 0, ""}, "a.cc"), ElementsAre("store"));
  EXPECT_THAT(names_of_files({"core", 0, "store"}, "a.py"), ElementsAre("core", "store"));
  EXPECT_THAT(names_of_files({"", 1, "Store"}, "p/core/a.py"), ElementsAre("Store", "core"));
}

}  // namespace
}  // namespace nextline::lsp
