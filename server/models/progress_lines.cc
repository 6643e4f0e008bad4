#include "server/models/progress_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdio>

#include "server/json_text.h"

namespace nextline::models {
namespace {

constexpr std::chrono::milliseconds kWriteInterval{200};

}  // namespace

ProgressLines::ProgressLines(std::string task, std::uint64_t total_bytes,
                             std::uint64_t already_done)
    : task_(std::move(task)), total_bytes_(total_bytes) {
  write(already_done);
}

void ProgressLines::show(std::uint64_t done_bytes) {
  if (done_bytes < total_bytes_ && Clock::now() - written_ < kWriteInterval) return;
  write(done_bytes);
}

void ProgressLines::restart_at(std::uint64_t done_bytes) { write(done_bytes); }

void ProgressLines::write(std::uint64_t done_bytes) {
  written_ = Clock::now();
  const boost::json::object line = {
      {"task", task_}, {"done", std::min(done_bytes, total_bytes_)}, {"total", total_bytes_}};
  fmt::print(stderr, "{}\n", server::to_json_text(line));
  std::fflush(stderr);
}

}  // namespace nextline::models
