#include "lsp/workspace/repository.h"

#include <gtest/gtest.h>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using test::SampleRepository;

Repository open(const fs::path& folder) {
  auto repository = Repository::open(folder, Repository::Search::kHereAndAbove);
  EXPECT_TRUE(repository.has_value()) << repository.error().message;
  return std::move(*repository);
}

TEST(Repository, SaysWhereAFileStandsInIt) {
  SampleRepository sample(SampleRepository::Kind::kWithFiles);
  const Repository repository = open(sample.path());
  const fs::path root = fs::canonical(sample.path());
  EXPECT_EQ(repository.path_of(root / "in/a.py"), "in/a.py");
  EXPECT_EQ(repository.path_of(root / "..a.py"), "..a.py");
  EXPECT_EQ(repository.path_of(root), "");
  EXPECT_EQ(repository.path_of(root / ".git/config"), "");
  EXPECT_EQ(repository.path_of(root.parent_path() / "beside.py"), "");
  EXPECT_EQ(open(SampleRepository().path()).path_of("/a.py"), "");
}

TEST(Repository, GivesTheTextOfAFileAtHead) {
  SampleRepository sample;
  EXPECT_EQ(open(sample.path()).text_at_head("a.py", 100), "");
  sample.commit({{"a.py", "1\n"}, {"in/b.py", "2\n"}});
  sample.commit({{"a.py", "one\n"}, {"in/b.py", "2\n"}});
  const Repository repository = open(sample.path());
  EXPECT_EQ(repository.head(), sample.head());
  EXPECT_EQ(repository.text_at_head("a.py", 100), "one\n");
  EXPECT_EQ(repository.text_at_head("in/b.py", 100), "2\n");
  for (const char* const none : {"", "in", "in/", "in/c.py", "a.py/b.py"}) {
    EXPECT_EQ(repository.text_at_head(none, 100), "") << none;
  }
  EXPECT_EQ(repository.text_at_head("a.py", 3), "") << "It is larger.";
}

TEST(Repository, HasAFolderThatItsWorktreesShare) {
  SampleRepository sample;
  sample.commit({{"a.py", "1\n"}});
  git_worktree* worktree = nullptr;
  ASSERT_EQ(
      git_worktree_add(&worktree, sample.handle(), "beside", sample.beside().c_str(), nullptr), 0);
  git_worktree_free(worktree);
  EXPECT_EQ(open(sample.beside()).common_folder(), open(sample.path()).common_folder());
}

}  // namespace
}  // namespace nextline::lsp
