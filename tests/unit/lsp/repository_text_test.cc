#include "lsp/workspace/repository_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

using test::SampleRepository;
using Files = SampleRepository::Files;
using End = ReadTexts::End;

constexpr auto kFile = TextKind::kFile;
constexpr auto kAdded = TextKind::kAdded;
constexpr auto kRemoved = TextKind::kRemoved;

/// Of a text, what most tests are about.
using Said = std::tuple<TextKind, std::string, std::string>;

struct Reading {
  std::vector<RepositoryText> texts;
  ReadTexts summary;

  std::vector<Said> said() const {
    std::vector<Said> all;
    for (const RepositoryText& text : texts) all.emplace_back(text.kind, text.path, text.text);
    return all;
  }
  std::set<std::string> contents() const {
    std::set<std::string> all;
    for (const RepositoryText& text : texts) all.insert(text.text);
    return all;
  }
};

Reading read(const std::filesystem::path& folder, const TextRequest& request = {},
             std::size_t stop_behind = SIZE_MAX) {
  Reading reading;
  std::stop_source stop;
  const auto summary = read_texts(
      folder, request,
      [&](RepositoryText text) {
        reading.texts.push_back(std::move(text));
        if (reading.texts.size() >= stop_behind) stop.request_stop();
      },
      stop.get_token());
  EXPECT_TRUE(summary.has_value()) << summary.error().message << summary.error().cause;
  reading.summary = summary.value_or(ReadTexts());
  return reading;
}

Reading read(const SampleRepository& repository, const TextRequest& request = {},
             std::size_t stop_behind = SIZE_MAX) {
  return read(repository.path(), request, stop_behind);
}

/// A request for what the commits changed alone.
TextRequest history_request() {
  TextRequest request;
  request.files = false;
  return request;
}

/// A root folder with one entry.
git_oid root_with(const SampleRepository& repository, const std::string& name,
                  const std::string& hash, git_filemode_t mode) {
  using Builder = GitHandle<git_treebuilder, git_treebuilder_free>;
  const auto builder = git_make<Builder>(git_treebuilder_new, repository.handle(), nullptr);
  const git_oid content = git_id(hash).value();
  git_oid tree{};
  EXPECT_EQ(git_treebuilder_insert(nullptr, builder.get(), name.c_str(), &content, mode), 0);
  EXPECT_EQ(git_treebuilder_write(&tree, builder.get()), 0);
  return tree;
}

std::string error_of(const std::filesystem::path& folder) {
  const auto result = read_texts(folder, {}, [](const RepositoryText& /*text*/) {});
  return result ? "" : result.error().message;
}

TEST(RepositoryText, OfAChangeHasTheLineBefore) {
  SampleRepository repository;
  repository.commit({{"a.py", "one\ntwo\nthree\n"}});
  repository.commit({{"a.py", "zero\none\nnew\nthree\n"}});
  std::map<std::string, std::string> before;
  for (const RepositoryText& text : read(repository.path()).texts) {
    before[text.text] = text.line_before;
  }
  EXPECT_EQ(before.at("zero\n"), "");
  EXPECT_EQ(before.at("new\n"), "one\n");
  EXPECT_EQ(before.at("two\n"), "one\n");
  EXPECT_EQ(before.at("zero\none\nnew\nthree\n"), "");  // The file.
}

