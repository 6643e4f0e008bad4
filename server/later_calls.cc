#include "server/later_calls.h"

#include <boost/system/error_code.hpp>
#include <utility>

namespace nextline::server {

void LaterCalls::call(std::chrono::milliseconds after, std::function<void()> function) {
  if (*given_up_) return;
  const auto timer = waiting_.emplace(waiting_.end(), context_, after);
  timer->async_wait([this, given_up = given_up_, timer,
                     function = std::move(function)](const boost::system::error_code& error) {
    if (error || *given_up) return;  // The timer is gone, and all of this perhaps.
    waiting_.erase(timer);
    function();
  });
}

void LaterCalls::give_up() {
  *given_up_ = true;
  waiting_.clear();
}

}  // namespace nextline::server
