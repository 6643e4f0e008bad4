#include "engine/backend/cuda/kv_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "tests/cuda_device/cuda_device.h"
#include "tests/support/random.h"

namespace nextline::cuda {
namespace {

constexpr std::size_t kPageBytes = 512;

/// What passes do with pages: they write them and read them.
__global__ void write_page(std::byte* page, std::size_t bytes, std::uint32_t value) {
  for (std::size_t i = threadIdx.x; i < bytes; i += blockDim.x) {
    page[i] = static_cast<std::byte>(value + i);
  }
}
__global__ void read_page(const std::byte* page, std::size_t bytes, std::byte* to) {
  for (std::size_t i = threadIdx.x; i < bytes; i += blockDim.x) to[i] = page[i];
}

std::vector<std::byte> written(std::uint32_t value, std::size_t bytes = kPageBytes) {
  std::vector<std::byte> page(bytes);
  for (std::size_t i = 0; i < bytes; ++i) page[i] = static_cast<std::byte>(value + i);
  return page;
}

class KvPagesTest : public ::testing::Test {
 protected:
  explicit KvPagesTest(std::size_t budget = 3 * kPageBytes)
      : pages_(std::move(KvPages::create(*device_, budget)).value()),
        read_(std::move(DeviceBuffer<std::byte>::allocate(64 * kPageBytes, "a test")).value()) {
    host_.reserve(*device_, read_.size());
  }
  ~KvPagesTest() override { cuda_device::set({}); }

  std::unique_ptr<KvPageTable> table(std::uint32_t page_count,
                                     std::size_t page_bytes = kPageBytes) {
    return std::make_unique<KvPageTable>(*pages_, page_count, page_bytes);
  }

  static std::vector<std::uint32_t> first(std::uint32_t count) {
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
  }

  /// A pass that writes pages: number i gets `value` + i.
  void write(KvPageTable& table, const std::vector<std::uint32_t>& numbers, std::uint32_t value,
             std::size_t bytes = kPageBytes) {
    ASSERT_TRUE(pages_->prepare(table, numbers).has_value());
    for (const std::uint32_t number : numbers) {
      device_->launch(write_page, dim3(1), dim3(32), 0, table.addresses()[number], bytes,
                      value + number);
    }
  }

  /// What a pass reads in pages, one after the other.
  std::vector<std::byte> read(KvPageTable& table, const std::vector<std::uint32_t>& numbers,
                              std::size_t bytes = kPageBytes) {
    EXPECT_TRUE(pages_->prepare(table, numbers).has_value());
    return read_prepared(table, numbers, bytes);
  }

  std::vector<std::byte> read_prepared(KvPageTable& table,
                                       const std::vector<std::uint32_t>& numbers,
                                       std::size_t bytes = kPageBytes) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      device_->launch(read_page, dim3(1), dim3(32), 0, table.addresses()[numbers[i]], bytes,
                      read_.data() + i * bytes);
    }
    const std::size_t size = numbers.size() * bytes;
    device_->copy(host_.data(), read_.data(), size, cudaMemcpyDeviceToHost);
    device_->synchronize();
    return {host_.data(), host_.data() + size};
  }

  /// That pages of so many numbers hold what `write` wrote.
  void expect_written(KvPageTable& table, std::uint32_t count, std::uint32_t value) {
    for (std::uint32_t number = 0; number < count; ++number) {
      ASSERT_EQ(read(table, {number}), written(value + number)) << number;
    }
  }

  static void leave_memory(std::size_t bytes) {
    cuda_device::Settings settings = cuda_device::settings();
    settings.memory_bytes = cuda_device::bytes_in_use() + bytes;
    cuda_device::set(settings);
  }

  std::unique_ptr<DeviceContext> device_ = std::move(DeviceContext::open(0)).value();
  std::unique_ptr<KvPages> pages_;
  DeviceBuffer<std::byte> read_;
  PinnedBuffer<std::byte> host_;
};

