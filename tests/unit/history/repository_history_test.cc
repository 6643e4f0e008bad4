#include "lsp/history/repository_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "lsp/history/history_state.h"
#include "lsp/workspace/repository_text.h"
#include "tests/support/sample_repository.h"
#include "tests/unit/history/sample_index.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using test::IndexedText;
using test::SampleRepository;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using End = HistoryReport::End;
using Files = SampleRepository::Files;

constexpr auto kFile = DocumentKind::kFile;
constexpr auto kAdded = DocumentKind::kAddedLines;
constexpr auto kRemoved = DocumentKind::kRemovedLines;

class RepositoryHistoryTest : public ::testing::Test {
 protected:
  RepositoryHistoryTest() { options_.folder = indices_.path() / "history"; }

  std::unique_ptr<RepositoryHistory> open() const { return open(tokenizer_); }
  std::unique_ptr<RepositoryHistory> open(const Tokenizer& tokenizer) const {
    auto history = RepositoryHistory::open(repository_.path(), tokenizer, options_);
    EXPECT_TRUE(history.has_value()) << history.error().message;
    return std::move(*history);
  }
  static HistoryReport update(RepositoryHistory& history, const std::stop_token& stop = {}) {
    const auto report = history.update({}, stop);
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return report.value_or(HistoryReport());
  }
  /// By a process of its own.
  HistoryReport update() const { return update(*open()); }

  std::set<std::string> contents(const RepositoryHistory& history) const {
    return test::contents_of(history.segments(), tokenizer_);
  }
  /// What another process finds.
  std::set<std::string> contents() const {
    const auto history = open();
    EXPECT_TRUE(history->refresh().has_value());
    return contents(*history);
  }
  std::vector<fs::path> files(const std::string& ending) const {
    return test::files_of_index(options_.folder, ending);
  }

  std::string random_text(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += "line " + std::to_string(random_()) + "\n";
    return text;
  }
  /// So many commits with a text of so many bytes each.
  void commit_texts(int commits, std::size_t bytes) {
    for (int i = 0; i < commits; ++i) repository_.commit({{"a.py", random_text(bytes)}});
  }
  /// What the repository has, as one reading gives it.
  std::set<std::string> all_texts() const {
    std::set<std::string> texts;
    EXPECT_TRUE(read_texts(repository_.path(), {}, [&](const RepositoryText& text) {
                  texts.insert(text.text);
                }).has_value());
    return texts;
  }

  SampleRepository repository_{SampleRepository::Kind::kWithFiles};
  const test::TemporaryFolder indices_;
  const Tokenizer tokenizer_ = test::byte_tokenizer();
  HistoryOptions options_;
  std::mt19937 random_{1};
};

TEST_F(RepositoryHistoryTest, HasFilesAtHeadAndWhatCommitsChanged) {
  repository_.commit({{"a.py", "one\ntwo\n"}, {"in/b.cc", "b;\n"}});
  repository_.commit({{"a.py", "one\nTWO\n"}, {"in/b.cc", "b;\n"}});
  const auto history = open();
  EXPECT_THAT(history->segments(), IsEmpty());

  const HistoryReport report = update(*history);

  EXPECT_EQ(test::texts_of(history->segments(), tokenizer_),
            (std::multiset<IndexedText>{{kFile, "a.py", "one\nTWO\n"},
                                        {kFile, "in/b.cc", "b;\n"},
                                        {kAdded, "a.py", "one\nTWO\n"},
                                        {kRemoved, "a.py", "one\ntwo\n"},
                                        {kAdded, "a.py", "one\ntwo\n"}}));
  EXPECT_EQ(report.end, End::kUpToDate);
  EXPECT_FALSE(report.was_rebuilt);
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(std::tuple(report.documents, report.segments, report.tokens), std::tuple(5U, 1U, 35U));
  EXPECT_EQ(report.bytes, fs::file_size(files(".segment").front()));
  EXPECT_EQ(std::tuple(report.read.files, report.read.added, report.read.removed),
            std::tuple(2U, 2U, 1U));
  EXPECT_EQ(report.folder, history->folder());
  const HistoryDocument document = history->segments().front()->document(0);
  EXPECT_EQ(document.commit_time, repository_.time());
}

TEST_F(RepositoryHistoryTest, IsExtendedByWhatIsNew) {
  repository_.commit({{"a.py", "zero\none\n"}, {"b.py", "two\n"}});
  update();
  EXPECT_EQ(update().read.commits, 0U) << "Nothing is new.";
  repository_.commit({{"a.py", "zero\none\nmore\n"}, {"b.py", "two\n"}});
  const HistoryReport report = update();
  EXPECT_EQ(std::tuple(report.read.files, report.read.commits), std::tuple(1U, 1U));
  EXPECT_FALSE(report.was_rebuilt);
  EXPECT_THAT(contents(),
              UnorderedElementsAre("zero\none\n", "two\n", "zero\none\nmore\n", "one\nmore\n"));
}

