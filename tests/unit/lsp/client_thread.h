#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace nextline::lsp::test {

/// A test as the client's thread: what is posted waits until the test runs it.
class ClientThread {
 public:
  /// Any thread.
  void post(std::function<void()> function) {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(function));
    }
    changed_.notify_one();
  }

  /// Runs what has been posted so far.
  void run_posted() {
    std::deque<std::function<void()>> posted;
    {
      const std::lock_guard lock(mutex_);
      posted.swap(posted_);
    }
    for (const auto& function : posted) function();
  }

  /// Runs what is posted until `done` holds; fails the test if that takes too long.
  template <typename Done>
  void run_until(Done done) {
    while (!done()) {
      std::function<void()> function;
      {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::minutes(2),
                               [this] { return !posted_.empty(); })) {
          FAIL() << "nothing was posted";
        }
        function = std::move(posted_.front());
        posted_.pop_front();
      }
      function();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> posted_;
};

}  // namespace nextline::lsp::test
