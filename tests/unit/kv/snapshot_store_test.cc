#include "engine/kv/snapshot_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <set>

#include "tests/support/full_disk.h"
#include "tests/support/random.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

namespace fs = std::filesystem;
using test::are_same;
using test::request_of;
using test::sample_snapshot;
using ::testing::HasSubstr;

/// The system's calls, but for waiting for the disk, which tests need not.
FileCalls calls_without_waiting() {
  FileCalls calls = FileCalls::of_the_system();
  calls.sync = [](int) { return 0; };
  return calls;
}

/// The name of a document. (GCC 12 warns, wrongly, of a literal before a number's text.)
std::string numbered(std::uint64_t number) {
  return std::string("/").append(std::to_string(number));
}

/// Runs `work` in a process of its own and gives its exit status. Nothing of the test's ends there.
template <typename Work>
int status_of_child(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class SnapshotStoreTest : public ::testing::Test {
 protected:
  SnapshotStore store(std::uint64_t budget_bytes = 1 << 20,
                      FileCalls calls = calls_without_waiting()) const {
    return SnapshotStore({folder_, budget_bytes, std::move(calls)});
  }

  void expect_stored(const Snapshot& snapshot) const {
    const auto loaded = store().load(request_of(snapshot));
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    ASSERT_TRUE(loaded->has_value());
    EXPECT_TRUE(are_same(**loaded, snapshot));
  }
  bool is_stored(const Snapshot& snapshot) const {
    return fs::exists(folder_ / SnapshotStore::file_name(snapshot.key));
  }
  /// The snapshot was last used so many seconds ago.
  void set_age(const Snapshot& snapshot, int seconds) const {
    fs::last_write_time(folder_ / SnapshotStore::file_name(snapshot.key),
                        fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
  mode_t mode_of(const fs::path& path) const {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  const test::TemporaryFolder temporary_;
  const fs::path top_ = temporary_.path();
  const fs::path folder_ = top_ / "nextline" / "snapshots";
};

TEST_F(SnapshotStoreTest, LoadsWhatWasSaved) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  const Snapshot b = sample_snapshot("/b.py", 30, 2);
  ASSERT_TRUE(SnapshotStore({folder_}).save(a).has_value());  // With the real calls.
  ASSERT_TRUE(store().save(b).has_value());
  expect_stored(a);
  expect_stored(b);
}

TEST_F(SnapshotStoreTest, HasNothingBeforeAnythingIsSaved) {
  const auto nothing = store().load(request_of(sample_snapshot("/a.py", 1, 1)));
  ASSERT_TRUE(nothing.has_value());
  EXPECT_FALSE(nothing->has_value());
  EXPECT_FALSE(fs::exists(folder_));  // Asking leaves no trace.
  ASSERT_TRUE(store().save(sample_snapshot("/a.py", 1, 1)).has_value());
  const auto other = store().load(request_of(sample_snapshot("/b.py", 1, 1)));
  ASSERT_TRUE(other.has_value());
  EXPECT_FALSE(other->has_value());
}

TEST_F(SnapshotStoreTest, ANewerSnapshotTakesTheEarlierOnesPlace) {
  ASSERT_TRUE(store().save(sample_snapshot("/a.py", 20, 1)).has_value());
  const Snapshot newer = sample_snapshot("/a.py", 5, 2);
  ASSERT_TRUE(store().save(newer).has_value());
  expect_stored(newer);
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(SnapshotStoreTest, EachPartOfTheKeyMakesAnotherFile) {
  std::set<std::string> names;
  const SnapshotKey key{"/a.py", {1, 2}, 3, 4};
  for (const SnapshotKey& other :
       {key, SnapshotKey{"/b.py", {1, 2}, 3, 4}, SnapshotKey{"/a.py", {9, 2}, 3, 4},
        SnapshotKey{"/a.py", {1, 9}, 3, 4}, SnapshotKey{"/a.py", {1, 2}, 9, 4},
        SnapshotKey{"/a.py", {1, 2}, 3, 9}}) {
    names.insert(SnapshotStore::file_name(other));
  }
  EXPECT_EQ(names.size(), 6U);
}

TEST_F(SnapshotStoreTest, OnlyTheUserCanReadThem) {
  const mode_t before = ::umask(0);
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  ::umask(before);
  EXPECT_EQ(mode_of(folder_), 0700U);
  EXPECT_EQ(mode_of(folder_ / SnapshotStore::file_name(a.key)), 0600U);
}

TEST_F(SnapshotStoreTest, FollowsNoSymbolicLinks) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  const fs::path file = folder_ / SnapshotStore::file_name(a.key);
  fs::rename(file, top_ / "elsewhere");
  fs::create_symlink(top_ / "elsewhere", file);
  const auto loaded = store().load(request_of(a));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("is a symbolic link."));
  // A save takes the link's place, and leaves alone where it led.
  ASSERT_TRUE(store().save(a).has_value());
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file)));

  fs::rename(folder_, top_ / "real");
  fs::create_symlink(top_ / "real", folder_);
  EXPECT_FALSE(store().save(a).has_value());
  const auto refused = store().load(request_of(a));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("is not a folder."));
}