TEST(RepositoryText, IsFilesAtHeadAndThenWhatCommitsChangedTheNewestFirst) {
  SampleRepository repository;
  repository.commit({{"a.py", "one\ntwo\nthree\n"}, {"in/b.cc", "b\n"}});
  const std::string second = repository.commit({{"a.py", "one\nTWO\nthree\n"}, {"in/b.cc", "b\n"}});
  const std::int64_t second_time = repository.time();
  const std::string third =
      repository.commit({{"a.py", "one\nTWO\nthree\nfour\n"}, {"in/b.cc", "b\n"}});

  const Reading reading = read(repository);

  EXPECT_THAT(
      reading.said(),
      ElementsAre(Said{kFile, "a.py", "one\nTWO\nthree\nfour\n"}, Said{kFile, "in/b.cc", "b\n"},
                  Said{kAdded, "a.py", "four\n"}, Said{kRemoved, "a.py", "two\n"},
                  Said{kAdded, "a.py", "TWO\n"}, Said{kAdded, "a.py", "one\ntwo\nthree\n"}));
  const RepositoryText& file = reading.texts[1];
  EXPECT_EQ(file.language, "cpp");
  EXPECT_EQ(file.commit, third);
  EXPECT_EQ(file.time, repository.time());
  EXPECT_EQ(file.blob, repository.hash_of("in/b.cc"));
  const RepositoryText& removed = reading.texts[3];
  EXPECT_EQ(removed.commit, second);
  EXPECT_EQ(removed.time, second_time);
  EXPECT_EQ(removed.blob, reading.texts[5].blob) << "It stood in the first version.";

  const ReadTexts& summary = reading.summary;
  EXPECT_TRUE(summary.is_complete());
  EXPECT_EQ(summary.head, third);
  EXPECT_THAT(summary.waiting, IsEmpty());
  EXPECT_EQ(std::tuple(summary.files, summary.added, summary.removed, summary.commits),
            std::tuple(2U, 3U, 1U, 3U));
  EXPECT_EQ(summary.bytes, 19U + 2U + 5U + 4U + 4U + 14U);
  EXPECT_EQ(summary.left_out.duplicate, 1U) << "The other file's first version is at HEAD.";
}

TEST(RepositoryText, HasAddedAndRemovedFilesAsAWhole) {
  SampleRepository repository;
  repository.commit({{"gone.py", "1\n"}, {"place", "file\n"}});
  repository.commit({{"came.py", "2\n3\n"}, {"place/a.py", "in a folder\n"}});
  repository.commit({});
  EXPECT_THAT(read(repository).said(),
              ElementsAre(Said{kRemoved, "came.py", "2\n3\n"},
                          Said{kRemoved, "place/a.py", "in a folder\n"},
                          Said{kRemoved, "place", "file\n"}, Said{kRemoved, "gone.py", "1\n"}))
      << "What was removed is not given again where it was added.";
}

TEST(RepositoryText, SaysNothingTwice) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "1\n"}, {"copy.py", "1\n"}});
  const std::string picked = repository.commit({{"a.py", "1\n2\n"}}, {first});
  const std::string main = repository.commit({{"a.py", "1\n"}, {"moved.py", "1\n"}}, {first});
  repository.commit({{"a.py", "1\n2\n"}, {"other.py", "x\n2\n"}}, {main, picked});
  repository.commit({{"a.py", "1\n2\n"}, {"other.py", "x\n"}});

  const Reading reading = read(repository);

  EXPECT_THAT(reading.said(),
              ElementsAre(Said{kFile, "a.py", "1\n2\n"}, Said{kFile, "other.py", "x\n"},
                          Said{kRemoved, "other.py", "2\n"}, Said{kAdded, "moved.py", "1\n"}));
  EXPECT_EQ(reading.summary.merges, 1U);
}

TEST(RepositoryText, AChangeThatWasMadeTwiceIsComparedOnce) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "1\n\n2\n"}});
  const std::string change = repository.commit({{"a.py", "3\n\n4\n"}}, {first});
  const std::string again = repository.commit({{"a.py", "3\n\n4\n"}}, {first});
  repository.commit({{"a.py", "3\n\n4\n"}}, {change, again});
  const Reading reading = read(repository, history_request());
  EXPECT_EQ(reading.texts.size(), 5U);
  EXPECT_EQ(reading.summary.commits, 3U);
  EXPECT_EQ(reading.summary.left_out.duplicate, 1U) << "Not each of its four texts.";
}

TEST(RepositoryText, IsOfAllBranchesThatWereMerged) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "a\n"}});
  const std::string aside = repository.commit({{"a.py", "a\n"}, {"b.py", "aside\n"}}, {first});
  const std::string main = repository.commit({{"a.py", "main\n"}}, {first});
  repository.commit({{"a.py", "merged\n"}, {"b.py", "aside, later\n"}}, {main, aside});
  EXPECT_THAT(read(repository, history_request()).said(),
              ElementsAre(Said{kRemoved, "a.py", "a\n"}, Said{kAdded, "a.py", "main\n"},
                          Said{kAdded, "b.py", "aside\n"}));
}

