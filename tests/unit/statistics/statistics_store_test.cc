#include "lsp/statistics/statistics_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/full_disk.h"
#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;

constexpr Day kToday = 2026y / 11 / 27;

class StatisticsStoreTest : public testing::Test {
 protected:
  /// One that writes when it is asked to, and at its end.
  StatisticsOptions by_hand() const { return {folder_, 24h}; }
  StatisticsStore::Today today() {
    return [this] { return today_; };
  }
  /// What another process finds.
  Statistics written() { return *StatisticsStore(by_hand(), today()).read(); }
  std::uint64_t asked() { return written().between(Day::min(), Day::max())["python"].asked; }

  const nextline::test::TemporaryFolder top_;
  const std::filesystem::path folder_ = top_.path() / "statistics";
  Day today_ = kToday;
};

TEST_F(StatisticsStoreTest, WhatWasCountedIsThereForTheNextProcess) {
  StatisticsStore store(by_hand(), today());
  store.add(kToday, "python", {.asked = 2});
  EXPECT_EQ(store.read()->between(kToday, kToday).at("python").asked, 2U);
  EXPECT_TRUE(written().empty());
  ASSERT_TRUE(store.save());
  EXPECT_EQ(asked(), 2U);
}

TEST_F(StatisticsStoreTest, IsWrittenAtTheEnd) {
  StatisticsStore(by_hand(), today()).add(kToday, "python", {.asked = 2});
  EXPECT_EQ(asked(), 2U);
}

TEST_F(StatisticsStoreTest, IsWrittenByItself) {
  StatisticsStore store({folder_, 1ms}, today());
  store.add(kToday, "python", {.asked = 2});
  while (asked() < 2) std::this_thread::sleep_for(1ms);
  store.add(kToday, "python", {.asked = 1});
  while (asked() < 3) std::this_thread::sleep_for(1ms);
}

TEST_F(StatisticsStoreTest, WithoutCountsThereIsNoFile) {
  { const StatisticsStore store(by_hand(), today()); }
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(StatisticsStoreTest, NobodyElseCanReadIt) {
  StatisticsStore(by_hand(), today()).add(kToday, "python", {.asked = 1});
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "statistics.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(StatisticsStoreTest, StoresThatShareAFileLoseNothing) {
  constexpr int kStores = 4;
  constexpr int kRounds = 25;
  std::vector<std::thread> processes;
  for (int i = 0; i < kStores; ++i) {
    processes.emplace_back([this] {
      StatisticsStore store(by_hand(), today());
      for (int round = 0; round < kRounds; ++round) {
        store.add(kToday, "python", {.asked = 1});
        EXPECT_TRUE(store.save());
      }
    });
  }
  for (std::thread& process : processes) process.join();
  EXPECT_EQ(asked(), kStores * kRounds);
}

TEST_F(StatisticsStoreTest, WhatIsOlderThanAYearIsForgotten) {
  StatisticsStore store(by_hand(), today());
  store.add(kToday, "python", {.asked = 1});
  ASSERT_TRUE(store.save());
  today_ = kToday + std::chrono::days(365);
  store.add(today_, "python", {.asked = 10});
  ASSERT_TRUE(store.save());
  EXPECT_EQ(asked(), 11U);
  today_ = kToday + std::chrono::days(366);
  store.add(today_, "python", {.asked = 100});
  ASSERT_TRUE(store.save());
  today_ = kToday + std::chrono::days(367);
  store.add(today_, "python", {.asked = 1000});
  ASSERT_TRUE(store.save());
  EXPECT_EQ(asked(), 1110U);
}

TEST_F(StatisticsStoreTest, AClockThatIsYearsAheadForADayHasNothingForgotten) {
  StatisticsStore store(by_hand(), today());
  store.add(kToday, "python", {.asked = 1});
  ASSERT_TRUE(store.save());
  today_ = kToday + std::chrono::days(3653);
  store.add(today_, "python", {.asked = 10});
  ASSERT_TRUE(store.save());
  today_ = kToday;
  store.add(today_, "python", {.asked = 100});
  ASSERT_TRUE(store.save());
  EXPECT_EQ(asked(), 111U);
}

TEST_F(StatisticsStoreTest, ADamagedFileIsPutAsideAndANewOneBegun) {
  StatisticsStore(by_hand(), today()).add(kToday, "python", {.asked = 1});
  std::filesystem::resize_file(folder_ / "statistics.json", 20);
  EXPECT_TRUE(written().empty());
  StatisticsStore(by_hand(), today()).add(kToday, "python", {.asked = 5});
  EXPECT_EQ(asked(), 5U);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "statistics.json.damaged"), 20U);
}

TEST_F(StatisticsStoreTest, WhatCannotBeWrittenIsWrittenLater) {
  std::ofstream(top_.path() / "statistics") << "in the way";
  StatisticsStore store(by_hand(), today());
  store.add(kToday, "python", {.asked = 1});
  EXPECT_FALSE(store.save());
  std::filesystem::remove(top_.path() / "statistics");
  store.add(kToday, "python", {.asked = 2});
  ASSERT_TRUE(store.save());
  EXPECT_EQ(asked(), 3U);
}

TEST_F(StatisticsStoreTest, AFullDiskLeavesTheEarlierCounts) {
  StatisticsStore(by_hand(), today()).add(kToday, "python", {.asked = 1});
  StatisticsStore store(by_hand(), today(),
                        nextline::test::with_room(FileCalls::of_the_system(), 10));
  store.add(kToday, "python", {.asked = 2});
  EXPECT_FALSE(store.save());
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(store.read()->between(kToday, kToday).at("python").asked, 3U);
}

TEST_F(StatisticsStoreTest, NothingIsCountedTwiceWhereTheDiskIsNotSure) {
  FileCalls calls = FileCalls::of_the_system();
  calls.sync = [](int file) {
    struct stat status {};
    ::fstat(file, &status);
    if (!S_ISDIR(status.st_mode)) return 0;
    errno = EIO;
    return -1;
  };
  StatisticsStore store(by_hand(), today(), calls);
  store.add(kToday, "python", {.asked = 1});
  EXPECT_TRUE(store.save());
  store.add(kToday, "python", {.asked = 1});
  EXPECT_TRUE(store.save());
  EXPECT_EQ(asked(), 2U);
}

TEST_F(StatisticsStoreTest, ErasingForgetsTheFileAndWhatIsInMemory) {
  StatisticsStore store(by_hand(), today());
  store.add(kToday - std::chrono::days(1), "python", {.asked = 1});
  ASSERT_TRUE(store.save());
  store.add(kToday, "python", {.asked = 1});
  EXPECT_EQ(store.erase(), 2U);
  EXPECT_TRUE(store.read()->empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "statistics.json"));
  EXPECT_EQ(store.erase(), 0U);
  store.add(kToday, "python", {.asked = 7});
  ASSERT_TRUE(store.save());
  EXPECT_EQ(asked(), 7U);
}

TEST_F(StatisticsStoreTest, ErasingWhatNeverWasIsNoFailure) {
  EXPECT_EQ(StatisticsStore(by_hand(), today()).erase(), 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

}  // namespace
}  // namespace nextline::lsp
