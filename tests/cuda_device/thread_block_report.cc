#include <array>
#include <bit>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/cuda_device/thread_block.h"

/// What is said of blocks that are broken.
namespace nextline::cuda_device {

namespace {

std::string hexadecimal(LaneSet set) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "0x%08x", set);
  return text.data();
}

std::string describe(const Place& place) {
  const std::string_view path = place.file_name();
  return std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(place.line());
}

std::string describe(WarpStep step) {
  constexpr std::array<const char*, 8> kNames = {
      "__syncwarp",      "__shfl_sync",   "__shfl_up_sync", "__shfl_down_sync",
      "__shfl_xor_sync", "__ballot_sync", "__any_sync",     "__all_sync"};
  return kNames[static_cast<std::size_t>(step)];
}

std::string describe(const LaneWait& wait) {
  return describe(wait.step) + " at " + describe(wait.place) + " with mask " +
         hexadecimal(wait.mask);
}

// The lanes that wait at a step of the warp, in groups of those that wait for the same.
std::string describe_meetings(const Warp& warp) {
  std::string text;
  LaneSet left = warp.meeting;
  while (left != 0) {
    const LaneWait& first = warp.waits[std::countr_zero(left)];
    LaneSet alike = 0;
    for (LaneSet rest = left; rest != 0; rest &= rest - 1) {
      const std::uint32_t lane = std::countr_zero(rest);
      if (are_alike(warp.waits[lane], first)) alike |= lane_bit(lane);
    }
    text += "; lanes " + hexadecimal(alike) + " wait at " + describe(first);
    left &= ~alike;
  }
  return text;
}

}  // namespace

std::string ThreadBlock::describe_waiting() const {
  std::string text =
      std::to_string(ended_) + " of " + std::to_string(threads_.size()) + " threads have ended";
  if (at_barrier_ != 0) {
    text += "; " + std::to_string(at_barrier_) + " wait for the block at " + describe(barrier_);
  }
  for (std::uint32_t i = 0; i < warp_count(); ++i) {
    if (warps_[i].meeting != 0) {
      text += "; in warp " + std::to_string(i) + describe_meetings(warps_[i]);
    }
  }
  return text;
}

std::string ThreadBlock::describe_current() const {
  return "lane " + std::to_string(current_ % kWarpSize) + " of warp " +
         std::to_string(current_ / kWarpSize);
}

std::string ThreadBlock::describe_other_barrier(const Place& place) const {
  return describe_current() + " waits for the block at " + describe(place) + ", others at " +
         describe(barrier_);
}

std::string ThreadBlock::describe_wrong_mask(const LaneWait& wait) const {
  const Warp& own = warps_[current_ / kWarpSize];
  const LaneSet missing = wait.mask & (own.ended | ~own.existing);
  return describe_current() + " is at " + describe(wait) + ", which " +
         (missing == 0 ? "leaves it out"
                       : "names lanes that have ended or do not exist: " + hexadecimal(missing));
}

std::string ThreadBlock::describe_wrong_step(const LaneWait& wait) const {
  return "warp " + std::to_string(current_ / kWarpSize) + " is at " + describe(wait) +
         ", where a lane asks for the value of one that takes no part, or the width (" +
         std::to_string(wait.offer.width) + ") is no power of two";
}

}  // namespace nextline::cuda_device
