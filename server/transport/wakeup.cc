#include "server/transport/wakeup.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <thread>

namespace nextline::server {
namespace {

using Clock = std::chrono::steady_clock;

/// In so much time a thread that has nothing to do falls asleep: if not always, then mostly.
constexpr std::chrono::microseconds kUntilAsleep{300};
/// What has been the case so often is so.
constexpr int kMajority = 3;

/// Sleeps until another thread posts something; says whether that took less than `patience`.
bool is_woken(boost::asio::io_context& context, std::chrono::milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  bool is_awake = false;
  const std::jthread other([&] {
    std::this_thread::sleep_for(kUntilAsleep);
    boost::asio::post(context, [&] { is_awake = true; });
  });
  // When the time is out, it is run in any case.
  while (!is_awake) context.run_one_for(patience);
  return Clock::now() < deadline;
}

}  // namespace

Result<void> check_wakeup(boost::asio::io_context& context, std::chrono::milliseconds patience) {
  auto work = boost::asio::make_work_guard(context);
  int times_woken = 0;
  int times_late = 0;
  while (times_woken < kMajority && times_late < kMajority) {
    ++(is_woken(context, patience) ? times_woken : times_late);
  }
  work.reset();
  context.restart();  // It stops when there is no work, and there was none but this.
  if (times_woken == kMajority) return {};
  return failure(
      "The system refuses what is needed to hear of a completion: the server's thread is not "
      "woken.");
}

}  // namespace nextline::server
