#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/packed_matrix.h"

namespace nextline::cuda {

/// Where rows of a file's matrix go among those of the packed one.
enum class RowPlaces : std::uint8_t {
  kSame,
  kGates,  ///< Two, and two left out: see LayerWeights::gate_and_up.
  kUps,    ///< The same, behind two that are left out.
};

/// Rows of a matrix as they lie in a file, in device memory.
struct RawRows {
  const std::byte* bytes;
  std::size_t row_bytes;
  std::uint32_t first_row;
  std::uint32_t row_count;
  RowPlaces places;
};

/// Packs rows of the matrix's type into it.
bool pack(DeviceContext& device, const RawRows& rows, const PackedMatrix& matrix);

}  // namespace nextline::cuda
