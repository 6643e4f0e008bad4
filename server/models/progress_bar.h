#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/models/progress.h"

namespace nextline::models {

/// What a task's amounts are counted in, for people.
struct ProgressUnit {
  double size;
  std::string_view name;
};
inline constexpr ProgressUnit kMegabytes{1e6, "MB"};
/// For tasks of which only the share is known that is done, of 100: no amounts are shown.
inline constexpr ProgressUnit kHundredths{1, ""};

/// Tells on standard error how far a task is: a bar with rate and time left on a terminal, a plain
/// line every tenth of the way elsewhere. Its amounts are bytes, shown as megabytes, unless a unit
/// says otherwise. One thread at a time.
class ProgressBar : public Progress {
 public:
  ProgressBar(std::string task, std::uint64_t total, std::uint64_t already_done,
              ProgressUnit unit = kMegabytes);
  /// A `StartProgress`.
  static std::unique_ptr<Progress> start(std::string task, std::uint64_t total_bytes,
                                         std::uint64_t already_done) {
    return std::make_unique<ProgressBar>(std::move(task), total_bytes, already_done);
  }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// Ends the line of an unfinished bar.
  ~ProgressBar() override;

  void show(std::uint64_t so_far) override;
  void restart_at(std::uint64_t done) override;

 private:
  using Clock = std::chrono::steady_clock;

  std::string line(std::uint64_t done) const;

  std::string task_;
  std::uint64_t total_;
  ProgressUnit unit_;
  bool terminal_;
  std::uint64_t first_;
  Clock::time_point started_;
  Clock::time_point shown_;
  std::uint64_t next_tenth_;  // The tenth of the way that is announced next.
  bool line_open_ = false;
};

}  // namespace nextline::models