TEST_F(RepositoryHistoryTest, ManyExtensionsLeaveFewSegmentsAndTheNewestFiles) {
  std::string text = "def f():\n";
  for (int i = 0; i < 12; ++i) {
    text += "  line(" + std::to_string(i) + ")\n";
    repository_.commit({{"a.py", text}});
    update();
  }
  const auto history = open();
  ASSERT_TRUE(history->refresh().has_value());
  EXPECT_LE(history->segments().size(), 4U);
  const auto texts = test::texts_of(history->segments(), tokenizer_);
  EXPECT_EQ(texts.count({kFile, "a.py", text}), 1U);
  const auto files = std::ranges::count(texts, kFile, &IndexedText::kind);
  EXPECT_LE(files, 4) << "Merging leaves the newest version in each segment.";
}

TEST_F(RepositoryHistoryTest, OfARepositoryWithoutCommitsIsEmpty) {
  const HistoryReport report = update();
  EXPECT_EQ(report.end, End::kUpToDate);
  EXPECT_EQ(report.documents, 0U);
  repository_.commit({{"a.py", "one\n"}});
  EXPECT_EQ(update().documents, 1U);
}

TEST_F(RepositoryHistoryTest, IsOneForAllWorktreesAndPlacesInThem) {
  repository_.commit({{"a.py", "one\n"}});
  git_worktree* worktree = nullptr;
  ASSERT_EQ(git_worktree_add(&worktree, repository_.handle(), "beside",
                             repository_.beside().c_str(), nullptr),
            0);
  git_worktree_free(worktree);
  const auto beside = RepositoryHistory::open(repository_.beside() / "a.py", tokenizer_, options_);
  ASSERT_TRUE(beside.has_value()) << beside.error().message;
  EXPECT_EQ((*beside)->folder(), open()->folder());
  EXPECT_EQ(update(**beside).documents, 1U);
  EXPECT_EQ(update().read.files, 0U) << "It has been read.";
}

TEST_F(RepositoryHistoryTest, OfAFolderInNoRepositoryIsAnError) {
  const auto history = RepositoryHistory::open(indices_.path(), tokenizer_, options_);
  ASSERT_FALSE(history.has_value());
  EXPECT_THAT(history.error().message, ::testing::HasSubstr("is not in a git repository"));
}

TEST_F(RepositoryHistoryTest, HasNothingThatIsSecretOrIgnored) {
  repository_.write(".gitignore", "local/\n");
  repository_.commit(
      {{".env", "TOKEN=1\n"}, {"key.pem", "key\n"}, {"local/a.py", "local\n"}, {"a.py", "one\n"}});
  const HistoryReport report = update();
  EXPECT_THAT(contents(), ElementsAre("one\n"));
  EXPECT_GE(report.read.left_out.secret, 2U);
  EXPECT_GE(report.read.left_out.ignored, 1U);
}

TEST_F(RepositoryHistoryTest, HasTheFilesAloneIfTheseAreAskedFor) {
  repository_.commit({{"a.py", "one\n"}});
  repository_.commit({{"a.py", "two\n"}});
  const fs::path with_changes = open()->folder();
  options_.has_changes = false;
  EXPECT_NE(open()->folder(), with_changes);
  const HistoryReport report = update();
  EXPECT_THAT(contents(), ElementsAre("two\n"));
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(update().read.files, 0U);
}

TEST_F(RepositoryHistoryTest, IsThatOfARevisionIfOneIsAskedFor) {
  options_.revision = repository_.commit({{"a.py", "one\n"}});
  repository_.commit({{"a.py", "two\n"}});
  update();
  EXPECT_THAT(contents(), ElementsAre("one\n"));
}

TEST_F(RepositoryHistoryTest, GoesOnWhereItWasStopped) {
  options_.segment_bytes = 2000;
  Files files;
  for (int i = 0; i < 10; ++i) files[std::to_string(i) + ".py"] = random_text(700);
  repository_.commit(files);
  for (int i = 0; i < 10; ++i) {
    files[std::to_string(i) + ".py"] = random_text(700);
    repository_.commit(files);
  }
  const std::set<std::string> expected = all_texts();

  // Each update is stopped behind its first segment, or at once.
  for (const std::size_t made : {1U, 0U}) {
    SCOPED_TRACE(made);
    options_.folder = indices_.path() / std::to_string(made);
    std::size_t read = 0;
    int updates = 0;
    for (bool is_stopped = true; is_stopped; ++updates) {
      ASSERT_LT(updates, 50);
      const auto history = open();
      std::stop_source stop;
      ASSERT_TRUE(history->refresh().has_value());
      const HistoryIndex::Segments before = history->segments();
      const auto stop_at = [&](const WorkStatus&) {
        const bool has_made_one = history->segments() != before;
        if (made == 0 ? updates < 6 : has_made_one) stop.request_stop();
      };
      const auto report = history->update(stop_at, stop.get_token());
      ASSERT_TRUE(report.has_value()) << report.error().message;
      EXPECT_FALSE(report->was_rebuilt);
      read += report->read.files;
      is_stopped = report->end == End::kStopped;
    }
    EXPECT_GT(updates, 5);
    EXPECT_EQ(contents(), expected);
    EXPECT_TRUE(made == 0 || read < 20) << "It went on behind the files that were in segments.";
  }
}

