#include "server/replay/git_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/sample_repository.h"

namespace nextline::replay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using lsp::git_make;
using test::SampleRepository;

GitHistory read(const SampleRepository& repository, const HistoryLimits& limits = {}) {
  const auto history = read_git_history(repository.path(), Language::kPython, limits);
  EXPECT_TRUE(history.has_value()) << history.error().message << history.error().cause;
  return history.value_or(GitHistory());
}

using Builder = lsp::GitHandle<git_treebuilder, git_treebuilder_free>;

/// A folder of ten entries that all are the folder below, and so on: 10^8 files.
git_oid many_files(const SampleRepository& repository, const std::string& content) {
  git_oid id;
  EXPECT_EQ(git_blob_create_from_buffer(&id, repository.handle(), content.data(), content.size()),
            0);
  for (int level = 0; level < 8; ++level) {
    const auto builder = git_make<Builder>(git_treebuilder_new, repository.handle(), nullptr);
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) {
      const std::string entry = level == 0 ? std::string(name) + ".py" : name;
      git_treebuilder_insert(nullptr, builder.get(), entry.c_str(), &id,
                             level == 0 ? GIT_FILEMODE_BLOB : GIT_FILEMODE_TREE);
    }
    EXPECT_EQ(git_treebuilder_write(&id, builder.get()), 0);
  }
  return id;
}

TEST(GitHistory, GivesWhatEachCommitChangedTheNewestFirst) {
  SampleRepository repository;
  repository.commit({{"one.py", "1\n"}, {"folder/two.py", "2\n"}});
  const std::string second = repository.commit({{"one.py", "1a\n"}, {"folder/two.py", "2a\n"}});
  const std::string third = repository.commit({{"one.py", "1b\n"}, {"folder/two.py", "2a\n"}});

  const GitHistory history = read(repository);

  EXPECT_THAT(history.files, ElementsAre(ChangedFile{third, "one.py", "1a\n", "1b\n"},
                                         ChangedFile{second, "folder/two.py", "2\n", "2a\n"},
                                         ChangedFile{second, "one.py", "1\n", "1a\n"}));
  EXPECT_TRUE(history.is_complete);
  EXPECT_EQ(history.unreadable, 0U);
}

TEST(GitHistory, LeavesOutWhatIsAddedRemovedOrOfAnotherLanguage) {
  SampleRepository repository;
  repository.commit({{"removed.py", "1\n"}, {"Other.java", "1\n"}, {"notes.txt", "1\n"}});
  repository.commit({{"added.py", "2\n"}, {"Other.java", "2\n"}, {"notes.txt", "2\n"}});
  EXPECT_THAT(read(repository).files, IsEmpty());
}

TEST(GitHistory, LeavesOutWhatIsNoTextOrTooLarge) {
  SampleRepository repository;
  repository.commit({{"latin.py", "1\n"}, {"zero.py", "1\n"}, {"large.py", "1\n"}});
  repository.commit(
      {{"latin.py", "\xe9\n"}, {"zero.py", {'1', '\0'}}, {"large.py", std::string(101, '1')}});
  const GitHistory history = read(repository, {.most_file_bytes = 100});
  EXPECT_THAT(history.files, IsEmpty());
  EXPECT_EQ(history.unreadable, 0U) << "They could be read.";
}

TEST(GitHistory, SkipsMergesAndTheirSecondParents) {
  SampleRepository repository;
  const std::string first = repository.commit({{"one.py", "1\n"}});
  const std::string aside = repository.commit({{"one.py", "aside\n"}}, {first});
  const std::string main = repository.commit({{"one.py", "main\n"}}, {first});
  repository.commit({{"one.py", "merged\n"}}, {main, aside});
  EXPECT_THAT(read(repository).files, ElementsAre(ChangedFile{main, "one.py", "1\n", "main\n"}));
}

TEST(GitHistory, AnEmptyRepositoryHasNoHistory) {
  const GitHistory history = read(SampleRepository());
  EXPECT_THAT(history.files, IsEmpty());
  EXPECT_TRUE(history.is_complete);
}

TEST(GitHistory, AFolderThatIsNoRepositoryIsAnError) {
  const test::TemporaryFolder folder;
  for (const auto& path : {folder.path(), folder.path() / "missing"}) {
    const auto history = read_git_history(path, Language::kPython);
    ASSERT_FALSE(history.has_value());
    EXPECT_THAT(history.error().message, HasSubstr(path.string() + " cannot be read"));
  }
}

