#include "lsp/completion/scheduler.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {

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
  std::stop_source idle_work(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    waiting_[static_cast<std::size_t>(priority)].push_back(std::move(entry));
    if (priority != Priority::kRefresh) {
      quiet_since_ = Clock::now();
      if (running_is_idle_work_) idle_work = running_;
    }
  }
  idle_work.request_stop();
  changed_.notify_one();
  return stop;
}

void Scheduler::run() {
  while (const std::optional<Entry> entry = next()) {
    entry->task(entry->stop.get_token());
    const std::lock_guard lock(mutex_);
    if (!std::exchange(running_is_idle_work_, false)) quiet_since_ = Clock::now();
  }
}

std::optional<Scheduler::Entry> Scheduler::next() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    std::deque<Entry>* const queue = most_urgent();
    if (queue == nullptr) {
      changed_.wait(lock);
    } else if (is_idle_work(queue) && Clock::now() < quiet_since_ + pause_) {
      changed_.wait_until(lock, quiet_since_ + pause_);
    } else {
      Entry entry = std::move(queue->front());
      queue->pop_front();
      if (entry.stop.stop_requested()) continue;
      running_ = entry.stop;
      running_is_idle_work_ = is_idle_work(queue);
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
