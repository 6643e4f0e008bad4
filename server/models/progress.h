#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace nextline::models {

/// Is told how far a task over bytes is; its end is the task's. One thread at a time.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void show(std::uint64_t done_bytes) = 0;
  /// Starts over at an earlier point, e.g. because a server sends everything again.
  virtual void restart_at(std::uint64_t done_bytes) = 0;
};

/// Begins to show a task, e.g. "Fetching NAME". `already_done` bytes were done earlier; they count
/// as progress but not for the rate.
using StartProgress = std::function<std::unique_ptr<Progress>(
    std::string task, std::uint64_t total_bytes, std::uint64_t already_done)>;

}  // namespace nextline::models