TEST(RepositoryText, LeavesOutSecretsAlsoThoseOfThePast) {
  SampleRepository repository;
  repository.commit({{".env", "TOKEN=1\n"}, {"a.py", "a\n"}, {"tls/host.key", "key\n"}});
  repository.commit({{".env", "TOKEN=2\n"}, {"a.py", "a\n"}});
  repository.commit({{"a.py", "a\n"}});

  const Reading reading = read(repository);

  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "a\n"}));
  EXPECT_EQ(reading.summary.left_out.secret, 5U);
  EXPECT_TRUE(reading.summary.is_complete());
}

TEST(RepositoryText, LeavesOutWhatIsIgnoredTodayAlsoInThePast) {
  SampleRepository repository(SampleRepository::Kind::kWithFiles);
  repository.commit({{"a.py", "a\n"}, {"out/made.py", "made\n"}, {"in/notes.py", "mine\n"}});
  repository.commit({{"a.py", "a\n"}, {"in/notes.py", "yours\n"}});
  EXPECT_THAT(read(repository).contents(), IsSupersetOf({"made\n", "mine\n", "yours\n"}));

  repository.write(".gitignore", "/out/\n");
  repository.write("in/.gitignore", "notes.py\n");

  const Reading reading = read(repository);
  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "a\n"}));
  EXPECT_EQ(reading.summary.left_out.ignored, 5U) << "At HEAD, one; in the past, four.";
}

TEST(RepositoryText, LeavesOutWhatIsNoTextOrTooLargeOrGenerated) {
  SampleRepository repository;
  const std::string endless(500, 'x');
  repository.commit({{"a.py", "a\n"},
                     {"latin.py", "\xe9\n"},
                     {"zero.py", {'1', '\0'}},
                     {"large.py", std::string(2001, '1')},
                     {"in/package-lock.json", "{}\n"},
                     {"app.min.js", "f()\n"},
                     {"data.js", "short\n" + endless + "\n"},
                     {"empty.py", ""},
                     {"blank.py", " \n\t\n"}});
  TextRequest request;
  request.limits.most_file_bytes = 2000;

  const Reading reading = read(repository, request);

  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "a\n"}));
  const ReadTexts& summary = reading.summary;
  EXPECT_EQ(summary.left_out.binary, 4U) << "Two files, at HEAD and when they were added.";
  EXPECT_EQ(summary.left_out.too_large, 2U);
  EXPECT_EQ(summary.left_out.generated, 6U);
  EXPECT_TRUE(summary.is_complete()) << "They could be read.";
}

TEST(RepositoryText, LeavesOutLinksAndSubmodules) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "a\n"}});
  const std::string blob = repository.hash_of("a.py");
  for (const auto& [hash, mode] :
       {std::pair(blob, GIT_FILEMODE_LINK), std::pair(first, GIT_FILEMODE_COMMIT)}) {
    const git_oid root = root_with(repository, "entry", hash, mode);
    repository.commit_tree(root, {});
    const Reading reading = read(repository);
    EXPECT_THAT(reading.texts, IsEmpty());
    EXPECT_EQ(reading.summary.left_out.others, 2U);
    EXPECT_TRUE(reading.summary.is_complete());
  }
}

TEST(RepositoryText, OfAnEmptyRepositoryThereIsNone) {
  const SampleRepository repository;
  const Reading reading = read(repository);
  EXPECT_THAT(reading.texts, IsEmpty());
  EXPECT_EQ(reading.summary.head, "");
  EXPECT_TRUE(reading.summary.is_complete());
}

TEST(RepositoryText, IsThatOfADetachedHead) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "a\n"}});
  repository.commit({{"a.py", "b\n"}});
  const git_oid id = git_id(first).value();
  ASSERT_EQ(git_repository_set_head_detached(repository.handle(), &id), 0);
  const Reading reading = read(repository);
  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "a\n"}));
  EXPECT_EQ(reading.summary.head, first);
}

