#include "tests/cuda_device/fibre.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/support/sanitized.h"

#if defined(NEXTLINE_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(NEXTLINE_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

namespace nextline::cuda_device {

namespace {

#if defined(NEXTLINE_ADDRESS_SANITIZER) || defined(NEXTLINE_THREAD_SANITIZER)
constexpr std::size_t kStackBytes = 256 * 1024;  // Sanitizers surround variables with much space.
#else
constexpr std::size_t kStackBytes = 64 * 1024;
#endif

// The fibre that was left last, and the one that was entered: an entry has no parameters. Threads
// of the host run kernels one at a time, and a fibre goes on on whichever of them it is.
Fibre* leaving = nullptr;
Fibre* arriving = nullptr;

std::byte* map_stack(std::size_t guard_bytes) {
  void* memory = mmap(nullptr, guard_bytes + kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, guard_bytes, PROT_NONE) != 0) {
    std::perror("The emulated device has no memory for a stack");
    std::abort();
  }
  return static_cast<std::byte*>(memory);
}

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

#if defined(__x86_64__)

// Keeps on the old stack what a function has to keep for its caller (System V ABI, 3.2.1), and
// takes the same from the new one. The control words of floating-point units are never changed.
extern "C" void nextline_switch_stack(void** left, void* entered);
asm(R"(
.text
.p2align 4
.globl nextline_switch_stack
.hidden nextline_switch_stack
.type nextline_switch_stack, @function
nextline_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size nextline_switch_stack, . - nextline_switch_stack
)");

#endif

Fibre::Fibre(std::size_t colour, void (*body)()) : body_(body), colour_(colour) {
  memory_ = map_stack(page_bytes());
  bottom_ = memory_ + page_bytes();
  bytes_ = kStackBytes;
#if defined(NEXTLINE_THREAD_SANITIZER)
  thread_state_ = __tsan_create_fiber(0);
#endif
  restart();
}

Fibre::~Fibre() {
  if (memory_ == nullptr) return;
#if defined(NEXTLINE_THREAD_SANITIZER)
  __tsan_destroy_fiber(thread_state_);
#elif defined(NEXTLINE_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(bottom_, bytes_);
#endif
  munmap(memory_, static_cast<std::size_t>(bottom_ - memory_) + bytes_);
}

void Fibre::restart() {
#if defined(NEXTLINE_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(bottom_, bytes_);
  fake_stack_ = nullptr;
#endif
  // Stacks that begin at the same place of a page would all want the same few lines of the cache.
  constexpr std::size_t kLine = 64;
  std::byte* top = bottom_ + bytes_ - colour_ % 21 * 3 * kLine;
#if defined(__x86_64__)
  constexpr std::size_t kRegisters = 6;
  auto** frame = reinterpret_cast<void**>(top) - 2 - kRegisters;
  for (std::size_t i = 0; i < kRegisters; ++i) frame[i] = nullptr;
  frame[kRegisters] = reinterpret_cast<void*>(&Fibre::enter);
  frame[kRegisters + 1] = nullptr;  // Where `enter` would return to.
  stack_pointer_ = frame;
#else
  getcontext(&context_);
  context_.uc_stack.ss_sp = bottom_;
  context_.uc_stack.ss_size = static_cast<std::size_t>(top - bottom_);
  context_.uc_link = nullptr;
  makecontext(&context_, &Fibre::enter, 0);
#endif
}

void Fibre::enter() {
  arriving->arrive();
  arriving->body_();
}

void Fibre::switch_to(Fibre& other) {
  leaving = this;
  arriving = &other;
#if defined(NEXTLINE_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(&fake_stack_, other.bottom_, other.bytes_);
#elif defined(NEXTLINE_THREAD_SANITIZER)
  if (memory_ == nullptr) thread_state_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(other.thread_state_, 0);
#endif
#if defined(__x86_64__)
  nextline_switch_stack(&stack_pointer_, other.stack_pointer_);
#else
  swapcontext(&context_, &other.context_);
#endif
  arrive();
}

void Fibre::arrive() {
#if defined(NEXTLINE_ADDRESS_SANITIZER)
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &bytes);
  if (leaving->memory_ == nullptr) {  // The sanitizer knows the bounds of the host's stack.
    leaving->bottom_ = static_cast<std::byte*>(const_cast<void*>(bottom));
    leaving->bytes_ = bytes;
  }
#endif
}

Fibre& FibrePool::take() {
  if (free_.empty()) {
    fibres_.push_back(std::make_unique<Fibre>(fibres_.size(), body_));
    return *fibres_.back();
  }
  Fibre& fibre = *free_.back();
  free_.pop_back();
  return fibre;
}

void FibrePool::restart_all() {
  free_.clear();
  for (const auto& fibre : fibres_) {
    fibre->restart();
    free_.push_back(fibre.get());
  }
}

}  // namespace nextline::cuda_device