TEST_F(RepositoryHistoryTest, AfterAKillBeforeTheStateWasWrittenNothingIsLost) {
  repository_.commit({{"a.py", "one\n"}});
  update();
  const fs::path state = files(".state").front();
  const std::string before = test::bytes_of_file(state);
  // Enough extensions for one that merges.
  for (int i = 0; i < 6; ++i) {
    repository_.commit({{"a.py", "zero\none\nand " + std::to_string(i) + "\n"}});
    update();
  }
  std::ofstream(state) << before;
  const HistoryReport report = update();
  EXPECT_FALSE(report.was_rebuilt) << "What is missing has been merged.";
  EXPECT_EQ(report.read.commits, 6U);
  EXPECT_THAT(contents(), IsSupersetOf({"one\nand 0\n", "one\nand 5\n", "zero\none\nand 5\n"}));
}

TEST_F(RepositoryHistoryTest, WhatWasBegunWhenAProcessWasKilledGoesThoughThereIsNothingToWrite) {
  commit_texts(1, 100);
  update();
  const fs::path begun = files(".state").at(0).parent_path() / "begun.part";
  std::ofstream(begun) << "half of a segment";
  update();
  EXPECT_FALSE(fs::exists(begun));
}

TEST_F(RepositoryHistoryTest, IsReadAnewWhereAnythingIsDamagedOrMissing) {
  repository_.commit({{"a.py", "one\n"}});
  update();
  repository_.commit({{"a.py", "two\n"}});
  update();
  const std::set<std::string> expected = contents();
  for (const std::string ending : {".state", ".segment"}) {
    for (const bool is_removed : {false, true}) {
      SCOPED_TRACE(ending + (is_removed ? " removed" : " damaged"));
      const fs::path file = files(ending).front();
      if (is_removed) {
        fs::remove(file);
      } else {
        fs::resize_file(file, fs::file_size(file) / 2);
      }
      const HistoryReport report = update();
      EXPECT_TRUE(report.was_rebuilt);
      EXPECT_EQ(contents(), expected);
      EXPECT_FALSE(update().was_rebuilt);
    }
  }
}

TEST_F(RepositoryHistoryTest, ADamageThatAnotherProcessFoundIsRepaired) {
  repository_.commit({{"a.py", "one\n"}});
  update();
  const fs::path file = files(".segment").front();
  fs::resize_file(file, 10);
  EXPECT_THAT(contents(), IsEmpty());
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(update().was_rebuilt);
  EXPECT_THAT(contents(), ElementsAre("one\n"));
}

TEST_F(RepositoryHistoryTest, AReadingOfACommitThatIsNoMoreBeginsAnew) {
  repository_.commit({{"a.py", "one\n"}});
  std::stop_source stop;
  stop.request_stop();
  update();
  const fs::path state = files(".state").front();
  repository_.commit({{"a.py", "two\n"}});
  const auto written = test::bytes_of_file(state);
  // A state that is in the middle of another commit.
  const auto folder = PrivateFolder::open(state.parent_path());
  HistoryState lost = *parse_history_state(written);
  lost.known.clear();
  lost.reading.emplace().head = std::string(40, '1');
  ASSERT_TRUE(write_state(**folder, state.filename(), lost).has_value());
  EXPECT_TRUE(update().was_rebuilt);
  EXPECT_THAT(contents(), ElementsAre("one\n", "two\n"));
}

TEST_F(RepositoryHistoryTest, AnotherTokeniserHasAnIndexOfItsOwn) {
  repository_.commit({{"a.py", "define\n"}});
  update();
  const Tokenizer other = test::byte_tokenizer(true);
  const auto history = open(other);
  EXPECT_EQ(update(*history).documents, 1U);
  EXPECT_EQ(test::contents_of(history->segments(), other), std::set<std::string>{"define\n"});
  EXPECT_EQ(files(".segment").size(), 2U);
  EXPECT_EQ(update().read.files, 0U);
}

