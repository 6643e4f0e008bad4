#include "lsp/completion/scheduler.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {
namespace {

/// Whether a task that is running is stopped by what is more urgent.
bool gives_way(Scheduler::Priority priority) { return priority >= Scheduler::Priority::kLookAhead; }

}  // namespace

Scheduler::Scheduler(std::chrono::milliseconds pause)
    : pause_(pause), quiet_since_(Clock::now()), thread_([this] { run(); }) {}

Scheduler::~Scheduler() {
  Queues dropped;
  std::stop_source running(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    dropped.swap(waiting_);
    running = running_;
  }
  running.request_stop();
  changed_.notify_one();
  thread_.join();
}

std::stop_source Scheduler::submit(Priority priority, Task task) {
  Entry entry{std::move(task), {}};
  std::stop_source stop = entry.stop;
  std::stop_source less_urgent(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    waiting_[static_cast<std::size_t>(priority)].push_back(std::move(entry));
    if (!gives_way(priority)) quiet_since_ = Clock::now();
    if (gives_way(running_priority_) && priority < running_priority_) less_urgent = running_;
  }
  less_urgent.request_stop();
  changed_.notify_one();
  return stop;
}

void Scheduler::run() {
  while (const std::optional<Entry> entry = next()) {
    entry->task(entry->stop.get_token());
    const std::lock_guard lock(mutex_);
    if (!gives_way(running_priority_)) quiet_since_ = Clock::now();
    running_ = std::stop_source(std::nostopstate);
  }
}

std::optional<Scheduler::Entry> Scheduler::next() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    std::deque<Entry>* const queue = most_urgent();
    if (queue == nullptr) {
      changed_.wait(lock);
    } else if (priority_of(queue) == Priority::kRefresh && Clock::now() < quiet_since_ + pause_) {
      changed_.wait_until(lock, quiet_since_ + pause_);
    } else {
      Entry entry = std::move(queue->front());
      queue->pop_front();
      if (entry.stop.stop_requested()) continue;
      running_ = entry.stop;
      running_priority_ = priority_of(queue);
      return entry;
    }
  }
  return std::nullopt;
}

std::deque<Scheduler::Entry>* Scheduler::most_urgent() {
  const auto queue = std::find_if(waiting_.begin(), waiting_.end(),
                                  [](const auto& waiting) { return !waiting.empty(); });
  return queue == waiting_.end() ? nullptr : &*queue;
}

}  // namespace nextline::lsp