TEST(RepositoryText, IsThatOfAWorktree) {
  using Worktree = GitHandle<git_worktree, git_worktree_free>;
  SampleRepository repository(SampleRepository::Kind::kWithFiles);
  const std::string first = repository.commit({{"a.py", "a\n"}});
  const auto worktree = git_make<Worktree>(git_worktree_add, repository.handle(), "beside",
                                           repository.beside().c_str(), nullptr);
  ASSERT_TRUE(worktree) << git_complaint();
  ASSERT_TRUE(std::filesystem::is_regular_file(repository.beside() / ".git"));
  repository.commit({{"a.py", "b\n"}});
  std::ofstream(repository.beside() / ".gitignore") << "b.py\n";

  const Reading reading = read(repository.beside());

  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "a\n"}))
      << "Its branch has the first commit only.";
  EXPECT_FALSE(reading.summary.is_shallow);
  std::ofstream(repository.path() / ".git" / "shallow") << first << '\n';
  EXPECT_TRUE(read(repository.beside()).summary.is_shallow);
}

TEST(RepositoryText, OfAFolderIsThatOfTheRepositoryAroundIt) {
  SampleRepository repository(SampleRepository::Kind::kWithFiles);
  repository.commit({{"a.py", "a\n"}, {"in/deep/b.py", "b\n"}});
  repository.write("in/deep/b.py", "changed, and not committed\n");
  EXPECT_THAT(read(repository.path() / "in" / "deep").said(),
              ElementsAre(Said{kFile, "a.py", "a\n"}, Said{kFile, "in/deep/b.py", "b\n"}));
}

TEST(RepositoryText, OfAFolderThatIsInNoneIsAnError) {
  const SampleRepository only_to_know_no_configuration;
  const test::TemporaryFolder folder;
  EXPECT_THAT(error_of(folder.path()), HasSubstr("is not in a git repository"));
  EXPECT_THAT(error_of(folder.path() / "missing"), HasSubstr("is not in a git repository"));
}

TEST(RepositoryText, OfSomebodyElsesRepositoryIsAnError) {
  SampleRepository repository(SampleRepository::Kind::kWithFiles);
  repository.commit({{"a.py", "a\n"}});
  constexpr uid_t kSomebody = 54321;
  if (::chown(repository.path().c_str(), kSomebody, static_cast<gid_t>(-1)) != 0) {
    GTEST_SKIP() << "Only an administrator can give a folder away.";
  }
  EXPECT_THAT(error_of(repository.path()), HasSubstr("belongs to another user"));
}

TEST(RepositoryText, OfADamagedNewestCommitIsAnError) {
  SampleRepository repository;
  repository.damage(repository.commit({{"a.py", "a\n"}}));
  EXPECT_THAT(error_of(repository.path()), HasSubstr("is missing or damaged"));
}

TEST(RepositoryText, OfADamagedRepositoryIsAllThatCanBeRead) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "a\n"}});
  const std::string lost = repository.commit({{"a.py", "lost\n"}}, {first});
  const std::string main = repository.commit({{"a.py", "a\n"}, {"b.py", "b\n"}}, {first});
  repository.commit({{"a.py", "a\n"}, {"b.py", "b\n"}}, {lost, main});
  repository.commit({{"a.py", "c\n"}, {"b.py", "d\n"}, {"in/e.py", "e\n"}});
  repository.damage(lost);
  repository.damage(repository.hash_of("b.py"));
  repository.remove(repository.hash_of("in"));

  const Reading reading = read(repository);

  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "c\n"}, Said{kRemoved, "a.py", "a\n"},
                                          Said{kAdded, "b.py", "b\n"}));
  EXPECT_EQ(reading.summary.unreadable, 5U) << "A commit; a file and a folder, twice each.";
  EXPECT_FALSE(reading.summary.is_complete());
  EXPECT_THAT(reading.summary.waiting, IsEmpty());
}

