#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <type_traits>
#include <vector>

namespace nextline::cpu {

/// A fixed number of threads that share out the tasks of one job at a time.
///
/// The caller of `run` is one of the threads. Between jobs that follow each other closely the
/// others spin for some microseconds; then they sleep and use no CPU. One thread at a time may call
/// `run` and `limit`; tasks of a job run concurrently, in no particular order, each exactly once.
class ThreadPool {
 public:
  /// `thread_count` ≥ 1 counts the caller.
  explicit ThreadPool(std::uint32_t thread_count);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::uint32_t thread_count() const { return static_cast<std::uint32_t>(workers_.size()) + 1; }

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

  void run_job(std::uint32_t task_count, const void* function, Call call);
  void work(std::uint32_t thread_index);
  void take_tasks(std::uint32_t thread_index);
  bool wait_for_job(std::uint32_t thread_index, std::uint32_t last_job);

  std::uint32_t limit_;  // Threads that the next job may take; the caller's.

  // The job; written only while no worker has joined.
  void* function_ = nullptr;
  Call call_ = nullptr;
  std::uint32_t task_count_ = 0;
  std::atomic<std::uint32_t> next_task_{0};

  /// The number of the job in the upper half; kOpen while workers may join; below it the number of
  /// workers that have joined and not yet left.
  std::atomic<std::uint64_t> state_{0};
  /// Changes with every job, for sleepers.
  std::atomic<std::uint32_t> job_number_{0};
  /// Threads that may join: limit_, as of the last job that was shared out. Threads beyond it sleep
  /// until it changes, so that jobs do not wake them.
  std::atomic<std::uint32_t> allowed_;
  std::atomic<bool> ends_{false};
  std::vector<std::jthread> workers_;
};

}  // namespace nextline::cpu
