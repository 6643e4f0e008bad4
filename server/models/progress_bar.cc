#include "server/models/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace nextline::models {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::chrono::seconds kLineInterval{1};
constexpr int kBarWidth = 24;

int terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  std::string text;
  for (int cell = 0; cell < kBarWidth; ++cell) text += cell < filled ? "█" : "░";
  return text;
}

std::string duration(double seconds) {
  const auto whole = std::llround(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(std::string task, std::uint64_t total, std::uint64_t already_done,
                         ProgressUnit unit)
    : task_(std::move(task)),
      total_(std::max<std::uint64_t>(total, 1)),
      unit_(unit),
      terminal_(isatty(STDERR_FILENO) == 1),
      first_(already_done),
      started_(Clock::now()),
      shown_(terminal_ ? Clock::time_point() : started_),
      next_tenth_(already_done * 10 / total_ + 1) {}

ProgressBar::~ProgressBar() {
  if (line_open_) std::fputc('\n', stderr);
}

void ProgressBar::restart_at(std::uint64_t done) {
  first_ = done;
  started_ = Clock::now();
  next_tenth_ = done * 10 / total_ + 1;
}

void ProgressBar::show(std::uint64_t so_far) {
  const std::uint64_t done = std::min(so_far, total_);
  const auto now = Clock::now();
  if (!terminal_) {
    // What is done in a moment needs no lines.
    const std::uint64_t tenth = done * 10 / total_;
    if (tenth < next_tenth_ || now - shown_ < kLineInterval) return;
    next_tenth_ = tenth + 1;
    shown_ = now;
    fmt::print(stderr, "{}\n", line(done));
    return;
  }
  if (now - shown_ < kRedrawInterval && done < total_) return;
  shown_ = now;
  line_open_ = true;
  // The task's name first, so that a narrow terminal cuts the figures and not the line's meaning.
  fmt::print(stderr, "\r\033[K{}", line(done));
  std::fflush(stderr);
}

std::string ProgressBar::line(std::uint64_t done) const {
  const double share = static_cast<double>(done) / static_cast<double>(total_);
  const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  const double fresh = done > first_ ? static_cast<double>(done - first_) : 0.0;
  std::string text = fmt::format("{:3.0f} %", share * 100);
  if (!unit_.name.empty()) {
    text += fmt::format("  {:.0f}/{:.0f} {}", static_cast<double>(done) / unit_.size,
                        static_cast<double>(total_) / unit_.size, unit_.name);
  }
  if (seconds > 0.5 && fresh > 0) {
    const double rate = fresh / seconds;
    const double left = static_cast<double>(total_ - done) / rate;
    if (!unit_.name.empty()) text += fmt::format("  {:.1f} {}/s", rate / unit_.size, unit_.name);
    text += done < total_ ? fmt::format("  {} left", duration(left))
                          : fmt::format("  in {}", duration(seconds));
  }
  const bool room_for_bar =
      terminal_ &&
      terminal_columns() > static_cast<int>(task_.size() + text.size()) + kBarWidth + 4;
  return room_for_bar ? fmt::format("{}  {}  {}", task_, bar(share), text)
                      : fmt::format("{}  {}", task_, text);
}

}  // namespace nextline::models
