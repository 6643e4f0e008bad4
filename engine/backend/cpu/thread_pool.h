#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace nextline::cpu {

/// A fixed number of threads that share out the tasks of one job at a time.
///
/// The caller of `run` is one of the threads. Each begins with a contiguous part of the tasks and
/// takes them in ascending order, so that tasks whose memory is adjacent are read as one stream.
/// One that has no more takes over the later half of what the thread with most has left. So all
/// threads end within one task of each other, and one that is late or asleep holds nothing up: the
/// others do its part.
///
/// Between jobs that follow each other closely the others spin for some microseconds; then they
/// sleep and use no CPU. One thread at a time may call `run` and `limit`; tasks of a job run
/// concurrently, each exactly once.
class ThreadPool {
 public:
  /// `thread_count` ≥ 1 counts the caller. Where the system does not start so many, there are
  /// fewer.
  explicit ThreadPool(std::uint32_t thread_count);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::uint32_t thread_count() const { return thread_count_; }

  /// The jobs that follow are shared out over the first `at_most` threads only, the caller counted;
  /// 0: over all. The others sleep through them, and a job of one thread wakes nobody.
  void limit(std::uint32_t at_most) {
    limit_ = at_most == 0 ? thread_count() : std::min(at_most, thread_count());
  }

  /// Calls `task(task_index, thread_index)` for each index in [0, task_count) and returns when all
  /// have returned; thread_index is below thread_count(). Tasks must not throw.
  template <typename Task>
  void run(std::uint32_t task_count, Task&& task) {
    if (task_count == 0) return;
    if (task_count == 1 || limit_ == 1) {
      for (std::uint32_t index = 0; index < task_count; ++index) task(index, 0U);
      return;
    }
    using Function = std::remove_reference_t<Task>;
    run_job(task_count, &task, [](void* function, std::uint32_t index, std::uint32_t thread) {
      (*static_cast<Function*>(function))(index, thread);
    });
  }

 private:
  using Call = void (*)(void* function, std::uint32_t index, std::uint32_t thread);

  static constexpr std::size_t kCacheLine = 64;

  void start_workers();

  /// A thread's part of the job. On a cache line of its own: as long as nobody takes over from it,
  /// a thread shares nothing with the others.
  struct alignas(kCacheLine) Share {
    /// The tasks that nobody has taken yet: the first in the lower half, the end in the upper.
    /// The thread takes from the front, the others from the back.
    std::atomic<std::uint64_t> tasks{0};
    /// 1 while a worker may touch the job; see `work`.
    std::atomic<std::uint32_t> at_work{0};
  };

  void run_job(std::uint32_t task_count, const void* function, Call call);
  void share_out(std::uint32_t task_count);
  void take_tasks(std::uint32_t thread_index);
  bool take_over(std::uint32_t thread_index);
  void wake_sleepers();
  void wait_for_workers();
  void work(std::uint32_t thread_index);
  std::uint64_t wait_for_news(std::uint32_t thread_index, std::uint64_t seen);

  std::uint32_t thread_count_;
  std::uint32_t limit_;  // Threads that the next job may take; the caller's.
  std::vector<Share> shares_;

  /// The number of the job in the upper half; below it the number of threads that may take part, 0
  /// once all tasks are taken. On one cache line with the job, which a worker reads next.
  alignas(kCacheLine) std::atomic<std::uint64_t> state_{0};
  // The job; written only while no worker is at work.
  void* function_ = nullptr;
  Call call_ = nullptr;
  std::uint32_t participants_ = 0;

  // What only those who go to sleep write, and those who wake them.
  alignas(kCacheLine) std::atomic<bool> somebody_sleeps_{false};
  std::atomic<std::uint32_t> wake_ups_{0};  ///< What sleepers wait for to change.
  // What workers look at now and then, and which seldom changes.
  alignas(kCacheLine) std::atomic<bool> caller_sleeps_{false};
  /// Threads that may take part: limit_, as of the last job that was shared out. Threads beyond it
  /// sleep until it changes, so that jobs do not wake them.
  std::atomic<std::uint32_t> allowed_;
  std::atomic<bool> ends_{false};
  std::vector<std::jthread> workers_;
};

}  // namespace nextline::cpu
