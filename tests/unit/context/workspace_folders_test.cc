#include "lsp/context/workspace_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/sample_repository.h"
#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using test::SampleRepository;

class WorkspaceFoldersTest : public testing::Test {
 protected:
  WorkspaceFoldersTest() { fs::create_directories(at("outer/inner")); }

  fs::path at(const std::string& path) const { return fs::canonical(folder_.path()) / path; }
  fs::path folder_around(const fs::path& file) {
    const auto place = folders_.place_of(file);
    return place.folder ? place.folder->path : fs::path();
  }
  void name(const std::vector<fs::path>& folders) { folders_.name(folders); }

  const test::TemporaryFolder folder_;
  const SampleRepository sample_{SampleRepository::Kind::kWithFiles};
  WorkspaceFolders folders_;
};

TEST_F(WorkspaceFoldersTest, ADocumentBelongsToTheDeepestFolderAroundIt) {
  name({at("outer"), at("outer/inner"), at("outer/")});
  EXPECT_EQ(folders_.all().size(), 2U) << "One was named twice.";
  EXPECT_EQ(folder_around(at("outer/a.py")), at("outer"));
  EXPECT_EQ(folder_around(at("outer/inner/in/a.py")), at("outer/inner"));
  EXPECT_EQ(folders_.place_of(at("outer/inner/in/a.py")).path, "in/a.py");
  EXPECT_EQ(folder_around(at("outer_not/a.py")), fs::path());
  EXPECT_EQ(folder_around(at("outer/../a.py")), fs::path());
}

TEST_F(WorkspaceFoldersTest, ADocumentInNoneBelongsToTheRepositoryAroundIt) {
  name({at("outer")});
  const fs::path root = fs::canonical(sample_.path());
  EXPECT_EQ(folder_around(sample_.path() / "in/new.py"), root);
  EXPECT_EQ(folder_around(sample_.path() / ".git/config"), fs::path());
  EXPECT_EQ(folder_around("relative.py"), fs::path());
  EXPECT_EQ(folder_around(""), fs::path());
}

TEST_F(WorkspaceFoldersTest, ALinkLeadsToWhereTheFileIs) {
  name({at("outer")});
  fs::create_directory_symlink(at("outer"), at("link"));
  EXPECT_EQ(folders_.place_of(at("link/a.py")).path, "a.py");
}

TEST_F(WorkspaceFoldersTest, WhatLooksLikeASecretHasNoPlace) {
  name({at("outer")});
  std::ofstream(at("outer/.env")) << "KEY=1\n";
  fs::create_symlink(at("outer/.env"), at("outer/harmless.py"));
  EXPECT_EQ(folder_around(at("outer/.env")), fs::path());
  EXPECT_EQ(folder_around(at("outer/harmless.py")), fs::path());
}

TEST_F(WorkspaceFoldersTest, NobodysHomeIsAProject) {
  const char* const home = std::getenv("HOME");
  const std::string before = home ? home : "";
  ::setenv("HOME", at("outer").c_str(), 1);
  name({"/", at("outer"), "relative"});
  EXPECT_TRUE(folders_.all().empty());
  home ? ::setenv("HOME", before.c_str(), 1) : ::unsetenv("HOME");
}

TEST_F(WorkspaceFoldersTest, WhatIsKnownOfAFolderThatIsNamedAgainStays) {
  name({at("outer")});
  const auto before = folders_.place_of(at("outer/a.py"));
  name({at("outer/inner"), at("outer")});
  EXPECT_EQ(folders_.place_of(at("outer/a.py")), before);
  name({});
  EXPECT_EQ(folder_around(at("outer/a.py")), fs::path());
}

TEST_F(WorkspaceFoldersTest, OnlySomeRepositoriesAreRememberedWhereNoDocumentIsOpen) {
  std::vector<WorkspaceFolders::Place> used;
  for (int i = 0; i < 8; ++i) {
    const SampleRepository sample(SampleRepository::Kind::kWithFiles);
    const auto place = folders_.place_of(sample.path() / "a.py");
    ASSERT_TRUE(place.folder);
    if (i % 4 == 0) used.push_back(place);
  }
  EXPECT_EQ(folders_.all().size(), WorkspaceFolders::kMostFound);
  for (const auto& place : used) {
    EXPECT_THAT(folders_.all(), testing::Contains(place.folder));
  }
}

}  // namespace
}  // namespace nextline::lsp
