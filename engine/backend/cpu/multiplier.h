#pragma once

#include <cstdint>
#include <span>

#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/thread_pool.h"

namespace nextline::cpu {

/// The first panels of a matrix, to be multiplied, and where the result goes.
struct Product {
  const PackedMatrixView* matrix;
  std::uint32_t panel_count;
  OutputView output;
};

/// Multiplies matrices with rows of activations, their panels shared out over threads.
class Multiplier {
 public:
  /// For matrices of so many columns at the most.
  Multiplier(std::uint32_t most_columns, const Kernels& kernels, ThreadPool& threads);

  /// All products of the same input, as one job. Nothing is done for an input without rows.
  void run(const ActivationView& input, std::span<const Product> products);

 private:
  MultiplyScratch scratch_of(std::uint32_t thread) const;

  const Kernels& kernels_;
  ThreadPool& threads_;
  AlignedMemory scratch_;  // An equal part for each thread.
};

}  // namespace nextline::cpu