TEST_F(SnapshotStoreTest, ReadsNoPipesAndNoFilesOfOthers) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  const fs::path file = folder_ / SnapshotStore::file_name(a.key);
  if (::geteuid() == 0) {  // Others cannot give files away.
    ASSERT_EQ(::chown(file.c_str(), 12345, 12345), 0);
    const auto loaded = store().load(request_of(a));
    ASSERT_FALSE(loaded.has_value());
    EXPECT_THAT(loaded.error().message, HasSubstr("is not a regular file of this user."));
  }
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_FALSE(store().load(request_of(a)).has_value());
}

TEST_F(SnapshotStoreTest, ADamagedFileIsReplacedByTheNextSave) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  fs::resize_file(folder_ / SnapshotStore::file_name(a.key), 200);
  EXPECT_FALSE(store().load(request_of(a)).has_value());
  ASSERT_TRUE(store().save(a).has_value());
  expect_stored(a);
}

TEST_F(SnapshotStoreTest, TheLeastRecentlyUsedGoFirst) {
  std::vector<Snapshot> snapshots;
  for (int i = 0; i < 4; ++i) {
    snapshots.push_back(sample_snapshot(numbered(static_cast<std::uint64_t>(i)), 20, 1));
    ASSERT_TRUE(store().save(snapshots[i]).has_value());
    set_age(snapshots[i], 100 - i);
  }
  const auto loaded = store().load(request_of(snapshots[0]));  // Used now.
  ASSERT_TRUE(loaded.has_value() && loaded->has_value());
  const std::uint64_t size = test::encoded_bytes(snapshots[0]).size();
  ASSERT_TRUE(store(3 * size).save(sample_snapshot("/4", 20, 1)).has_value());
  EXPECT_TRUE(is_stored(snapshots[0]));
  EXPECT_FALSE(is_stored(snapshots[1]));
  EXPECT_FALSE(is_stored(snapshots[2]));
  EXPECT_TRUE(is_stored(snapshots[3]));
}

TEST_F(SnapshotStoreTest, TheNewestStaysEvenIfItIsTheOldestByTheClock) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  const Snapshot b = sample_snapshot("/b.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  set_age(a, -1000);  // A clock that was set back.
  ASSERT_TRUE(store(test::encoded_bytes(b).size()).save(b).has_value());
  EXPECT_TRUE(is_stored(b));
  EXPECT_FALSE(is_stored(a));
}

TEST_F(SnapshotStoreTest, OneThatExceedsTheBudgetAloneIsNotSaved) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  const auto saved = store(600).save(sample_snapshot("/b.py", 40, 1));
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().message,
            "The snapshot of \"/b.py\" was not saved: it takes 845 bytes, and all snapshots "
            "together may take 600.");
  expect_stored(a);
}

TEST_F(SnapshotStoreTest, TheBudgetTouchesNothingElseInTheFolder) {
  const Snapshot a = sample_snapshot("/a.py", 20, 1);
  ASSERT_TRUE(store().save(a).has_value());
  std::ofstream(folder_ / "notes") << std::string(10000, 'x');
  ASSERT_TRUE(store(test::encoded_bytes(a).size()).save(a).has_value());
  EXPECT_EQ(files(), (std::set<std::string>{"notes", SnapshotStore::file_name(a.key)}));
}

