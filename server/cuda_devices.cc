#include "server/cuda_devices.h"

#include <fmt/format.h>

#include <algorithm>

namespace nextline::server {
namespace {

/// The oldest architecture that the backend has machine code for is Ampere.
constexpr std::uint32_t kLeastMajor = 8;

/// For keys and values, a pass's activations and what the CUDA runtime and cuBLAS take, at least.
constexpr std::uint64_t kWorkingBytes = std::uint64_t{1} << 30U;

double gigabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e9; }

}  // namespace

CudaDevices CudaDevices::find() {
  CudaDevices found;
  auto library = cuda::Library::find();
  found.was_built = !library || library->has_value();
  if (!library) {
    found.obstacle = library.error().message;
    return found;
  }
  if (!library->has_value()) {
    found.obstacle = "This build has no CUDA backend; 'make cuda' builds one.";
    return found;
  }
  auto devices = (*library)->find_devices();
  if (!devices) {
    found.obstacle = devices.error().message;
    return found;
  }
  if (devices->empty()) found.obstacle = "There is no CUDA device.";
  found.library = **library;
  found.devices = std::move(*devices);
  return found;
}

void CudaDevices::release() const {
  if (library) library->release_devices();
}

const cuda::Device* CudaDevices::with_number(std::uint32_t number) const {
  const auto device = std::ranges::find(devices, number, &cuda::Device::number);
  return device == devices.end() ? nullptr : &*device;
}

std::vector<cuda::Device> CudaDevices::usable_for(std::uint64_t weight_bytes) const {
  std::vector<cuda::Device> usable;
  std::ranges::copy_if(devices, std::back_inserter(usable), [&](const cuda::Device& device) {
    return obstacle_of(device, weight_bytes).empty();
  });
  std::ranges::stable_sort(usable, std::greater(), &cuda::Device::free_bytes);
  return usable;
}

std::string obstacle_of(const cuda::Device& device, std::uint64_t weight_bytes) {
  if (device.major < kLeastMajor) {
    return fmt::format("{} has compute capability {}.{}; the CUDA backend needs {}.0 or newer.",
                       title_of(device), device.major, device.minor, kLeastMajor);
  }
  if (!device.obstacle.empty()) {
    return fmt::format("{} cannot be used: {}.", title_of(device), device.obstacle);
  }
  const std::uint64_t needed = weight_bytes + kWorkingBytes;
  if (device.free_bytes >= needed) return {};
  return fmt::format("{} has {:.1f} GB of free memory, and the model needs {:.1f} at least.",
                     title_of(device), gigabytes(device.free_bytes), gigabytes(needed));
}

std::string advice_for(const cuda::Device& device, std::uint64_t weight_bytes,
                       std::span<const models::CatalogueEntry> catalogue) {
  const std::uint64_t needed = weight_bytes + kWorkingBytes;
  if (device.major < kLeastMajor || !device.obstacle.empty() || device.free_bytes >= needed)
    return {};
  std::string fitting;
  for (const models::CatalogueEntry& entry : catalogue) {
    if (!obstacle_of(device, entry.bytes).empty()) continue;
    fitting += (fitting.empty() ? "" : ", ") + entry.name;
  }
  if (!fitting.empty()) return fmt::format("There is room for {}.", fitting);
  return fmt::format("{:.1f} GB are missing.", gigabytes(needed - device.free_bytes));
}

std::string title_of(const cuda::Device& device) {
  return fmt::format("cuda:{} ({})", device.number, device.name);
}

}  // namespace nextline::server
