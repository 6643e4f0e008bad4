#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/cuda/cuda_library.h"
#include "server/models/catalogue.h"

namespace nextline::server {

/// What there is of CUDA for this program.
struct CudaDevices {
  std::optional<cuda::Library> library;  ///< Nothing where it was not built, or cannot be used.
  std::vector<cuda::Device> devices;
  std::string obstacle;  ///< Why there are no devices, in a sentence; empty if there are any.
  bool was_built = false;

  /// Loads the backend's library and asks it, which takes some tenths of a second where there are
  /// devices.
  static CudaDevices find();

  /// Gives back what to look at the devices has taken of their memory, some hundred megabytes each;
  /// of those that compute, nothing.
  void release() const;

  const cuda::Device* with_number(std::uint32_t number) const;
  /// Those that can compute a model with so many bytes of weights, the most free memory first.
  std::vector<cuda::Device> usable_for(std::uint64_t weight_bytes) const;
};

/// Why a device cannot compute a model with so many bytes of weights, in a sentence; empty if it
/// can, as far as can be seen without trying.
std::string obstacle_of(const cuda::Device& device, std::uint64_t weight_bytes);

/// What could be done about a model that has too many weights for the device, in a sentence: which
/// of the models that can be fetched by name it has room for, else how much memory is missing.
/// Empty where that is not what is wrong with the device.
std::string advice_for(const cuda::Device& device, std::uint64_t weight_bytes,
                       std::span<const models::CatalogueEntry> catalogue);

/// "cuda:0 (NVIDIA L4)"
std::string title_of(const cuda::Device& device);

}  // namespace nextline::server
