#include "engine/speculate/history_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>

#include "tests/support/sample_history.h"
#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

namespace fs = std::filesystem;
using test::kSampleTokenizer;
using test::SampleHistory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HistoryIndexTest : public ::testing::Test {
 protected:
  HistoryIndexTest() {
    calls_.sync = [](int) { return 0; };
  }

  HistoryIndex index(SegmentTokenizer tokenizer = kSampleTokenizer) const {
    return HistoryIndex({folder_, tokenizer, 4, calls_, report_});
  }
  /// A document that no other number has.
  static SampleHistory numbered(int number) {
    return SampleHistory().add({static_cast<TokenId>(number), 7, 8},
                               std::string("src/").append(std::to_string(number)));
  }
  static void add(HistoryIndex& index, const SampleHistory& history) {
    const auto added = index.add(history.documents());
    ASSERT_TRUE(added.has_value()) << added.error().message;
  }
  /// The first tokens of all documents.
  static std::multiset<TokenId> contents(const HistoryIndex& index) {
    std::multiset<TokenId> contents;
    for (const auto& segment : index.segments()) {
      for (std::uint32_t i = 0; i < segment->document_count(); ++i) {
        contents.insert(segment->document(i).tokens.front());
      }
    }
    return contents;
  }
  /// What another process sees.
  std::multiset<TokenId> contents_on_disk() const {
    HistoryIndex other = index();
    EXPECT_TRUE(other.refresh().has_value());
    return contents(other);
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_)) files.push_back(entry.path());
    return files;
  }

  const test::TemporaryFolder top_;
  const fs::path folder_ = top_.path() / "repository";
  FileCalls calls_ = FileCalls::of_the_system();
  mutable std::vector<std::string> reported_;
  const std::function<void(const Error&, bool)> report_ = [this](const Error& error, bool) {
    reported_.push_back(error.message);
  };
};

TEST_F(HistoryIndexTest, HasNothingBeforeAnythingIsAdded) {
  HistoryIndex empty = index();
  ASSERT_TRUE(empty.refresh().has_value());
  EXPECT_THAT(empty.segments(), IsEmpty());
  EXPECT_FALSE(fs::exists(folder_));  // Asking leaves no trace.
}

TEST_F(HistoryIndexTest, HasWhatWasAddedNowAndWhenItIsOpenedAgain) {
  HistoryIndex written = index();
  add(written, numbered(1));
  add(written, numbered(2));
  EXPECT_THAT(contents(written), ElementsAre(1, 2));
  EXPECT_THAT(contents_on_disk(), ElementsAre(1, 2));
}

TEST_F(HistoryIndexTest, MergesSegmentsThatHaveBecomeMany) {
  HistoryIndex written = index();
  std::multiset<TokenId> expected;
  for (int number = 0; number < 50; ++number) {
    ASSERT_NO_FATAL_FAILURE(add(written, numbered(number)));
    expected.insert(number);
    ASSERT_LE(written.segments().size(), 4U);
    ASSERT_EQ(contents(written), expected);
    ASSERT_EQ(files().size(), written.segments().size());
  }
  EXPECT_EQ(contents_on_disk(), expected);
}

TEST_F(HistoryIndexTest, DoesNotRewriteWhatIsLargeToMergeWhatIsSmall) {
  HistoryIndex written = index();
  add(written, SampleHistory(100, 50, 100, 1));
  const fs::path large = files().front();
  for (int number = 0; number < 10; ++number) add(written, numbered(number));
  EXPECT_TRUE(fs::exists(large));
}

TEST_F(HistoryIndexTest, HasADocumentOnceThatWasAddedAgain) {
  HistoryIndex written = index();
  for (int round = 0; round < 5; ++round) add(written, numbered(1));
  EXPECT_THAT(contents(written), ElementsAre(1));
}

TEST_F(HistoryIndexTest, IsClearedWithoutTakingAnythingFromOthers) {
  HistoryIndex other = index({1, 1000});
  add(other, numbered(1));
  HistoryIndex own = index();
  add(own, numbered(2));
  EXPECT_EQ(own.names().size(), 1U);
  const HistoryIndex::Segments taken = own.segments();
  ASSERT_TRUE(own.clear().has_value());
  EXPECT_THAT(own.names(), IsEmpty());
  EXPECT_THAT(contents(own), IsEmpty());
  EXPECT_TRUE(test::lookups_stay_within(*taken.front()));
  ASSERT_TRUE(other.refresh().has_value());
  EXPECT_THAT(contents(other), ElementsAre(1));
}

