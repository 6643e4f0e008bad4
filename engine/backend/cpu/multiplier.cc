#include "engine/backend/cpu/multiplier.h"

#include <algorithm>

namespace nextline::cpu {
namespace {

/// What a thread prepares weights in: as many panels as leave room for a tile of inputs in a
/// second-level cache, but one at the least.
std::size_t scratch_bytes(std::uint32_t most_columns) {
  constexpr std::size_t kCacheShare = std::size_t{384} << 10U;
  return std::max(kCacheShare, (prepared_bytes(most_columns) + 63) / 64 * 64);
}

/// Panels of a task: few, so that all threads end at nearly the same time, but not so few that
/// handing them out is felt, nor that many rows are read again for each of them.
std::uint32_t panels_of_task(std::uint32_t panel_count, std::uint32_t thread_count) {
  constexpr std::uint32_t kTasksOfThread = 32;
  constexpr std::uint32_t kMost = 8;
  return std::clamp(panel_count / (kTasksOfThread * thread_count), 1U, kMost);
}

}  // namespace

Multiplier::Multiplier(std::uint32_t most_columns, const Kernels& kernels, ThreadPool& threads)
    : kernels_(kernels),
      threads_(threads),
      scratch_(threads.thread_count() * scratch_bytes(most_columns), Pages::kHuge) {}

void Multiplier::run(const ActivationView& input, std::span<const Product> products) {
  if (input.rows == 0) return;
  std::uint32_t panel_count = 0;
  for (const Product& product : products) panel_count += product.panel_count;
  const std::uint32_t step = panels_of_task(panel_count, threads_.thread_count());
  threads_.run((panel_count + step - 1) / step, [&](std::uint32_t task, std::uint32_t thread) {
    // The panels of all products are counted through.
    std::uint32_t first = task * step;
    std::uint32_t last = first + step;
    for (const Product& product : products) {
      if (first < product.panel_count) {
        kernels_.multiply(*product.matrix, first, std::min(last, product.panel_count), input,
                          product.output, scratch_of(thread));
      }
      if (last <= product.panel_count) break;
      first = first < product.panel_count ? 0 : first - product.panel_count;
      last -= product.panel_count;
    }
  });
}

MultiplyScratch Multiplier::scratch_of(std::uint32_t thread) const {
  const std::size_t size = scratch_.size() / threads_.thread_count();
  return {scratch_.as<std::uint8_t>().data() + thread * size, size};
}

}  // namespace nextline::cpu