TEST_F(KvPagesTest, APageHasMemoryOnceItIsUsed) {
  const auto one = table(100);
  EXPECT_EQ(pages_->device_bytes(), 0U);
  write(*one, {7}, 1);
  EXPECT_EQ(pages_->device_bytes(), kPageBytes);
  EXPECT_EQ(read(*one, {7}), written(8));
}

TEST_F(KvPagesTest, WhatExceedsTheBudgetIsMadeOnTheHost) {
  const auto one = table(5);
  const std::size_t pinned = cuda_device::pinned_bytes_in_use();
  write(*one, first(5), 10);
  EXPECT_EQ(pages_->device_bytes(), 3 * kPageBytes);
  EXPECT_EQ(cuda_device::pinned_bytes_in_use() - pinned, 2 * kPageBytes);
  expect_written(*one, 5, 10);
}

TEST_F(KvPagesTest, ThePagesUsedLeastRecentlyGoAndComeBackAsTheyWere) {
  const auto old = table(2);
  const auto young = table(3);
  write(*old, first(2), 10);
  write(*young, {0}, 20);
  device_->synchronize();
  cuda_device::reset_counts();
  write(*young, {1, 2}, 20);  // In place of both old ones.
  device_->synchronize();
  EXPECT_EQ(cuda_device::counts().copies_to_host, 2U);
  expect_written(*young, 3, 20);
  EXPECT_EQ(cuda_device::counts().copies_to_host, 2U + 3U) << "each read makes one";
  expect_written(*old, 2, 10);
  EXPECT_EQ(cuda_device::counts().copies_to_device, 2U);
}

TEST_F(KvPagesTest, ATableThatDoesNotFitIsUsedAgainAndAgainWithoutACopy) {
  const auto large = table(6);
  write(*large, first(6), 3);
  device_->synchronize();
  cuda_device::reset_counts();
  for (int pass = 0; pass < 4; ++pass) write(*large, first(6), 3);
  EXPECT_EQ(cuda_device::counts().copies_to_device + cuda_device::counts().copies_to_host, 0U);
  EXPECT_EQ(cuda_device::counts().stream_waits, 0U);
  expect_written(*large, 6, 3);
}

TEST_F(KvPagesTest, PagesComeBackWhileNobodyWaits) {
  const auto one = table(3);
  const auto other = table(3);
  write(*one, first(3), 1);
  write(*other, first(3), 2);
  device_->synchronize();
  cuda_device::reset_counts();
  pages_->bring_back(*one);
  EXPECT_EQ(cuda_device::counts().copies_to_device, 3U);
  EXPECT_EQ(cuda_device::counts().copies_to_host, 3U);
  EXPECT_EQ(cuda_device::counts().waits, 0U);
  // The pass behind it waits on the device, once.
  cuda_device::reset_counts();
  ASSERT_TRUE(pages_->prepare(*one, first(3)).has_value());
  EXPECT_EQ(cuda_device::counts().stream_waits, 1U);
  EXPECT_EQ(cuda_device::counts().waits, 0U);
  EXPECT_EQ(read_prepared(*one, {2}), written(3));
  cuda_device::reset_counts();
  pages_->bring_back(*one);
  EXPECT_EQ(cuda_device::counts().copies_to_device, 0U) << "all are there";
}

TEST_F(KvPagesTest, APassWaitsForTheCopiesOfItsOwnPagesAlone) {
  const auto one = table(1);
  const auto other = table(1);
  const auto third = table(3);
  write(*one, {0}, 1);
  write(*other, {0}, 2);
  write(*third, first(3), 3);  // Both have gone.
  device_->synchronize();
  pages_->bring_back(*one);
  pages_->bring_back(*other);
  EXPECT_EQ(read(*one, {0}), written(1));
  // Nobody has waited for the other's copy, so the device, which is as late as may be, has not made
  // it: the first bytes on their way are those that were there before.
  ASSERT_TRUE(pages_->prepare_to_read(*other, first(1)).has_value());
  EXPECT_NE(*other->addresses()[0], written(2).front());
  EXPECT_EQ(read_prepared(*other, {0}), written(2));
}

