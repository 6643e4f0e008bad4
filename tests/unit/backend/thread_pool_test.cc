#include "engine/backend/cpu/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/random.h"

namespace nextline::cpu {
namespace {

TEST(ThreadPool, RunsEachTaskOnce) {
  for (std::uint32_t threads = 1; threads <= 8; ++threads) {
    ThreadPool pool(threads);
    for (std::uint32_t count : {0U, 1U, 2U, 3U, 7U, 8U, 9U, 17U, 1000U, 20'000U}) {
      std::vector<int> calls(count, 0);
      pool.run(count, [&](std::uint32_t index, std::uint32_t thread) {
        EXPECT_LT(thread, threads);
        ++calls[index];
      });
      EXPECT_EQ(calls, std::vector<int>(count, 1));
    }
  }
}

void keep_busy(std::uint64_t steps) {
  for (std::uint64_t step = 0; step < steps; ++step) asm volatile("");
}

TEST(ThreadPool, RunsEachTaskOnceHoweverLongTasksTakeAndWhoeverTakesPart) {
  test::Random random(1);
  for (std::uint32_t threads = 2; threads <= 8; threads += 3) {
    ThreadPool pool(threads);
    for (int job = 0; job < 300; ++job) {
      if (random.below(4) == 0) pool.limit(static_cast<std::uint32_t>(random.below(threads + 1)));
      // Sometimes the others have gone to sleep, and join late or not at all.
      if (random.below(20) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const auto count = static_cast<std::uint32_t>(1 + random.below(random.below(5) ? 40 : 3000));
      std::vector<std::uint64_t> steps(count);
      for (std::uint64_t& step : steps) step = random.below(10) ? 0 : random.below(2000);
      std::vector<int> calls(count, 0);
      pool.run(count, [&](std::uint32_t index, std::uint32_t) {
        keep_busy(steps[index]);
        ++calls[index];
      });
      ASSERT_EQ(calls, std::vector<int>(count, 1)) << threads << " threads, job " << job;
    }
  }
}

TEST(ThreadPool, EachThreadBeginsWithItsOwnPart) {
  ThreadPool pool(4);
  std::barrier<> all_there(4);
  std::vector<std::vector<std::uint32_t>> taken(4);
  pool.run(1000, [&](std::uint32_t index, std::uint32_t thread) {
    taken[thread].push_back(index);
    if (taken[thread].size() == 1) all_there.arrive_and_wait();
  });
  for (std::uint32_t thread = 0; thread < 4; ++thread) {
    EXPECT_EQ(taken[thread].front(), 250 * thread);
  }
}

TEST(ThreadPool, OneThreadThatIsHeldUpIsRelievedOfItsPart) {
  for (std::uint32_t threads = 2; threads <= 4; ++threads) {
    ThreadPool pool(threads);
    for (const std::uint32_t held_up : {0U, 1000U / threads, 999U}) {
      std::atomic<std::uint32_t> done = 0;
      pool.run(1000, [&](std::uint32_t index, std::uint32_t) {
        while (index == held_up && done < 999) std::this_thread::yield();
        ++done;
      });
      EXPECT_EQ(done, 1000U);
    }
  }
}

TEST(ThreadPool, AJobSeesWhatTheJobBeforeItWrote) {
  ThreadPool pool(4);
  std::vector<std::uint64_t> values(64, 0);
  std::vector<std::uint64_t> next(64, 0);
  for (int job = 0; job < 5000; ++job) {
    pool.run(64, [&](std::uint32_t i, std::uint32_t) { next[i] = values[(i + 1) % 64] + 1; });
    values.swap(next);
  }
  EXPECT_EQ(values, std::vector<std::uint64_t>(64, 5000));
}

TEST(ThreadPool, JobsFindSleepersToo) {
  ThreadPool pool(3);
  for (int job = 0; job < 20; ++job) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // Longer than the pool spins.
    std::vector<int> calls(8, 0);
    pool.run(8, [&](std::uint32_t index, std::uint32_t) { ++calls[index]; });
    EXPECT_EQ(calls, std::vector<int>(8, 1));
  }
}

TEST(ThreadPool, IdleThreadsUseNoProcessorTime) {
  const auto processor_seconds = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) +
           1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
  };
  ThreadPool pool(4);
  pool.run(8, [](std::uint32_t, std::uint32_t) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double before = processor_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  // Three threads that spun would have used up to 0.9 s.
  EXPECT_LT(processor_seconds() - before, 0.03);
}

/// Runs a job that ends only when so many threads are at work on it; tells which they were.
std::set<std::uint32_t> threads_of_job(ThreadPool& pool, std::uint32_t count) {
  std::barrier<> all_there(count);
  std::vector<std::uint32_t> threads(count);
  pool.run(count, [&](std::uint32_t index, std::uint32_t thread) {
    threads[index] = thread;
    all_there.arrive_and_wait();
  });
  return {threads.begin(), threads.end()};
}

TEST(ThreadPool, OfALimitedPoolOnlySoManyThreadsTakePart) {
  ThreadPool pool(4);
  EXPECT_EQ(threads_of_job(pool, 4), (std::set<std::uint32_t>{0, 1, 2, 3}));
  for (const std::uint32_t limit : {2U, 3U, 1U}) {
    pool.limit(limit);
    std::vector<std::uint32_t> threads(1000);
    for (int job = 0; job < 50; ++job) {
      pool.run(1000, [&](std::uint32_t index, std::uint32_t thread) { threads[index] = thread; });
      EXPECT_LT(*std::max_element(threads.begin(), threads.end()), limit);
    }
    EXPECT_EQ(threads_of_job(pool, limit).size(), limit);
  }
  for (const std::uint32_t no_limit : {0U, 4U, 5U}) {
    pool.limit(no_limit);
    EXPECT_EQ(threads_of_job(pool, 4).size(), 4U);
    pool.limit(1);
  }
}

TEST(ThreadPool, ThreadsBeyondTheLimitSleepThroughTheJobs) {
  const auto processor_seconds = [](int who) {
    rusage usage{};
    getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) +
           1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
  };
  ThreadPool pool(4);
  pool.limit(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double before = processor_seconds(RUSAGE_SELF) - processor_seconds(RUSAGE_THREAD);
  std::atomic<std::uint64_t> work = 0;
  while (work < 20'000'000) {
    pool.run(1000, [&](std::uint32_t, std::uint32_t) { work += 10; });
  }
  EXPECT_LT(processor_seconds(RUSAGE_SELF) - processor_seconds(RUSAGE_THREAD) - before, 0.03);
}

TEST(ThreadPool, EndsWhileIdleAndRightAfterAJob) {
  for (std::uint32_t i = 0; i < 200; ++i) {
    ThreadPool pool(3);
    pool.limit(i % 3);
    if (i % 2 == 0) pool.run(4, [](std::uint32_t, std::uint32_t) {});
  }
}

}  // namespace
}  // namespace nextline::cpu
