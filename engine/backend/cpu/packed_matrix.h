#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/packed_layout.h"
#include "engine/gguf/gguf_file.h"

namespace nextline::cpu {

class ThreadPool;

/// Owns a repacked matrix. Immutable.
class PackedMatrix {
 public:
  /// Repacks a tensor, panels in parallel. The tensor's columns are whole blocks of its type.
  static PackedMatrix pack(const gguf::Tensor& tensor, ThreadPool& threads);

  const PackedMatrixView& view() const { return view_; }
  std::uint32_t panel_count() const { return (view_.rows + kPanelRows - 1) / kPanelRows; }
  std::size_t bytes() const { return memory_.size(); }

 private:
  PackedMatrixView view_{};
  AlignedMemory memory_;
};

}  // namespace nextline::cpu
