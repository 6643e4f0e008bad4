#include "lsp/workspace/ignored_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/sample_repository.h"
#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

using nextline::test::SampleRepository;

TEST(IgnoredFile, IsWhatTheRulesOfItsRepositoryName) {
  const SampleRepository repository(SampleRepository::Kind::kWithFiles);
  repository.write(".gitignore", "*.log\n/build/\n");
  repository.write("in/a.py", "");
  EXPECT_TRUE(is_ignored_by_git(repository.path() / "in/a.log"));
  EXPECT_TRUE(is_ignored_by_git(repository.path() / "build/new/a.py"));  // There is no such folder.
  EXPECT_FALSE(is_ignored_by_git(repository.path() / "in/a.py"));
  repository.write("in/.gitignore", "a.py\n");
  EXPECT_TRUE(is_ignored_by_git(repository.path() / "in/a.py"));
}

TEST(IgnoredFile, IsFoundThroughLinks) {
  const SampleRepository repository(SampleRepository::Kind::kWithFiles);
  repository.write(".gitignore", "*.log\n");
  std::filesystem::create_directory_symlink(repository.path(), repository.beside());
  EXPECT_TRUE(is_ignored_by_git(repository.beside() / "a.log"));
}

TEST(IgnoredFile, IsNoneOutsideOfRepositories) {
  const nextline::test::TemporaryFolder folder;
  EXPECT_FALSE(is_ignored_by_git(folder.path() / "a.log"));
  EXPECT_FALSE(is_ignored_by_git("/no/such/folder/a.log"));
  EXPECT_FALSE(is_ignored_by_git("a.log"));
  EXPECT_FALSE(is_ignored_by_git({}));
}

TEST(IgnoredFile, IsNoneOfARepositorysOwn) {
  const SampleRepository repository(SampleRepository::Kind::kWithFiles);
  repository.write(".gitignore", "*\n");
  EXPECT_FALSE(is_ignored_by_git(repository.path() / ".git/COMMIT_EDITMSG"));
}

}  // namespace
}  // namespace nextline::lsp
