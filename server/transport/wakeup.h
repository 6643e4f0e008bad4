#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "engine/error.h"

namespace nextline::server {

/// Makes sure that what other threads post to the context is run at once; takes a millisecond.
///
/// Asio does not look whether the system has refused what it needs for that: to watch one more
/// descriptor by epoll, of which a user may have so many only. The thread that runs the context
/// would sleep on, until something else happens.
///
/// To be called before anything else is given to the context, and by the thread that will run it.
/// `patience`: a thread that has slept so long was not woken; on a busy machine it may come late,
/// but not most times.
Result<void> check_wakeup(boost::asio::io_context& context,
                          std::chrono::milliseconds patience = std::chrono::milliseconds(900));

}  // namespace nextline::server
