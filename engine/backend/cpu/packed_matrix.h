#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/backend/cpu/packed_layout.h"
#include "engine/gguf/gguf_file.h"

namespace nextline::cpu {

class ThreadPool;

/// A repacked matrix in memory of the caller's. Immutable.
class PackedMatrix {
 public:
  /// What `pack` needs for a tensor: a multiple of 64 bytes.
  static std::size_t packed_bytes(const gguf::Tensor& tensor);

  /// Repacks a tensor, panels in parallel, into zeroed memory that is 64-byte aligned. The tensor's
  /// columns are whole blocks of its type.
  static PackedMatrix pack(const gguf::Tensor& tensor, std::span<std::uint8_t> memory,
                           ThreadPool& threads);

  const PackedMatrixView& view() const { return view_; }
  std::uint32_t panel_count() const { return (view_.rows + kPanelRows - 1) / kPanelRows; }
  std::size_t bytes() const { return panel_count() * view_.panel_bytes; }

 private:
  PackedMatrixView view_{};
};

}  // namespace nextline::cpu