TEST_F(KvPagesTest, WhatIsReadOnceStaysWhereItIs) {
  const auto one = table(3);
  const auto other = table(3);
  write(*one, {0, 1}, 1);
  write(*other, first(3), 2);
  device_->synchronize();
  cuda_device::reset_counts();
  ASSERT_TRUE(pages_->prepare_to_read(*one, first(3)).has_value());
  EXPECT_EQ(one->addresses()[2], nullptr) << "nothing has been written there";
  EXPECT_EQ(read_prepared(*one, {1}), written(2));
  EXPECT_EQ(cuda_device::counts().copies_to_device, 0U);
}

TEST_F(KvPagesTest, MemoryOfATableThatIsGoneIsUsedByOthers) {
  write(*table(5), first(5), 1);
  device_->synchronize();
  cuda_device::reset_counts();
  const auto next = table(5);
  write(*next, first(5), 2);
  EXPECT_EQ(cuda_device::counts().allocations + cuda_device::counts().host_allocations, 0U);
  expect_written(*next, 5, 2);
}

TEST_F(KvPagesTest, PagesOfOneSizeMakeRoomForThoseOfAnother) {
  const auto small = table(3);
  const auto large = table(1, 2 * kPageBytes);
  write(*small, first(3), 1);
  write(*large, {0}, 2, 2 * kPageBytes);
  EXPECT_LE(pages_->device_bytes(), 3 * kPageBytes);
  EXPECT_EQ(read(*large, {0}, 2 * kPageBytes), written(2, 2 * kPageBytes));
  expect_written(*small, 3, 1);
}

TEST_F(KvPagesTest, WhereTheDriverHasNoneLeftPagesOfOthersGo) {
  const auto one = table(2);
  const auto other = table(3);
  write(*one, first(2), 1);
  leave_memory(0);
  write(*other, first(3), 2);  // In place of the two, and one on the host.
  EXPECT_EQ(pages_->device_bytes(), 2 * kPageBytes);
  expect_written(*one, 2, 1);
  expect_written(*other, 3, 2);
  EXPECT_EQ(device_->failure(), nullptr);
}

TEST_F(KvPagesTest, APassWhoseBuffersFindNoMemoryIsGivenThatOfPages) {
  const auto one = table(3);
  write(*one, first(3), 1);
  device_->relieve_by([&](std::size_t bytes) { return pages_->give_way(bytes); });
  leave_memory(0);
  DeviceBuffer<std::byte> buffer;
  EXPECT_TRUE(buffer.reserve(*device_, kPageBytes));  // And a quarter more: two pages.
  EXPECT_EQ(pages_->device_bytes(), kPageBytes);
  EXPECT_FALSE(pages_->are_in_place()) << "all are in use";
  expect_written(*one, 3, 1);
  EXPECT_EQ(device_->failure(), nullptr);
}

TEST_F(KvPagesTest, PagesInUseAreTheLastToGiveWay) {
  const auto idle = table(1);
  const auto busy = table(2);
  write(*idle, {0}, 1);
  write(*busy, first(2), 2);
  EXPECT_TRUE(pages_->give_way(kPageBytes));
  EXPECT_TRUE(pages_->are_in_place());
  EXPECT_TRUE(pages_->give_way(kPageBytes));
  EXPECT_FALSE(pages_->are_in_place());
  ASSERT_TRUE(pages_->prepare(*busy, first(2)).has_value());
  EXPECT_TRUE(pages_->are_in_place());
  EXPECT_EQ(read_prepared(*busy, {1}), written(3));
  expect_written(*idle, 1, 1);
}