TEST_F(RepositoryHistoryTest, RemovesWhatOtherTokenisersHaveNotUsedForLong) {
  repository_.commit({{"a.py", "define\n"}});
  const Tokenizer other = test::byte_tokenizer(true);
  update(*open(other));
  const std::vector<fs::path> old = files(".segment");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 40);
  fs::last_write_time(old.front(), long_ago);
  update();
  EXPECT_TRUE(fs::exists(old.front())) << "Its state was used.";
  for (const fs::path& file : files(".state")) fs::last_write_time(file, long_ago);
  const fs::path foreign = open()->folder() / "notes.txt";
  std::ofstream(foreign) << "mine";
  fs::last_write_time(foreign, long_ago);
  update();
  EXPECT_FALSE(fs::exists(old.front()));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_EQ(files(".state").size(), 1U);
  EXPECT_THAT(contents(), ElementsAre("define\n"));
}

TEST_F(RepositoryHistoryTest, StaysWithinItsBudgetAndKeepsTheNewest) {
  commit_texts(20, 1000);
  options_.most_tokens = 6000;
  const HistoryReport first = update();
  EXPECT_LE(first.tokens, 6000U);
  EXPECT_GT(first.tokens, 4000U);
  EXPECT_FALSE(first.is_complete);
  const HistoryReport second = update();
  EXPECT_EQ(second.read.commits, 0U);
  EXPECT_FALSE(second.is_complete);

  bool was_rebuilt = false;
  for (int i = 0; i < 8; ++i) {
    commit_texts(1, 1000);
    const HistoryReport report = update();
    EXPECT_LE(report.tokens, 9000U);
    was_rebuilt |= report.was_rebuilt;
    const auto history = open();
    EXPECT_TRUE(history->refresh().has_value());
    const auto texts = test::texts_of(history->segments(), tokenizer_);
    EXPECT_GE(std::ranges::count(texts, kFile, &IndexedText::kind), 1);
  }
  EXPECT_TRUE(was_rebuilt);
}

TEST_F(RepositoryHistoryTest, ManyFilesLeaveRoomForChanges) {
  Files many;
  for (int i = 0; i < 20; ++i) {
    many[std::to_string(i) + ".py"] =
        std::string(500, static_cast<char>('a' + i)).insert(250, "\n");
  }
  many["a.py"] = "one\n";
  repository_.commit(many);
  many["a.py"] = "two\n";
  repository_.commit(many);
  options_.most_tokens = 4000;
  options_.limits.most_commits = 1;
  const HistoryReport report = update();
  EXPECT_FALSE(report.is_complete);
  EXPECT_LE(report.tokens, 4000U);
  EXPECT_THAT(contents(), IsSupersetOf({"two\n"}));
}

TEST_F(RepositoryHistoryTest, OneAtATimeUpdates) {
  repository_.commit({{"a.py", "one\n"}});
  const auto waiting = open();
  bool was_busy = false;
  const auto updating = open();
  ASSERT_TRUE(updating
                  ->update([&](const WorkStatus&) {
                    const auto report = waiting->update();
                    ASSERT_TRUE(report.has_value());
                    was_busy = report->end == End::kBusy;
                  })
                  .has_value());
  EXPECT_TRUE(was_busy);
  EXPECT_EQ(update(*waiting).documents, 1U);
}

TEST_F(RepositoryHistoryTest, TwoProcessesMayUpdateAtOnce) {
  commit_texts(10, 1000);
  const std::set<std::string> expected = all_texts();
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      bool is_right = true;
      for (int round = 0; round < 5; ++round) is_right &= open()->update().has_value();
      ::_exit(is_right ? 0 : 1);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const HistoryReport report = update();
  EXPECT_FALSE(report.was_rebuilt);
  EXPECT_EQ(contents(), expected);
}

TEST_F(RepositoryHistoryTest, WhatNoCommitHasCanBeAdded) {
  repository_.commit({{"a.py", "one\n"}});
  const std::vector<TokenId> tokens = tokenizer_.encode("saved\n");
  const std::vector<HistoryDocument> saved = {{tokens, "a.py", 1, 0, kAdded}};
  const auto history = open();
  EXPECT_EQ(history->add(saved), false) << "There is no index yet.";
  update(*history);
  EXPECT_EQ(history->add(saved), true);
  EXPECT_THAT(contents(), ElementsAre("one\n", "saved\n"));
  EXPECT_FALSE(update().was_rebuilt);

  fs::remove(files(".segment").front());
  EXPECT_EQ(history->add(saved), false) << "Something is missing.";
  EXPECT_TRUE(update().was_rebuilt);
}

TEST_F(RepositoryHistoryTest, WhereTheFolderCannotBeWrittenThereIsASentence) {
  repository_.commit({{"a.py", "one\n"}});
  std::ofstream(options_.folder) << "a file";
  const auto report = open()->update();
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(report.error().message, Not(IsEmpty()));
}

}  // namespace
}  // namespace nextline::lsp
