#include "engine/backend/cpu/thread_pool.h"

#include <chrono>
#include <system_error>

namespace nextline::cpu {
namespace {

constexpr std::uint64_t kOneJob = std::uint64_t{1} << 32;

/// The tasks [first, end), as one word.
struct Tasks {
  std::uint32_t first;
  std::uint32_t end;

  static Tasks from(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
  std::uint64_t word() const { return std::uint64_t{end} << 32 | first; }
  std::uint32_t count() const { return end - first; }
};

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
  const auto spins = [&] {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      relax();
    }
    return false;
  };
  if (spins()) return true;  // Mostly; then nobody needs to know the time.
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    if (spins()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace

ThreadPool::ThreadPool(std::uint32_t thread_count)
    : thread_count_(thread_count), limit_(0), shares_(thread_count), allowed_(thread_count) {
  start_workers();
  limit_ = thread_count_;
  allowed_ = thread_count_;
}

void ThreadPool::start_workers() {
  workers_.reserve(thread_count_ - 1);
  try {
    for (std::uint32_t index = 1; index < thread_count_; ++index) {
      workers_.emplace_back([this, index] { work(index); });
    }
  } catch (const std::system_error&) {
    // A result does not depend on how many compute it.
    thread_count_ = static_cast<std::uint32_t>(workers_.size() + 1);
  }
}

ThreadPool::~ThreadPool() {
  ends_ = true;
  allowed_ = thread_count();
  allowed_.notify_all();
  state_ += kOneJob;
  ++wake_ups_;
  wake_ups_.notify_all();
}

void ThreadPool::run_job(std::uint32_t task_count, const void* function, Call call) {
  function_ = const_cast<void*>(function);
  call_ = call;
  participants_ = limit_;
  share_out(task_count);
  if (allowed_.load(std::memory_order_relaxed) != limit_) {
    allowed_ = limit_;
    allowed_.notify_all();
  }
  const std::uint64_t job = state_.load(std::memory_order_relaxed) + kOneJob;
  state_.store(job + participants_, std::memory_order_release);
  wake_sleepers();

  take_tasks(0);

  // All tasks are taken. Nobody may join any more; those who have joined finish their last task.
  // A worker that is still asleep is not waited for.
  state_ = job;
  wait_for_workers();
}

void ThreadPool::share_out(std::uint32_t task_count) {
  std::uint32_t first = 0;
  for (std::uint32_t thread = 0; thread < participants_; ++thread) {
    const std::uint32_t rest = participants_ - thread;
    const Tasks tasks{first, first + (task_count - first + rest - 1) / rest};
    shares_[thread].tasks.store(tasks.word(), std::memory_order_relaxed);
    first = tasks.end;
  }
}

// The word of a share says all there is to say about it, so an exchange that succeeds took what was
// there, whatever happened between. No order with other memory is needed: who may touch the job at
// all is settled by `state_` and `at_work`.
void ThreadPool::take_tasks(std::uint32_t thread_index) {
  std::atomic<std::uint64_t>& own = shares_[thread_index].tasks;
  do {
    std::uint64_t word = own.load(std::memory_order_relaxed);
    for (Tasks tasks = Tasks::from(word); tasks.count() != 0; tasks = Tasks::from(word)) {
      const Tasks rest{tasks.first + 1, tasks.end};
      if (!own.compare_exchange_weak(word, rest.word(), std::memory_order_relaxed)) continue;
      word = rest.word();
      call_(function_, tasks.first, thread_index);
      word = own.load(std::memory_order_relaxed);
    }
  } while (take_over(thread_index));
}

/// Gives the thread, which has no tasks, the later half of what the thread with most has left;
/// false if nobody has any. Half, not one: it is a stretch that is read as a stream, and few
/// threads meet at few words few times; of the last tasks, half is one.
bool ThreadPool::take_over(std::uint32_t thread_index) {
  for (;;) {
    std::uint32_t victim = 0;
    std::uint64_t word = 0;
    for (std::uint32_t thread = 0; thread < participants_; ++thread) {
      const std::uint64_t other = shares_[thread].tasks.load(std::memory_order_relaxed);
      if (Tasks::from(other).count() <= Tasks::from(word).count()) continue;
      victim = thread;
      word = other;
    }
    const Tasks left = Tasks::from(word);
    if (left.count() == 0) return false;
    const std::uint32_t middle = left.first + left.count() / 2;
    if (shares_[victim].tasks.compare_exchange_strong(word, Tasks{left.first, middle}.word(),
                                                      std::memory_order_relaxed)) {
      shares_[thread_index].tasks.store(Tasks{middle, left.end}.word(), std::memory_order_relaxed);
      return true;
    }
  }
}

/// Costs a system call only where somebody has gone to sleep since the last time. Of the two
/// exchanges, here and in `wait_for_news`, the later one sees what the earlier one's thread did
/// before: either the sleeper sees the job, or this sees the sleeper.
void ThreadPool::wake_sleepers() {
  if (!somebody_sleeps_.exchange(false)) return;
  ++wake_ups_;
  wake_ups_.notify_all();
}

void ThreadPool::wait_for_workers() {
  for (std::uint32_t thread = 1; thread < participants_; ++thread) {
    std::atomic<std::uint32_t>& at_work = shares_[thread].at_work;
    if (spin_until([&] { return at_work.load() == 0; })) continue;
    caller_sleeps_ = true;
    at_work.wait(1);
    caller_sleeps_ = false;
  }
}

// A worker says that it is at work, then looks whether the job is still open; the caller closes the
// job, then looks who is at work. These four are sequentially consistent, so at least one of the
// two sees the other: either the worker leaves the job alone, or the caller waits for it.
void ThreadPool::work(std::uint32_t thread_index) {
  std::atomic<std::uint32_t>& at_work = shares_[thread_index].at_work;
  std::uint64_t state = 0;
  for (;;) {
    state = wait_for_news(thread_index, state);
    if (ends_) return;
    if (thread_index >= static_cast<std::uint32_t>(state)) continue;
    at_work = 1;
    if (state_ == state) take_tasks(thread_index);
    at_work = 0;
    if (caller_sleeps_) at_work.notify_one();
  }
}

/// The state, once it is another than `seen`.
std::uint64_t ThreadPool::wait_for_news(std::uint32_t thread_index, std::uint64_t seen) {
  for (auto allowed = allowed_.load(); thread_index >= allowed; allowed = allowed_.load()) {
    allowed_.wait(allowed);
  }
  std::uint64_t state = seen;
  const auto has_news = [&] {
    state = state_.load(std::memory_order_acquire);
    return state != seen;
  };
  while (!spin_until(has_news)) {
    const std::uint32_t wake_ups = wake_ups_;
    somebody_sleeps_.exchange(true);
    if (state_ == seen) wake_ups_.wait(wake_ups);
  }
  return state;
}

}  // namespace nextline::cpu
