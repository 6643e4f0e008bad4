#include "engine/backend/cpu/thread_pool.h"

#include <chrono>

namespace nextline::cpu {
namespace {

constexpr std::uint64_t kOpen = std::uint64_t{1} << 31;
constexpr std::uint64_t kJoinedMask = kOpen - 1;

std::uint32_t job_of(std::uint64_t state) { return static_cast<std::uint32_t>(state >> 32); }

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Steps of a layer follow each other within microseconds; a wake-up by the kernel takes 50.
constexpr auto kSpin = std::chrono::microseconds(100);

/// Spins until `done` or for kSpin; tells whether it is done.
template <typename Condition>
bool spin_until(Condition done) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace

ThreadPool::ThreadPool(std::uint32_t thread_count) : limit_(thread_count), allowed_(thread_count) {
  for (std::uint32_t index = 1; index < thread_count; ++index) {
    workers_.emplace_back([this, index] { work(index); });
  }
}

ThreadPool::~ThreadPool() {
  ends_ = true;
  allowed_ = thread_count();
  allowed_.notify_all();
  ++job_number_;
  job_number_.notify_all();
}

void ThreadPool::run_job(std::uint32_t task_count, const void* function, Call call) {
  function_ = const_cast<void*>(function);
  call_ = call;
  task_count_ = task_count;
  next_task_.store(0, std::memory_order_relaxed);
  if (allowed_.load(std::memory_order_relaxed) != limit_) {
    allowed_.store(limit_, std::memory_order_release);
    allowed_.notify_all();
  }
  const std::uint32_t job = job_number_.load(std::memory_order_relaxed) + 1;
  state_.store(std::uint64_t{job} << 32 | kOpen, std::memory_order_release);
  job_number_.store(job, std::memory_order_release);
  job_number_.notify_all();

  take_tasks(0);

  // All tasks are taken. Nobody may join any more; those who have joined finish their last task.
  // A worker that is still asleep is not waited for.
  std::uint64_t state = state_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
  while ((state & kJoinedMask) != 0) {
    if (spin_until([&] { return (state_.load(std::memory_order_acquire) & kJoinedMask) == 0; }))
      break;
    state = state_.load(std::memory_order_acquire);
    if ((state & kJoinedMask) != 0) state_.wait(state, std::memory_order_acquire);
    state = state_.load(std::memory_order_acquire);
  }
}

void ThreadPool::take_tasks(std::uint32_t thread_index) {
  for (;;) {
    const std::uint32_t index = next_task_.fetch_add(1, std::memory_order_relaxed);
    if (index >= task_count_) return;
    call_(function_, index, thread_index);
  }
}

void ThreadPool::work(std::uint32_t thread_index) {
  std::uint32_t last_job = 0;
  // Whoever sees a job's state sees how many threads are allowed for it.
  const auto is_allowed = [&] { return thread_index < allowed_.load(std::memory_order_acquire); };
  while (wait_for_job(thread_index, last_job)) {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    bool joined = false;
    while ((state & kOpen) != 0 && job_of(state) != last_job && is_allowed() && !joined) {
      joined = state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel,
                                            std::memory_order_acquire);
    }
    last_job = job_of(state);
    if (!joined) continue;
    take_tasks(thread_index);
    state_.fetch_sub(1, std::memory_order_acq_rel);
    state_.notify_one();
  }
}

bool ThreadPool::wait_for_job(std::uint32_t thread_index, std::uint32_t last_job) {
  for (auto allowed = allowed_.load(std::memory_order_acquire); thread_index >= allowed;
       allowed = allowed_.load(std::memory_order_acquire)) {
    allowed_.wait(allowed, std::memory_order_acquire);
  }
  const auto has_news = [&] { return job_number_.load(std::memory_order_acquire) != last_job; };
  if (!spin_until(has_news)) job_number_.wait(last_job, std::memory_order_acquire);
  return !ends_;
}

}  // namespace nextline::cpu