TEST(RepositoryText, OfAShallowCloneIsWhatItHas) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "1\n"}});
  const std::string second = repository.commit({{"a.py", "2\n"}});
  repository.commit({{"a.py", "3\n"}});
  repository.remove(first);
  std::ofstream(repository.path() / "shallow") << second << '\n';

  const Reading reading = read(repository);

  EXPECT_THAT(reading.said(),
              ElementsAre(Said{kFile, "a.py", "3\n"}, Said{kRemoved, "a.py", "2\n"}));
  EXPECT_EQ(reading.summary.unreadable, 0U);
  EXPECT_TRUE(reading.summary.is_shallow);
  EXPECT_FALSE(reading.summary.is_complete());
}

TEST(RepositoryText, ThatIsKnownIsNotGivenAgain) {
  SampleRepository repository;
  const std::string first = repository.commit({{"a.py", "1\n"}, {"b.py", "b\n"}});
  const std::string known = repository.commit({{"a.py", "2\n"}, {"b.py", "b\n"}});
  const std::string aside = repository.commit({{"a.py", "aside\n"}}, {first});
  const std::string main = repository.commit({{"a.py", "3\n"}, {"b.py", "b\n"}}, {known});
  repository.commit({{"a.py", "4\n"}, {"b.py", "b\n"}}, {main, aside});
  TextRequest request;
  request.known = {known};

  EXPECT_THAT(read(repository, request).said(),
              ElementsAre(Said{kFile, "a.py", "4\n"}, Said{kRemoved, "a.py", "2\n"},
                          Said{kAdded, "a.py", "3\n"}, Said{kRemoved, "a.py", "1\n"},
                          Said{kAdded, "a.py", "aside\n"}, Said{kRemoved, "b.py", "b\n"}));

  request.known = {repository.head()};
  const Reading of_nothing_new = read(repository, request);
  EXPECT_THAT(of_nothing_new.texts, IsEmpty());
  EXPECT_TRUE(of_nothing_new.summary.is_complete());

  request.known = {std::string(40, '1'), "no hash"};
  EXPECT_EQ(read(repository, request).said(), read(repository).said())
      << "What is not there is not known.";
}

TEST(RepositoryText, StopsBetweenTwoTextsAndGoesOnWithTheSameCommit) {
  SampleRepository repository;
  repository.commit({{"a.py", "1\n"}});
  const std::string second = repository.commit({{"a.py", "2\n\n3\n"}});
  repository.commit({{"a.py", "4\n\n5\n"}});
  ASSERT_THAT(read(repository).said(),
              ElementsAre(Said{kFile, "a.py", "4\n\n5\n"}, Said{kRemoved, "a.py", "2\n"},
                          Said{kAdded, "a.py", "4\n"}, Said{kRemoved, "a.py", "3\n"},
                          Said{kAdded, "a.py", "5\n"}, Said{kRemoved, "a.py", "1\n"},
                          Said{kAdded, "a.py", "2\n\n3\n"}));

  const Reading in_the_middle = read(repository, {}, 3);
  EXPECT_EQ(in_the_middle.texts.size(), 3U);
  EXPECT_EQ(in_the_middle.summary.end, End::kStopped);
  EXPECT_TRUE(in_the_middle.summary.has_all_files);
  EXPECT_THAT(in_the_middle.summary.waiting, ElementsAre(repository.head(), second));

  TextRequest rest = history_request();
  rest.from = in_the_middle.summary.waiting;
  EXPECT_THAT(read(repository, rest).said(),
              ElementsAre(Said{kRemoved, "a.py", "2\n"}, Said{kAdded, "a.py", "4\n"},
                          Said{kRemoved, "a.py", "3\n"}, Said{kAdded, "a.py", "5\n"},
                          Said{kRemoved, "a.py", "1\n"}, Said{kAdded, "a.py", "2\n\n3\n"}));
}

TEST(RepositoryText, StoppedAtTheFilesHasNotAllOfThem) {
  SampleRepository repository;
  repository.commit({{"a.py", "1\n"}, {"b.py", "2\n"}});
  const Reading reading = read(repository, {}, 1);
  EXPECT_EQ(reading.texts.size(), 1U);
  EXPECT_FALSE(reading.summary.has_all_files);
  EXPECT_THAT(reading.summary.waiting, ElementsAre(repository.head()));
}

