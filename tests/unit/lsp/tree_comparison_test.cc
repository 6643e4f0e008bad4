#include "lsp/workspace/tree_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Files = TreeComparison::Files;
using test::SampleRepository;

class TreeComparisonTest : public testing::Test {
 protected:
  /// The root that has these files.
  git_oid root(const SampleRepository::Files& files) {
    sample_.commit(files, std::vector<std::string>());
    return git_id(sample_.hash_of("")).value();
  }

  /// "+path", "-path" or "~path" of each change.
  std::vector<std::string> changes(const git_oid& old_root, const git_oid& new_root,
                                   Files files = Files::kAll) {
    std::vector<std::string> found;
    TreeComparison comparison(repository_, files, 1000);
    EXPECT_TRUE(comparison.compare(&old_root, &new_root, [&](const FileChange& change) {
      const bool is_added = change.old_file == nullptr;
      const char* const sign = is_added ? "+" : change.new_file == nullptr ? "-" : "~";
      found.push_back(sign + change.path);
      return true;
    }));
    others_ = comparison.others();
    return found;
  }

  SampleRepository sample_;
  Repository repository_ = Repository::open(sample_.path(), Repository::Search::kHere).value();
  std::size_t others_ = 0;
};

TEST_F(TreeComparisonTest, FindsWhatCameWentOrIsDifferent) {
  const git_oid before =
      root({{"a", "1"}, {"b/c", "1"}, {"b/same", "1"}, {"gone", "1"}, {"old/d", "1"}});
  const git_oid after =
      root({{"a", "2"}, {"b/c", "2"}, {"b/same", "1"}, {"came", "1"}, {"new/d", "1"}});
  EXPECT_THAT(changes(before, after),
              ElementsAre("~a", "~b/c", "+came", "+new/d", "-gone", "-old/d"));
  EXPECT_THAT(changes(before, after, Files::kInBoth), ElementsAre("~a", "~b/c"));
  EXPECT_THAT(changes(after, after), IsEmpty());
}

TEST_F(TreeComparisonTest, AFileMayGiveWayToAFolder) {
  const git_oid file = root({{"a", "1"}});
  const git_oid folder = root({{"a/b", "1"}});
  EXPECT_THAT(changes(file, folder), ElementsAre("+a/b", "-a"));
  EXPECT_THAT(changes(folder, file), ElementsAre("-a/b", "+a"));
  EXPECT_THAT(changes(file, folder, Files::kInBoth), IsEmpty());
}

TEST_F(TreeComparisonTest, EndsWhereTheVisitorOrALimitSaysSo) {
  const git_oid before = root({});
  const git_oid after = root({{"a", "1"}, {"b", "1"}, {"c", "1"}});
  std::vector<std::string> found;
  const auto visit = [&](const FileChange& change) {
    found.push_back(change.path);
    return found.size() != 2;
  };
  TreeComparison comparison(repository_, Files::kAll, 3);
  EXPECT_FALSE(comparison.compare(&before, &after, visit));
  EXPECT_THAT(found, ElementsAre("a", "b"));
  EXPECT_FALSE(comparison.is_at_limit());
  EXPECT_FALSE(comparison.compare(&before, &after, visit));
  EXPECT_THAT(found, ElementsAre("a", "b", "a")) << "The third entry was the last.";
  EXPECT_TRUE(comparison.is_at_limit());

  std::stop_source stop;
  stop.request_stop();
  TreeComparison stopped(repository_, Files::kAll, 1000);
  EXPECT_FALSE(stopped.compare(&before, &after, visit, stop.get_token()));
  EXPECT_EQ(found.size(), 3U);
}

TEST_F(TreeComparisonTest, LeavesOutNamesThatNoFolderCanHave) {
  const git_oid content = root({{"a", "1"}});
  const git_oid blob = git_id(sample_.hash_of("a")).value();
  // Written as bytes, because libgit2 refuses to make such a folder.
  std::string tree;
  for (const std::string name : {"..", ".git", "b", "c/d", "\xe9"}) {
    tree += "100644 " + name + '\0';
    tree.append(reinterpret_cast<const char*>(blob.id), sizeof blob.id);
  }
  const auto objects = git_make<GitObjects>(git_repository_odb, sample_.handle());
  git_oid root_with_them{};
  ASSERT_EQ(
      git_odb_write(&root_with_them, objects.get(), tree.data(), tree.size(), GIT_OBJECT_TREE), 0);
  EXPECT_THAT(changes(content, root_with_them), ElementsAre("+b", "-a"));
  EXPECT_EQ(others_, 4U);
}

}  // namespace
}  // namespace nextline::lsp
