#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/model/model.h"

namespace nextline::cuda {

/// A CUDA device as the driver describes it.
struct Device {
  std::uint32_t number;
  std::string name;
  std::uint32_t major, minor;  ///< Compute capability.
  std::uint64_t memory_bytes, free_bytes;
  std::string obstacle = {};  ///< What the driver says of one that cannot be used; mostly empty.
};

struct Options {
  std::uint32_t device = 0;
  /// Passes of so many rows at most are computed by the backend's own kernels, larger ones through
  /// cuBLAS. 0: always cuBLAS; the largest number: never.
  std::uint32_t few_rows = 16;
  /// What keys and values have of the device's memory at most; those that are used least recently
  /// go to the host's. 0: what is free, but for a reserve.
  std::uint64_t kv_bytes = 0;
  /// Whether passes of few rows that come again are CUDA graphs. Changes no bit, but what they
  /// take.
  bool uses_graphs = true;
};

/// Fails with a sentence where there is no driver or no device. To look at a device takes memory of
/// it, which stays taken for a backend that may follow, until `release_devices`.
Result<std::vector<Device>> find_devices();

/// Gives back all memory of devices on which no backend is, and whatever else this process has
/// there. So does a backend's destructor, and `create_backend` with other devices than its own.
void release_devices();

Result<std::unique_ptr<Backend>> create_backend(const Model& model, const Options& options = {});

}  // namespace nextline::cuda
