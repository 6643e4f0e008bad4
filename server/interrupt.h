#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace nextline::server {

/// Turns Ctrl-C (SIGINT) and SIGTERM into a stop request.
///
/// The signals are blocked in the whole process and awaited by a thread of their own, because
/// hardly anything may be called from a signal handler. The first one asks to stop; a second one
/// ends the process at once. Create it before any other thread, so that all inherit the mask.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  std::stop_token token() const { return source_.get_token(); }

 private:
  void await_signals();

  std::stop_source source_;
  std::atomic<bool> finished_ = false;
  std::thread thread_;
};

}  // namespace nextline::server
