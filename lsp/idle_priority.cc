#include "lsp/idle_priority.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nextline::lsp {

void become_idle_work() {
  const sched_param none{};
  if (::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &none) == 0) return;
  constexpr int kLeast = 19;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLeast);
}

void end_idle_work(std::jthread& thread) {
  const sched_param none{};
  ::pthread_setschedparam(thread.native_handle(), SCHED_OTHER, &none);
}

}  // namespace nextline::lsp