TEST_F(KvPagesTest, WithoutMemoryOfEitherKindAPageCannotBeHad) {
  const auto one = table(5);
  write(*one, first(3), 1);
  cuda_device::Settings settings;
  settings.pinned_memory_bytes = cuda_device::pinned_bytes_in_use();
  cuda_device::set(settings);
  const auto prepared = pages_->prepare(*one, first(5));
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().message,
            "There is no memory for more keys and values, neither on the CUDA device \"Emulated "
            "CUDA device\" nor beside it.");
  EXPECT_EQ(device_->failure(), nullptr);
  expect_written(*one, 3, 1);
}

TEST_F(KvPagesTest, NothingIsLeftBehind) {
  const std::size_t on_device = cuda_device::bytes_in_use();
  const std::size_t pinned = cuda_device::pinned_bytes_in_use();
  const cuda_device::HandlesInUse handles = cuda_device::handles_in_use();
  {
    const auto pages = std::move(KvPages::create(*device_, 2 * kPageBytes)).value();
    KvPageTable one(*pages, 4, kPageBytes);
    KvPageTable other(*pages, 2, kPageBytes);
    EXPECT_TRUE(pages->prepare(one, first(4)).has_value());
    EXPECT_TRUE(pages->prepare(other, first(2)).has_value());
    pages->bring_back(one);
  }
  EXPECT_EQ(cuda_device::bytes_in_use(), on_device);
  EXPECT_EQ(cuda_device::pinned_bytes_in_use(), pinned);
  EXPECT_EQ(cuda_device::handles_in_use().streams, handles.streams);
  EXPECT_EQ(cuda_device::handles_in_use().events, handles.events);
}

/// Tables of two sizes that are written, read, brought back and dropped at random, while other
/// programs take memory and give it back: each page holds what was written last.
TEST_F(KvPagesTest, AfterRandomUsesEachPageHoldsWhatWasWrittenLast) {
  constexpr std::uint32_t kPages = 6;
  struct Table {
    std::size_t page_bytes;
    std::unique_ptr<KvPageTable> pages;
    std::vector<std::uint32_t> values;  // 0: never written.
  };
  for (const auto progress : {cuda_device::Progress::kLate, cuda_device::Progress::kEarly,
                              cuda_device::Progress::kRandom}) {
    SCOPED_TRACE(static_cast<int>(progress));
    test::Random random{17};
    std::vector<Table> tables(5);
    for (std::uint32_t step = 1; step <= 600; ++step) {
      if (step % 40 == 1) {
        cuda_device::Settings settings;
        settings.progress = progress;
        settings.seed = step;
        settings.memory_bytes = cuda_device::bytes_in_use() + random.below(3) * kPageBytes;
        cuda_device::set(settings);
      }
      Table& one = tables[random.below(tables.size())];
      if (!one.pages || random.below(30) == 0) {
        one.page_bytes = kPageBytes * (1 + random.below(2));
        one.pages.reset();
        one.pages = table(kPages, one.page_bytes);
        one.values.assign(kPages, 0);
      }
      std::vector<std::uint32_t> numbers;
      for (std::uint32_t number = 0; number < kPages; ++number) {
        if (random.below(2) == 0) numbers.push_back(number);
      }
      switch (random.below(4)) {
        case 0:
          write(*one.pages, numbers, step, one.page_bytes);
          for (const std::uint32_t number : numbers) one.values[number] = step + number;
          if (random.below(2) == 0) device_->synchronize();
          break;
        case 1:
          pages_->bring_back(*one.pages);
          break;
        case 2:
          if (random.below(8) == 0) pages_->give_way(1 + random.below(4 * kPageBytes));
          break;
        default:
          std::erase_if(numbers, [&](std::uint32_t number) { return one.values[number] == 0; });
          std::vector<std::byte> expected;
          for (const std::uint32_t number : numbers) {
            const auto page = written(one.values[number], one.page_bytes);
            expected.insert(expected.end(), page.begin(), page.end());
          }
          ASSERT_EQ(read(*one.pages, numbers, one.page_bytes), expected) << step;
      }
      ASSERT_LE(pages_->device_bytes(), pages_->budget());
      ASSERT_EQ(device_->failure(), nullptr);
    }
  }
}

}  // namespace
}  // namespace nextline::cuda
