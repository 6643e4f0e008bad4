#include "lsp/completion/scheduler.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {

Scheduler::Scheduler() : thread_([this] { run(); }) {}

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
  {
    const std::lock_guard lock(mutex_);
    waiting_[static_cast<std::size_t>(priority)].push_back(std::move(entry));
  }
  changed_.notify_one();
  return stop;
}

void Scheduler::run() {
  while (true) {
    Entry entry;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || most_urgent() != nullptr; });
      if (ending_) return;
      std::deque<Entry>& queue = *most_urgent();
      entry = std::move(queue.front());
      queue.pop_front();
      running_ = entry.stop;
    }
    if (!entry.stop.stop_requested()) entry.task(entry.stop.get_token());
  }
}

std::deque<Scheduler::Entry>* Scheduler::most_urgent() {
  const auto queue = std::find_if(waiting_.begin(), waiting_.end(),
                                  [](const auto& waiting) { return !waiting.empty(); });
  return queue == waiting_.end() ? nullptr : &*queue;
}

}  // namespace nextline::lsp
