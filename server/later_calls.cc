#include "server/later_calls.h"

#include <boost/system/error_code.hpp>
#include <utility>

namespace nextline::server {

void LaterCalls::call(std::chrono::milliseconds after, std::function<void()> function) {
  if (given_up_) return;
  const auto timer = waiting_.emplace(waiting_.end(), context_, after);
  timer->async_wait(
      [this, timer, function = std::move(function)](const boost::system::error_code& error) {
        if (error || given_up_) return;  // The timer is gone.
        waiting_.erase(timer);
        function();
      });
}

void LaterCalls::give_up() {
  given_up_ = true;
  waiting_.clear();
}

}  // namespace nextline::server
