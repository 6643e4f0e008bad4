#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/cuda_device/cuda_device.h"
#include "tests/cuda_device/fibre.h"
#include "tests/cuda_device/include/cuda_runtime.h"

namespace nextline::cuda_device {

constexpr std::uint32_t kWarpSize = 32;
constexpr std::uint32_t kMostThreads = 1024;  // Of a block.
constexpr std::uint32_t kMostWarps = kMostThreads / kWarpSize;

/// A set of the lanes of a warp, or of the warps of a block: bit i stands for number i.
using LaneSet = std::uint32_t;
using WarpSet = std::uint32_t;

inline LaneSet lane_bit(std::uint32_t number) { return LaneSet{1} << number; }

/// What one lane has last waited for at a step of its warp.
struct LaneWait {
  WarpStep step = WarpStep::kSync;
  LaneSet mask = 0;
  LaneOffer offer;
  Place place;
  std::uint64_t result = 0;
};

/// The lanes of a warp, each in one of the first sets but `existing`.
struct Warp {
  LaneSet existing = 0;  ///< All of them: the last warp of a block may have fewer than 32.
  LaneSet unstarted = 0;
  LaneSet ready = 0;       ///< Left in the middle, and nothing to wait for.
  LaneSet meeting = 0;     ///< Waiting at a step of the warp.
  LaneSet at_barrier = 0;  ///< Waiting for the block.
  LaneSet ended = 0;
  LaneSet alike = 0;  ///< Those of `meeting` that wait for the same as `first_alike`.
  LaneWait first_alike;
  std::array<LaneWait, kWarpSize> waits;

  LaneSet runnable() const { return unstarted | ready; }
};

inline bool is_same(const Place& left, const Place& right) {
  return left.line() == right.line() && left.column() == right.column() &&
         (left.file_name() == right.file_name() ||
          std::strcmp(left.file_name(), right.file_name()) == 0);
}

inline bool are_alike(const LaneWait& left, const LaneWait& right) {
  return left.step == right.step && left.mask == right.mask && is_same(left.place, right.place);
}

/// Whether all lanes of the mask wait for each other at one place, doing the same. `last` is the
/// one that has come last.
bool have_met(Warp& warp, LaneSet bit, const LaneWait& last);

/// Does the step for the lanes of the mask: fills in the results. False if a lane asks for what is
/// not there.
bool perform(Warp& warp, LaneSet mask, WarpStep step);

/// Runs blocks of threads, one block after the other.
///
/// A thread runs on a fibre until it has to wait; then one that can run goes on, or one that has
/// not begun does so on a fibre of its own. One that ends leaves its fibre to the next, so that a
/// kernel which never waits runs in a plain loop. The thread that comes last to a meeting does what
/// is to be done for all, and goes on without a switch. When nobody can run and somebody waits, the
/// kernel is broken.
///
/// Calls of one object follow one another; only one runs at a time in the process.
class ThreadBlock {
 public:
  ThreadBlock();

  /// Before the first block of a launch.
  void prepare(dim3 size, ThreadOrder order, std::uint64_t seed);
  /// Calls the kernel once per thread. False if that went wrong: `report` says how.
  bool run(const KernelCall& call);
  const std::string& report() const { return report_; }

  /// For the threads of the block that runs.
  static ThreadBlock& running();
  void wait_for_block(Place place);
  std::uint64_t meet_in_warp(WarpStep step, LaneSet mask, LaneOffer offer, Place place);

 private:
  struct Thread {
    uint3 index;
    Fibre* fibre;
  };

  static void fibre_body();
  void run_threads();
  inline void wait();
  inline void go_on_with(Fibre& next);

  inline bool choose_next();
  bool choose_other_warp();
  inline std::uint32_t choose_from(std::uint32_t set);
  std::uint32_t choose_randomly(std::uint32_t set);

  [[noreturn]] void break_off();
  std::string describe_waiting() const;
  std::string describe_current() const;
  std::string describe_other_barrier(const Place& place) const;
  std::string describe_wrong_mask(const LaneWait& wait) const;
  std::string describe_wrong_step(const LaneWait& wait) const;

  std::uint32_t warp_count() const {
    return (static_cast<std::uint32_t>(threads_.size()) + kWarpSize - 1) / kWarpSize;
  }
  Warp& warp() { return warps_[current_ / kWarpSize]; }
  Thread& thread() { return threads_[current_]; }
  LaneSet lane() const { return lane_bit(current_ % kWarpSize); }

  ThreadOrder order_ = ThreadOrder::kAscending;
  std::uint64_t random_ = 1;

  Fibre host_;
  FibrePool fibres_;
  Fibre* running_fibre_ = nullptr;
  const KernelCall* call_ = nullptr;
  std::vector<Thread> threads_;
  std::array<Warp, kMostWarps> warps_;
  std::uint32_t current_ = 0;  // The thread that runs.
  std::uint32_t ended_ = 0;
  std::uint32_t at_barrier_ = 0;
  Place barrier_;
  std::string report_;
};

}  // namespace nextline::cuda_device
