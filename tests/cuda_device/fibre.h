#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace nextline::cuda_device {

/// A point of execution that can be left and gone on with later. One that is made of nothing stands
/// for the stack of whoever switches away from it. Stays where it is in memory.
class Fibre {
 public:
  Fibre() = default;
  /// With a stack of its own; begins with `body`, which never returns.
  explicit Fibre(std::size_t colour, void (*body)());
  ~Fibre();
  Fibre(const Fibre&) = delete;
  Fibre& operator=(const Fibre&) = delete;

  /// Leaves this fibre, which is the one that runs, for another; comes back when one switches to
  /// it.
  void switch_to(Fibre& other);

  /// Forgets what it was in the middle of, and begins anew when it is switched to.
  void restart();

 private:
  static void enter();
  void arrive();

  void (*body_)() = nullptr;
  std::byte* memory_ = nullptr;  // The guard page, then the stack.
  std::byte* bottom_ = nullptr;  // Of the stack: its lowest address.
  std::size_t bytes_ = 0;
  std::size_t colour_ = 0;
#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;
#else
  ucontext_t context_{};
#endif
  [[maybe_unused]] void* fake_stack_ = nullptr;    // Of the address sanitizer.
  [[maybe_unused]] void* thread_state_ = nullptr;  // Of the thread sanitizer.
};

/// Fibres that all run the same body. Memory is had once and kept.
class FibrePool {
 public:
  explicit FibrePool(void (*body)()) : body_(body) {}

  Fibre& take();
  /// `fibre` does no more than switch away now, and go on from there when it is taken again.
  void give_back(Fibre& fibre) { free_.push_back(&fibre); }
  /// Takes all of them back, wherever they are.
  void restart_all();

 private:
  void (*body_)();
  std::vector<std::unique_ptr<Fibre>> fibres_;
  std::vector<Fibre*> free_;
};

}  // namespace nextline::cuda_device
