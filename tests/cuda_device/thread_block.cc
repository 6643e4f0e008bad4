#include "tests/cuda_device/thread_block.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

namespace nextline::cuda_device {

namespace {

ThreadBlock* running_block = nullptr;

LaneSet first_lanes(std::uint32_t count) {
  return count >= kWarpSize ? ~LaneSet{0} : lane_bit(count) - 1;
}

}  // namespace

void wait_for_block(Place place) { ThreadBlock::running().wait_for_block(place); }

std::uint64_t meet_in_warp(WarpStep step, std::uint32_t mask, LaneOffer offer, Place place) {
  return ThreadBlock::running().meet_in_warp(step, mask, offer, place);
}

ThreadBlock::ThreadBlock() : fibres_(&ThreadBlock::fibre_body) {}

ThreadBlock& ThreadBlock::running() {
  if (running_block == nullptr) {
    std::fputs("A function for kernels was called outside of one.\n", stderr);
    std::abort();
  }
  return *running_block;
}

void ThreadBlock::prepare(dim3 size, ThreadOrder order, std::uint64_t seed) {
  order_ = order;
  random_ = seed * 2 + 1;
  threads_.clear();
  for (std::uint32_t z = 0; z < size.z; ++z) {
    for (std::uint32_t y = 0; y < size.y; ++y) {
      for (std::uint32_t x = 0; x < size.x; ++x) threads_.push_back({{x, y, z}, nullptr});
    }
  }
}

inline std::uint32_t ThreadBlock::choose_from(std::uint32_t set) {
  if (order_ == ThreadOrder::kAscending) return std::countr_zero(set);
  if (order_ == ThreadOrder::kDescending) return std::bit_width(set) - 1;
  return choose_randomly(set);
}

std::uint32_t ThreadBlock::choose_randomly(std::uint32_t set) {
  random_ ^= random_ << 13;  // Marsaglia, "Xorshift RNGs".
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const int turn = static_cast<int>(random_ >> 40 & 31);
  return (std::countr_zero(std::rotr(set, turn)) + turn) % kWarpSize;
}

// A warp goes on for as long as it can, but in random order. False if nobody can.
inline bool ThreadBlock::choose_next() {
  if (order_ == ThreadOrder::kRandom || warp().runnable() == 0) {
    if (!choose_other_warp()) return false;
  }
  current_ = current_ / kWarpSize * kWarpSize + choose_from(warp().runnable());
  return true;
}

bool ThreadBlock::choose_other_warp() {
  WarpSet runnable = 0;
  for (std::uint32_t i = 0; i < warp_count(); ++i) {
    if (warps_[i].runnable() != 0) runnable |= lane_bit(i);
  }
  if (runnable == 0) return false;
  current_ = choose_from(runnable) * kWarpSize;
  return true;
}

inline void ThreadBlock::go_on_with(Fibre& next) {
  Fibre& own = *running_fibre_;
  running_fibre_ = &next;
  own.switch_to(next);
}

// The thread that calls is in one of the sets of those that wait, and comes back from there.
inline void ThreadBlock::wait() {
  thread().fibre = running_fibre_;
  if (!choose_next()) {
    report_ = describe_waiting();
    break_off();
  }
  go_on_with((warp().unstarted & lane()) != 0 ? fibres_.take() : *thread().fibre);
  warp().ready &= ~lane();
  threadIdx = thread().index;
}

bool ThreadBlock::run(const KernelCall& call) {
  call_ = &call;
  report_.clear();
  ended_ = 0;
  at_barrier_ = 0;
  const auto count = static_cast<std::uint32_t>(threads_.size());
  for (std::uint32_t first = 0; first < count; first += kWarpSize) {
    Warp& warp = warps_[first / kWarpSize];
    warp.unstarted = warp.existing = first_lanes(count - first);
    warp.ready = warp.meeting = warp.at_barrier = warp.ended = warp.alike = 0;
  }
  current_ = order_ == ThreadOrder::kDescending ? count - 1 : 0;
  choose_next();
  running_block = this;
  running_fibre_ = &host_;
  go_on_with(fibres_.take());
  running_block = nullptr;
  if (report_.empty()) return true;
  fibres_.restart_all();
  return false;
}

void ThreadBlock::fibre_body() {
  for (;;) running_block->run_threads();
}

// On a fibre, with a thread chosen that has not begun.
void ThreadBlock::run_threads() {
  warp().unstarted &= ~lane();
  threadIdx = thread().index;
  (*call_)();
  warp().ended |= lane();
  ++ended_;
  const bool has_next = choose_next();
  if (has_next && (warp().unstarted & lane()) != 0) return;  // It begins on this fibre.
  if (!has_next && ended_ < threads_.size()) {
    report_ = describe_waiting();
    break_off();
  }
  fibres_.give_back(*running_fibre_);
  go_on_with(has_next ? *thread().fibre : host_);
}

// The report is there already. What stands on the stacks of the block is lost, and so must own
// nothing.
void ThreadBlock::break_off() {
  go_on_with(host_);
  std::abort();  // Nobody comes back to a block that was broken off.
}

void ThreadBlock::wait_for_block(Place place) {
  if (at_barrier_ == 0) barrier_ = place;
  if (!is_same(place, barrier_)) {
    report_ = describe_other_barrier(place);
    break_off();
  }
  if (++at_barrier_ < threads_.size()) {
    warp().at_barrier |= lane();
    wait();
    return;
  }
  for (std::uint32_t i = 0; i < warp_count(); ++i) {
    warps_[i].ready |= std::exchange(warps_[i].at_barrier, 0);
  }
  at_barrier_ = 0;
}

std::uint64_t ThreadBlock::meet_in_warp(WarpStep step, LaneSet mask, LaneOffer offer, Place place) {
  Warp& own = warp();
  const LaneSet bit = lane();
  LaneWait& mine = own.waits[current_ % kWarpSize];
  mine.step = step;
  mine.mask = mask;
  mine.offer = offer;
  mine.place = place;
  if ((mask & bit) == 0 || (mask & (own.ended | ~own.existing)) != 0) {
    report_ = describe_wrong_mask(mine);
    break_off();
  }
  own.meeting |= bit;
  if (!have_met(own, bit, mine)) {
    wait();
    return mine.result;
  }
  if (!perform(own, mask, step)) {
    report_ = describe_wrong_step(mine);
    break_off();
  }
  own.meeting &= ~mask;
  own.alike &= ~mask;
  own.ready |= mask & ~bit;
  return mine.result;
}

}  // namespace nextline::cuda_device