TEST(GitHistory, AFolderWithinARepositoryIsNotTakenForIt) {
  const SampleRepository repository;
  EXPECT_FALSE(read_git_history(repository.path() / "objects", Language::kPython).has_value());
}

TEST(GitHistory, OfADamagedRepositoryTheRestIsRead) {
  SampleRepository repository;
  repository.commit({{"one.py", "1\n"}, {"two.py", "2\n"}, {"in/three.py", "3\n"}});
  const std::string second =
      repository.commit({{"one.py", "4\n"}, {"two.py", "5\n"}, {"in/three.py", "6\n"}});
  repository.damage(repository.hash_of("one.py"));
  repository.remove(repository.hash_of("in"));

  const GitHistory history = read(repository);

  EXPECT_THAT(history.files, ElementsAre(ChangedFile{second, "two.py", "2\n", "5\n"}));
  EXPECT_EQ(history.unreadable, 2U);
}

TEST(GitHistory, EndsAtADamagedCommit) {
  SampleRepository repository;
  repository.commit({{"one.py", "1\n"}});
  const std::string second = repository.commit({{"one.py", "2\n"}});
  const std::string third = repository.commit({{"one.py", "3\n"}});
  const std::string fourth = repository.commit({{"one.py", "4\n"}});
  repository.damage(second);

  const GitHistory history = read(repository);

  EXPECT_THAT(history.files, ElementsAre(ChangedFile{fourth, "one.py", "3\n", "4\n"}));
  EXPECT_EQ(history.unreadable, 1U);
  EXPECT_FALSE(history.is_complete);
}

TEST(GitHistory, AShallowCloneIsNotDamaged) {
  SampleRepository repository;
  const std::string first = repository.commit({{"one.py", "1\n"}});
  const std::string second = repository.commit({{"one.py", "2\n"}});
  const std::string third = repository.commit({{"one.py", "3\n"}});
  repository.remove(first);
  std::ofstream(repository.path() / "shallow") << second << '\n';

  const GitHistory history = read(repository);

  EXPECT_THAT(history.files, ElementsAre(ChangedFile{third, "one.py", "2\n", "3\n"}));
  EXPECT_EQ(history.unreadable, 0U);
  EXPECT_FALSE(history.is_complete);
}

TEST(GitHistory, ADamagedNewestCommitIsAnError) {
  SampleRepository repository;
  repository.damage(repository.commit({{"one.py", "1\n"}}));
  const auto history = read_git_history(repository.path(), Language::kPython);
  ASSERT_FALSE(history.has_value());
  EXPECT_THAT(history.error().message, HasSubstr("The newest commit"));
}

TEST(GitHistory, AHeadThatNamesNoCommitIsAnError) {
  SampleRepository repository;
  repository.commit({{"one.py", "1\n"}});
  std::ofstream(repository.path() / "refs/heads/main") << repository.hash_of("one.py") << '\n';
  EXPECT_FALSE(read_git_history(repository.path(), Language::kPython).has_value());
}

TEST(GitHistory, StopsAtItsLimits) {
  SampleRepository repository;
  for (const char* text : {"1\n", "2\n", "3\n", "4\n"}) repository.commit({{"one.py", text}});

  const GitHistory of_two_commits = read(repository, {.most_commits = 2});
  EXPECT_EQ(of_two_commits.files.size(), 1U) << "The second says what the first one changed.";
  EXPECT_FALSE(of_two_commits.is_complete);

  const GitHistory of_ten_bytes = read(repository, {.most_bytes = 10});
  EXPECT_EQ(of_ten_bytes.files.size(), 2U);
  EXPECT_FALSE(of_ten_bytes.is_complete);

  EXPECT_TRUE(read(repository, {.most_commits = 4, .most_bytes = 12}).is_complete);
}

TEST(GitHistory, AFewObjectsThatStandForManyFilesAreNotReadToTheEnd) {
  SampleRepository repository;
  const std::string first = repository.commit_tree(many_files(repository, "1\n"), {});
  repository.commit_tree(many_files(repository, "2\n"), {first});

  const GitHistory history = read(repository, {.most_entries = 1000});

  EXPECT_FALSE(history.is_complete);
  EXPECT_LE(history.files.size(), 1000U);
}

}  // namespace
}  // namespace nextline::replay
