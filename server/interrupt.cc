#include "server/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace nextline::server {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { await_signals(); });
}

Interrupt::~Interrupt() {
  finished_ = true;
  pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
}

void Interrupt::await_signals() {
  const sigset_t signals = stop_signals();
  while (true) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (finished_) return;
    if (!source_.request_stop()) _exit(128 + signal);
  }
}

}  // namespace nextline::server
