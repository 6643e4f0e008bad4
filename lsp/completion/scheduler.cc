#include "lsp/completion/scheduler.h"

#include <algorithm>
#include <new>

namespace nextline::lsp {
namespace {

/// Whether a task that is running is stopped by what is more urgent.
bool gives_way(Scheduler::Priority priority) { return priority >= Scheduler::Priority::kLookAhead; }

std::size_t index_of(Scheduler::Priority priority) { return static_cast<std::size_t>(priority); }

}  // namespace

Scheduler::Scheduler(Pauses pauses, std::function<void()> out_of_memory)
    : pauses_(pauses),
      out_of_memory_(std::move(out_of_memory)),
      quiet_since_(Clock::now()),
      own_(std::make_unique<Lane>(*this)),
      thread_([this] { run(); }) {}

Scheduler::~Scheduler() { end(); }

std::stop_source Scheduler::submit(Priority priority, Task task) {
  return submit(*own_, priority, std::move(task));
}

std::stop_source Scheduler::submit(Lane& lane, Priority priority, Task task) {
  Entry entry{std::move(task), {}};
  std::stop_source stop = entry.stop;
  std::stop_source less_urgent(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || lane.ending_) return stop;
    auto& waiting = lane.waiting_[index_of(priority)];
    if (waiting.empty()) turns_[index_of(priority)].push_back(&lane);
    waiting.push_back(std::move(entry));
    if (!gives_way(priority)) quiet_since_ = Clock::now();
    if (gives_way(running_priority_) && priority < running_priority_) less_urgent = running_;
  }
  less_urgent.request_stop();
  changed_.notify_one();
  return stop;
}

void Scheduler::end() {
  Queues<Entry> dropped;
  std::stop_source running(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    turns_ = {};
    dropped.swap(own_->waiting_);
    running = running_;
  }
  running.request_stop();
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::run() {
  while (std::optional<Entry> entry = next()) {
    run_task(std::move(*entry));
    {
      const std::lock_guard lock(mutex_);
      if (!gives_way(running_priority_)) quiet_since_ = Clock::now();
      running_ = std::stop_source(std::nostopstate);
      running_lane_ = nullptr;
    }
    ended_.notify_all();
  }
}

/// The task is gone at the end: what it holds may belong to whoever waits for that.
void Scheduler::run_task(Entry entry) {
  try {
    entry.task(entry.stop.get_token());
    return;
  } catch (const std::bad_alloc&) {
    if (!out_of_memory_) throw;
  }
  out_of_memory_();
}

std::optional<Scheduler::Entry> Scheduler::next() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const std::optional<Priority> priority = most_urgent();
    if (!priority) {
      changed_.wait(lock);
    } else if (const auto begin = due(*priority); Clock::now() < begin) {
      changed_.wait_until(lock, begin);
    } else if (std::optional<Entry> entry = take(*priority)) {
      running_ = entry->stop;
      running_priority_ = *priority;
      return entry;
    }
  }
  return std::nullopt;
}

std::optional<Scheduler::Priority> Scheduler::most_urgent() const {
  const auto* const lanes =
      std::find_if(turns_.begin(), turns_.end(), [](const auto& turns) { return !turns.empty(); });
  if (lanes == turns_.end()) return std::nullopt;
  return static_cast<Priority>(lanes - turns_.begin());
}

Scheduler::Clock::time_point Scheduler::due(Priority priority) const {
  if (priority < Priority::kRefresh) return {};
  return quiet_since_ + (priority == Priority::kRefresh ? pauses_.refresh : pauses_.unload);
}

std::optional<Scheduler::Entry> Scheduler::take(Priority priority) {
  auto& turns = turns_[index_of(priority)];
  Lane* const lane = turns.front();
  turns.pop_front();
  auto& waiting = lane->waiting_[index_of(priority)];
  while (!waiting.empty() && waiting.front().stop.stop_requested()) waiting.pop_front();
  if (waiting.empty()) return std::nullopt;
  Entry entry = std::move(waiting.front());
  waiting.pop_front();
  if (!waiting.empty()) turns.push_back(lane);
  running_lane_ = lane;
  return entry;
}

Scheduler::Lane::~Lane() {
  Queues<Entry> dropped;
  std::unique_lock lock(scheduler_.mutex_);
  ending_ = true;
  dropped.swap(waiting_);
  for (auto& turns : scheduler_.turns_) std::erase(turns, this);
  if (scheduler_.running_lane_ != this) return;
  std::stop_source running = scheduler_.running_;
  lock.unlock();
  running.request_stop();
  lock.lock();
  scheduler_.ended_.wait(lock, [this] { return scheduler_.running_lane_ != this; });
}

}  // namespace nextline::lsp