/// A history of random edits on random branches, some of which are merged.
void grow(SampleRepository& repository, std::mt19937& random, int commits) {
  std::vector<std::pair<std::string, Files>> branches = {{repository.commit({}), {}}};
  for (int i = 0; i < commits; ++i) {
    auto [parent, files] = branches[random() % branches.size()];
    std::string& text = files[std::to_string(random() % 3) + ".py"];
    text.insert(text.size() / 2 / 2 * 2, std::string(1, static_cast<char>('a' + i % 26)) + "\n");
    if (random() % 4 == 0) files.erase(files.begin());
    std::vector<std::string> parents = {parent};
    const std::string& other = branches[random() % branches.size()].first;
    if (random() % 4 == 0 && other != parent) parents.push_back(other);
    branches.emplace_back(repository.commit(files, parents), files);
    if (branches.size() > 4) branches.erase(branches.begin());
  }
}

TEST(RepositoryText, GoesOnBehindAFile) {
  SampleRepository repository;
  repository.commit({{"a-b.py", "1\n"}, {"a.py", "2\n"}, {"a/c.py", "3\n"}, {"b.py", "4\n"}});
  const std::vector<Said> all = read(repository).said();
  ASSERT_EQ(all.size(), 4U);
  for (std::size_t given = 1; given <= all.size(); ++given) {
    TextRequest request;
    request.files_behind = std::get<1>(all[given - 1]);
    const auto rest = read(repository, request).said();
    // What was added as a whole is not known to have been given.
    EXPECT_EQ(std::vector(rest.begin(), rest.end() - static_cast<std::ptrdiff_t>(given)),
              std::vector(all.begin() + static_cast<std::ptrdiff_t>(given), all.end()));
  }
}

TEST(RepositoryText, IsThatOfAnotherCommitIfThatIsAskedFor) {
  SampleRepository repository;
  TextRequest request;
  request.head = repository.commit({{"a.py", "1\n"}});
  repository.commit({{"a.py", "2\n"}});
  const Reading reading = read(repository, request);
  EXPECT_THAT(reading.said(), ElementsAre(Said{kFile, "a.py", "1\n"}));
  EXPECT_EQ(reading.summary.head, request.head);

  request.head = std::string(40, '1');
  const auto missing = read_texts(repository.path(), request, [](const RepositoryText&) {});
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("is missing or damaged"));
}

TEST(RepositoryText, TellsWhereAnotherReadingCanGoOn) {
  std::mt19937 random(5);
  SampleRepository repository;
  grow(repository, random, 20);
  const std::set<std::string> all = read(repository).contents();

  // Of each checkpoint: what was given before it, and what a reading that goes on there gives.
  TextRequest request;
  request.checkpoint_bytes = 1;
  std::vector<RepositoryText> given;
  int checkpoints = 0;
  request.at_checkpoint = [&](const ReadTexts& so_far) {
    ++checkpoints;
    TextRequest rest;
    rest.files = !so_far.has_all_files;
    if (rest.files) rest.files_behind = given.back().path;
    rest.head = so_far.head;
    rest.from = so_far.waiting;
    std::set<std::string> both;
    for (const RepositoryText& text : given) both.insert(text.text);
    if (rest.files || !rest.from.empty()) both.merge(read(repository, rest).contents());
    EXPECT_EQ(both, all);
  };
  ASSERT_TRUE(read_texts(repository.path(), request, [&](RepositoryText text) {
                given.push_back(std::move(text));
              }).has_value());
  EXPECT_GT(checkpoints, 5);

  request.checkpoint_bytes = 1'000'000;
  checkpoints = 0;
  ASSERT_TRUE(read_texts(repository.path(), request, [](const RepositoryText&) {}).has_value());
  EXPECT_EQ(checkpoints, 0);
}