TEST_F(SnapshotStoreTest, AKillAtAnyByteLosesNoEarlierSnapshot) {
  const Snapshot earlier = sample_snapshot("/a.py", 6, 1);
  const Snapshot newer = sample_snapshot("/a.py", 6, 2);
  ASSERT_TRUE(store().save(earlier).has_value());
  const std::size_t size = test::encoded_bytes(newer).size();
  for (std::size_t last = 0; last < size; ++last) {
    FileCalls calls = calls_without_waiting();
    std::size_t left = last;
    calls.write = [&](int file, const void* bytes, std::size_t count) -> ssize_t {
      if (count > left) {
        if (::write(file, bytes, left) < 0) ::_exit(2);
        ::_exit(1);
      }
      left -= count;
      return ::write(file, bytes, count);
    };
    ASSERT_EQ(status_of_child([&] { return store(1 << 20, calls).save(newer) ? 0 : 3; }), 1);
    ASSERT_EQ(files().size(), 2U);  // What it left; the next writer removes it.
    expect_stored(earlier);
    if (HasFailure()) FAIL() << "killed behind byte " << last;
  }
  ASSERT_TRUE(store().save(newer).has_value());
  EXPECT_EQ(files().size(), 1U);
  expect_stored(newer);
}

TEST_F(SnapshotStoreTest, AKillBetweenTheStepsBehindTheWriteLosesNothing) {
  const Snapshot earlier = sample_snapshot("/a.py", 6, 1);
  const Snapshot newer = sample_snapshot("/a.py", 6, 2);
  const auto kill = [&](const FileCalls& calls) {
    ASSERT_TRUE(store().save(earlier).has_value());
    ASSERT_EQ(status_of_child([&] { return store(1 << 20, calls).save(newer) ? 0 : 3; }), 1);
  };
  FileCalls calls = calls_without_waiting();
  calls.sync = [](int) -> int { ::_exit(1); };
  kill(calls);
  expect_stored(earlier);

  calls = calls_without_waiting();
  calls.rename = [](int, const char*, const char*) -> int { ::_exit(1); };
  kill(calls);
  expect_stored(earlier);

  calls.rename = [](int folder, const char* from, const char* to) -> int {
    if (::renameat(folder, from, folder, to) != 0) ::_exit(2);
    ::_exit(1);
  };
  kill(calls);
  expect_stored(newer);
}

TEST_F(SnapshotStoreTest, AFullDiskAtAnyWriteIsSurvivedAndSaid) {
  const Snapshot earlier = sample_snapshot("/a.py", 6, 1);
  ASSERT_TRUE(store().save(earlier).has_value());
  const std::size_t size = test::encoded_bytes(earlier).size();
  for (std::size_t room = 0; room < size; ++room) {
    const FileCalls calls = test::with_room(calls_without_waiting(), room);
    const auto saved = store(1 << 20, calls).save(sample_snapshot("/a.py", 6, 2));
    ASSERT_FALSE(saved.has_value());
    ASSERT_EQ(saved.error().message, "The snapshot of \"/a.py\" was not saved: the disk is full.");
    ASSERT_EQ(files().size(), 1U);
  }
  expect_stored(earlier);
}

TEST_F(SnapshotStoreTest, ADiskThatFailsWhenItIsWrittenThroughIsSaid) {
  const Snapshot earlier = sample_snapshot("/a.py", 6, 1);
  ASSERT_TRUE(store().save(earlier).has_value());
  FileCalls calls = calls_without_waiting();
  calls.sync = [](int) {
    errno = EIO;
    return -1;
  };
  const auto saved = store(1 << 20, calls).save(sample_snapshot("/a.py", 6, 2));
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().message, "The snapshot of \"/a.py\" was not saved: Input/output error.");
  EXPECT_EQ(files().size(), 1U);
  expect_stored(earlier);
}

TEST_F(SnapshotStoreTest, AWriteThatIsInterruptedGoesOn) {
  FileCalls calls = calls_without_waiting();
  bool interrupt = false;
  calls.write = [&](int file, const void* bytes, std::size_t count) -> ssize_t {
    interrupt = !interrupt;
    if (!interrupt) return ::write(file, bytes, std::min<std::size_t>(count, 7));
    errno = EINTR;
    return -1;
  };
  const Snapshot a = sample_snapshot("/a.py", 6, 1);
  ASSERT_TRUE(store(1 << 20, calls).save(a).has_value());
  expect_stored(a);
}

TEST_F(SnapshotStoreTest, ALimitOnTheSizeOfFilesIsSurvivedAndSaid) {
  const Snapshot earlier = sample_snapshot("/a.py", 6, 1);
  ASSERT_TRUE(store().save(earlier).has_value());
  const int status = status_of_child([&] {
    const rlimit limit{300, 300};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const auto saved = store().save(sample_snapshot("/a.py", 60, 2));
    if (saved) return 3;
    return saved.error().message ==
                   "The snapshot of \"/a.py\" was not saved: it is larger than files may be."
               ? 0
               : 4;
  });
  EXPECT_EQ(status, 0);  // Not the signal's.
  EXPECT_EQ(files().size(), 1U);
  expect_stored(earlier);
}

