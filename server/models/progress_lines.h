#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/models/progress.h"

namespace nextline::models {

/// Tells on standard error how far a task over bytes is, for programs that show it in a window of
/// their own: a JSON object on a line at the beginning, several times a second, and at the end.
///
///     {"task": "Fetching NAME", "done": 49000000, "total": 491400064}
///
/// One thread at a time.
class ProgressLines : public Progress {
 public:
  ProgressLines(std::string task, std::uint64_t total_bytes, std::uint64_t already_done);
  /// A `StartProgress`.
  static std::unique_ptr<Progress> start(std::string task, std::uint64_t total_bytes,
                                         std::uint64_t already_done) {
    return std::make_unique<ProgressLines>(std::move(task), total_bytes, already_done);
  }

  void show(std::uint64_t done_bytes) override;
  void restart_at(std::uint64_t done_bytes) override;

 private:
  using Clock = std::chrono::steady_clock;

  void write(std::uint64_t done_bytes);

  std::string task_;
  std::uint64_t total_bytes_;
  Clock::time_point written_;
};

}  // namespace nextline::models