TEST_F(HistoryIndexTest, WhereMergingIsStoppedItIsDoneTheNextTime) {
  HistoryIndex written = index();
  for (int number = 0; number < 4; ++number) add(written, numbered(number));
  // Once the first segment is in its place.
  std::stop_source stop;
  FileCalls calls = calls_;
  calls.rename = [&](int folder, const char* from, const char* to) {
    stop.request_stop();
    return ::renameat(folder, from, folder, to);
  };
  HistoryIndex stopped({folder_, kSampleTokenizer, 4, calls, report_});
  ASSERT_TRUE(stopped.add(numbered(4).documents(), stop.get_token()).has_value());
  EXPECT_EQ(stopped.names().size(), 5U);
  add(written, numbered(5));
  EXPECT_LE(written.names().size(), 4U);
  EXPECT_THAT(contents(written), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(HistoryIndexTest, LeavesSegmentsOfOthersAlone) {
  HistoryIndex other = index({1, 1000});
  add(other, numbered(1));
  std::ofstream(folder_ / "0123456789abcdef-0.v9.segment") << "of another version";
  HistoryIndex own = index();
  add(own, numbered(2));
  ASSERT_TRUE(own.refresh().has_value());
  EXPECT_THAT(contents(own), ElementsAre(2));
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(HistoryIndexTest, RemovesWhatIsDamagedAndSaysSo) {
  HistoryIndex written = index();
  add(written, numbered(1));
  const fs::path damaged = files().front();
  add(written, numbered(2));
  fs::resize_file(damaged, 50);

  HistoryIndex opened = index();
  ASSERT_TRUE(opened.refresh().has_value());
  EXPECT_THAT(reported_, ElementsAre("The history segment \"" + damaged.string() +
                                     "\" is damaged: the file is shorter than it should be."));
  EXPECT_THAT(contents(opened), ElementsAre(2));
  EXPECT_FALSE(fs::exists(damaged));
}

TEST_F(HistoryIndexTest, WhoHasTakenSegmentsKeepsThem) {
  HistoryIndex written = index();
  add(written, numbered(0));
  const HistoryIndex::Segments taken = written.segments();
  for (int number = 1; number < 10; ++number) add(written, numbered(number));
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken.front()->document(0).tokens.front(), 0);
  EXPECT_TRUE(test::lookups_stay_within(*taken.front()));
}

TEST_F(HistoryIndexTest, SeesWhatAnotherProcessAddsAndMerges) {
  HistoryIndex a = index();
  HistoryIndex b = index();
  std::multiset<TokenId> expected;
  for (int number = 0; number < 20; ++number) {
    add(number % 3 == 0 ? a : b, numbered(number));
    expected.insert(number);
    ASSERT_TRUE(a.refresh().has_value());
    ASSERT_EQ(contents(a), expected);
  }
}

TEST_F(HistoryIndexTest, LeavesMergingToWhoeverHasBegunIt) {
  HistoryIndex written = index();
  for (int number = 0; number < 4; ++number) add(written, numbered(number));
  const auto other = PrivateFolder::open(folder_);
  ASSERT_EQ(::flock((*other)->descriptor(), LOCK_EX), 0);
  add(written, numbered(4));
  EXPECT_EQ(written.segments().size(), 5U);
  ASSERT_EQ(::flock((*other)->descriptor(), LOCK_UN), 0);
  add(written, numbered(5));
  EXPECT_LE(written.segments().size(), 4U);
  EXPECT_THAT(contents(written), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(HistoryIndexTest, WhereMergingFailsNothingIsLost) {
  HistoryIndex written = index();
  for (int number = 0; number < 4; ++number) add(written, numbered(number));
  int renamed = 0;
  FileCalls calls = calls_;
  calls.rename = [&](int folder, const char* from, const char* to) {
    if (renamed++ == 0) return ::renameat(folder, from, folder, to);
    errno = ENOSPC;
    return -1;
  };
  HistoryIndex failing({folder_, kSampleTokenizer, 4, calls, report_});
  ASSERT_TRUE(failing.refresh().has_value());
  const auto added = failing.add(numbered(4).documents());
  ASSERT_FALSE(added.has_value());
  EXPECT_THAT(added.error().message, HasSubstr("the disk is full"));
  EXPECT_THAT(contents(failing), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(contents_on_disk(), ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(HistoryIndexTest, AKillBeforeWhatWasMergedIsRemovedLosesNothing) {
  HistoryIndex written = index();
  for (int number = 0; number < 4; ++number) add(written, numbered(number));
  const pid_t child = ::fork();
  if (child == 0) {
    FileCalls calls = calls_;
    int renamed = 0;
    calls.rename = [&](int folder, const char* from, const char* to) {
      const int result = ::renameat(folder, from, folder, to);
      if (++renamed == 2) ::_exit(0);  // The merged segment is in place.
      return result;
    };
    HistoryIndex killed({folder_, kSampleTokenizer, 4, calls, report_});
    if (!killed.refresh()) ::_exit(1);
    ::_exit(killed.add(numbered(4).documents()) ? 2 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  EXPECT_THAT(contents_on_disk(), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4));
  add(written, numbered(5));  // Merges again, and what is there twice becomes one.
  EXPECT_THAT(contents(written), ElementsAre(0, 1, 2, 3, 4, 5));
}

/// Adds documents and looks for all added so far; 0 if nothing was ever missing.
int add_and_look(HistoryIndex index, int first) {
  constexpr int kCount = 60;
  for (int number = first; number < first + kCount; ++number) {
    const std::vector<TokenId> tokens = {static_cast<TokenId>(number), 7};
    const std::string path = std::to_string(number);
    if (!index.add(std::vector{HistoryDocument{tokens, path}})) return 1;
    std::set<TokenId> found;
    for (const auto& segment : index.segments()) {
      for (std::uint32_t i = 0; i < segment->document_count(); ++i) {
        found.insert(segment->document(i).tokens.front());
      }
    }
    for (int added = first; added <= number; ++added) {
      if (!found.contains(added)) return 2;
    }
  }
  return 0;
}

TEST_F(HistoryIndexTest, TwoProcessesMayAddAndMergeAtOnce) {
  const pid_t other = ::fork();
  if (other == 0) {
    const int result = add_and_look(index(), 100);
    ::_exit(reported_.empty() ? result : 3);
  }
  EXPECT_EQ(add_and_look(index(), 0), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(reported_, IsEmpty());
  const std::multiset<TokenId> found = contents_on_disk();
  EXPECT_EQ(found.size(), 120U);
}

}  // namespace
}  // namespace nextline
