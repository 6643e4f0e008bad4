#include "lsp/completion/scheduler.h"

#include <utility>

namespace nextline::lsp {

Scheduler::Scheduler() : thread_([this] { run(); }) {}

Scheduler::~Scheduler() {
  std::deque<Entry> dropped;
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

std::stop_source Scheduler::submit(Task task) {
  Entry entry{std::move(task), {}};
  std::stop_source stop = entry.stop;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(entry));
  }
  changed_.notify_one();
  return stop;
}

void Scheduler::run() {
  while (true) {
    Entry entry;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      entry = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = entry.stop;
    }
    if (!entry.stop.stop_requested()) entry.task(entry.stop.get_token());
  }
}

}  // namespace nextline::lsp