TEST_F(SnapshotStoreTest, AFolderThatCannotBeMadeIsSaid) {
  std::ofstream(top_ / "nextline") << "a file where a folder should be";
  const auto saved = store().save(sample_snapshot("/a.py", 6, 1));
  ASSERT_FALSE(saved.has_value());
  EXPECT_THAT(saved.error().message, HasSubstr("cannot be made"));
}

TEST_F(SnapshotStoreTest, AFolderThatCannotBeWrittenIsSaid) {
  ASSERT_TRUE(store().save(sample_snapshot("/a.py", 6, 1)).has_value());
  const int status = status_of_child([&] {
    // Root may write anywhere; another user gets the folder and loses the right to write.
    if (::geteuid() == 0 && (::chmod(top_.c_str(), 0755) != 0 ||
                             ::chown(folder_.c_str(), 12345, 12345) != 0 || ::setuid(12345) != 0)) {
      return 2;
    }
    if (::chmod(folder_.c_str(), 0500) != 0) return 3;
    const auto saved = store().save(sample_snapshot("/b.py", 6, 1));
    return !saved && saved.error().message ==
                         "The snapshot of \"/b.py\" was not saved: the permissions do not allow it."
               ? 0
               : 4;
  });
  EXPECT_EQ(::chmod(folder_.c_str(), 0700), 0);  // So that it can be removed.
  EXPECT_EQ(status, 0);
}

TEST_F(SnapshotStoreTest, WhatALiveWriterWritesIsNotRemoved) {
  const Snapshot a = sample_snapshot("/a.py", 6, 1);
  const Snapshot b = sample_snapshot("/b.py", 6, 1);
  FileCalls calls = calls_without_waiting();
  bool other_has_saved = false;
  calls.write = [&](int file, const void* bytes, std::size_t count) {
    if (!other_has_saved) {
      other_has_saved = true;
      EXPECT_EQ(files().size(), 1U);
      EXPECT_TRUE(store().save(b).has_value());
      // So does one in another process.
      EXPECT_EQ(status_of_child([&] { return store().save(b) ? 0 : 1; }), 0);
      EXPECT_EQ(files().size(), 2U);
    }
    return ::write(file, bytes, count);
  };
  ASSERT_TRUE(store(1 << 20, calls).save(a).has_value());
  EXPECT_TRUE(other_has_saved);
  expect_stored(a);
  expect_stored(b);
}

/// Saves and loads for some rounds; 0 if whatever was loaded was whole and of its key.
int save_and_load(const SnapshotStore& store, std::uint64_t seed, bool may_be_evicted) {
  test::Random random(seed);
  for (int round = 0; round < 300; ++round) {
    const std::string document = numbered(random.below(4));
    // The length tells the seed, so that a mixture of two snapshots would show.
    const std::size_t token_count = 10 + random.below(200);
    if (!store.save(sample_snapshot(document, token_count, token_count))) return 1;
    SnapshotRequest request = request_of(sample_snapshot(numbered(random.below(4)), 0, 0));
    request.slot_count = 1000;
    const auto loaded = store.load(request);
    if (!loaded) return 2;
    if (!*loaded) {
      if (!may_be_evicted && round > 100) return 3;
      continue;
    }
    const std::size_t length = (*loaded)->tokens.size();
    if (!are_same(**loaded, sample_snapshot(request.key.document, length, length))) return 4;
  }
  return 0;
}

TEST_F(SnapshotStoreTest, TwoProcessesSeeOnlyWholeSnapshots) {
  for (const std::uint64_t budget : {std::uint64_t{1} << 20, std::uint64_t{8000}}) {
    const bool may_be_evicted = budget < 4 * 4000;
    const pid_t other = ::fork();
    if (other == 0) ::_exit(save_and_load(store(budget), 1, may_be_evicted));
    EXPECT_EQ(save_and_load(store(budget), 2, may_be_evicted), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(status, 0);
    for (const std::string& name : files()) EXPECT_THAT(name, ::testing::EndsWith(".snapshot"));
  }
}

}  // namespace
}  // namespace nextline