TEST(RepositoryText, HasAnExtent) {
  SampleRepository repository;
  EXPECT_EQ(extent_of(repository.path(), {}).commits, 0U);
  TextRequest request;
  request.known = {repository.commit({{"a.py", "1\n"}, {"b.py", "2\n"}})};
  repository.commit({{"a.py", "1\n"}, {"b.py", "3\n"}});
  const TextExtent all = extent_of(repository.path(), {});
  EXPECT_EQ(std::tuple(all.files, all.commits), std::tuple(2U, 2U));
  const TextExtent extension = extent_of(repository.path(), request);
  EXPECT_EQ(std::tuple(extension.files, extension.commits), std::tuple(1U, 1U));
}

TEST(RepositoryText, IsLimitedInCommitsBytesAndEntries) {
  SampleRepository repository;
  for (const char* text : {"1\n", "2\n", "3\n", "4\n"}) repository.commit({{"a.py", text}});

  TextRequest two_commits;
  two_commits.limits.most_commits = 2;
  const Reading first = read(repository, two_commits);
  EXPECT_THAT(first.contents(), UnorderedElementsAre("4\n", "3\n", "2\n"));
  EXPECT_EQ(first.summary.end, End::kLimit);
  TextRequest rest = history_request();
  rest.from = first.summary.waiting;
  EXPECT_THAT(read(repository, rest).contents(), UnorderedElementsAre("1\n", "2\n"));

  TextRequest five_bytes;
  five_bytes.limits.most_bytes = 5;
  const Reading two_texts = read(repository, five_bytes);
  EXPECT_EQ(two_texts.texts.size(), 2U);
  EXPECT_EQ(two_texts.summary.end, End::kLimit);
  EXPECT_EQ(two_texts.summary.waiting.size(), 1U) << "A commit that exceeds a limit is passed.";

  TextRequest one_entry;
  one_entry.limits.most_entries = 1;
  EXPECT_EQ(read(repository, one_entry).summary.end, End::kLimit);
  EXPECT_EQ(read(repository, one_entry).texts.size(), 1U);
}

TEST(RepositoryText, WhatGivesLittleIsNotReadWithoutEnd) {
  SampleRepository repository;
  std::string text(1000, '\n');
  TextRequest request = history_request();
  request.known = {repository.commit({{"a.py", text}})};
  for (const char line : {'a', 'b', 'c', 'd', 'e', 'f'}) {
    text.front() = line;
    repository.commit({{"a.py", text + line}});
  }
  ASSERT_TRUE(read(repository, request).summary.is_complete());

  request.limits.most_bytes = 30;
  const Reading reading = read(repository, request);
  EXPECT_EQ(reading.summary.end, End::kLimit);
  EXPECT_EQ(reading.summary.commits, 1U) << "Of 1920 bytes, it read the second version.";
  EXPECT_LT(reading.summary.bytes, 30U);
}

TEST(RepositoryText, IsTheSameHoweverOftenTheReadingStopsAndGoesOn) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    SampleRepository repository;
    grow(repository, random, 25);
    const Reading whole = read(repository, history_request());
    ASSERT_TRUE(whole.summary.is_complete());

    std::set<std::string> contents;
    TextRequest request = history_request();
    do {
      request.limits.most_commits = 1 + random() % 4;
      const Reading part = read(repository, request);
      contents.merge(part.contents());
      request.from = part.summary.waiting;
    } while (!request.from.empty());
    EXPECT_EQ(contents, whole.contents());
  }
}

TEST(RepositoryText, OfEachDayIsTogetherThatOfAll) {
  std::mt19937 random(4);
  SampleRepository repository;
  grow(repository, random, 12);
  TextRequest request;
  std::set<std::string> contents = read(repository, request).contents();
  request.known = {repository.head()};
  for (int day = 0; day < 5; ++day) {
    repository.commit({{"day.py", std::to_string(day) + "\n"}});
    const Reading reading = read(repository, request);
    EXPECT_EQ(reading.summary.commits, 1U);
    contents.merge(reading.contents());
    request.known.insert(request.known.begin(), reading.summary.head);
  }
  EXPECT_THAT(contents, IsSupersetOf(read(repository).contents()));
}

}  // namespace
}  // namespace nextline::lsp
