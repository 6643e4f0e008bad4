#include <bit>

#include "tests/cuda_device/thread_block.h"

namespace nextline::cuda_device {

namespace {

// Which lane's value a shuffle gives to a lane (CUDA C++ Programming Guide, "Warp Shuffle
// Functions"). Segments are as wide as the width says; who would reach beyond its own keeps its
// value.
std::uint32_t source_of(WarpStep step, std::uint32_t lane, const LaneOffer& offer) {
  const auto width = static_cast<std::uint32_t>(offer.width);
  const auto operand = static_cast<std::uint32_t>(offer.operand);
  const std::uint32_t segment = lane & ~(width - 1);
  switch (step) {
    case WarpStep::kShuffleUp:
      return lane - segment >= operand ? lane - operand : lane;
    case WarpStep::kShuffleDown:
      return lane - segment + operand < width ? lane + operand : lane;
    case WarpStep::kShuffleXor:
      // An earlier segment can be reached, a later one cannot.
      return (lane ^ operand) < segment + width ? lane ^ operand : lane;
    default:
      return segment + (operand & (width - 1));
  }
}

bool shuffle(Warp& warp, LaneSet mask, WarpStep step) {
  for (LaneSet rest = mask; rest != 0; rest &= rest - 1) {
    const std::uint32_t lane = std::countr_zero(rest);
    const LaneOffer& offer = warp.waits[lane].offer;
    const auto width = static_cast<std::uint32_t>(offer.width);
    if (width == 0 || width > kWarpSize || (width & (width - 1)) != 0) return false;
    const std::uint32_t source = source_of(step, lane, offer);
    if ((mask & lane_bit(source)) == 0) return false;
    warp.waits[lane].result = warp.waits[source].offer.bits;
  }
  return true;
}

void vote(Warp& warp, LaneSet mask, WarpStep step) {
  LaneSet votes = 0;
  for (LaneSet rest = mask; rest != 0; rest &= rest - 1) {
    const std::uint32_t lane = std::countr_zero(rest);
    if (warp.waits[lane].offer.bits != 0) votes |= lane_bit(lane);
  }
  std::uint64_t result = votes;
  if (step == WarpStep::kAny) result = votes != 0 ? 1 : 0;
  if (step == WarpStep::kAll) result = votes == mask ? 1 : 0;
  for (LaneSet rest = mask; rest != 0; rest &= rest - 1) {
    warp.waits[std::countr_zero(rest)].result = result;
  }
}

}  // namespace

bool have_met(Warp& warp, LaneSet bit, const LaneWait& last) {
  // Nearly always one group at a time meets, all lanes or those of one branch.
  if (warp.alike == 0) {
    warp.first_alike = last;
    warp.alike = bit;
  } else if (are_alike(last, warp.first_alike)) {
    warp.alike |= bit;
  }
  if (warp.alike == last.mask) return true;
  if ((warp.meeting & last.mask) != last.mask) return false;
  for (LaneSet rest = last.mask; rest != 0; rest &= rest - 1) {
    if (!are_alike(warp.waits[std::countr_zero(rest)], last)) return false;
  }
  return true;
}

bool perform(Warp& warp, LaneSet mask, WarpStep step) {
  if (step >= WarpStep::kShuffle && step <= WarpStep::kShuffleXor) {
    return shuffle(warp, mask, step);
  }
  if (step != WarpStep::kSync) vote(warp, mask, step);
  return true;
}

}  // namespace nextline::cuda_device
