#include "server/transport/wakeup.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <thread>

namespace nextline::server {
namespace {

using Clock = std::chrono::steady_clock;

/// In so much time a thread that has nothing to do falls asleep; if not always, then once in a few
/// rounds.
constexpr std::chrono::microseconds kUntilAsleep{300};
constexpr int kRounds = 3;

}  // namespace

Result<void> check_wakeup(boost::asio::io_context& context, std::chrono::milliseconds patience) {
  auto work = boost::asio::make_work_guard(context);
  for (int round = 0; round < kRounds; ++round) {
    bool is_awake = false;
    std::jthread other([&] {
      std::this_thread::sleep_for(kUntilAsleep);
      boost::asio::post(context, [&] { is_awake = true; });
    });
    const Clock::time_point deadline = Clock::now() + patience;
    while (!is_awake && Clock::now() < deadline) context.run_one_until(deadline);
    if (Clock::now() >= deadline) {
      other.join();
      context.poll();  // What has been slept through.
      return failure(
          "The system refuses what is needed to hear of a completion: the server's thread is not "
          "woken.");
    }
  }
  work.reset();
  context.restart();  // It stops when there is no work, and there was none but this.
  return {};
}

}  // namespace nextline::server
