#include "tests/cuda_device/cuda_device.h"

#include <mutex>

#include "tests/cuda_device/device.h"
#include "tests/cuda_device/kernel_names.h"

namespace nextline::cuda_device {

namespace {

template <typename Function>
auto with_device(Function&& function) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  return function(device);
}

}  // namespace

Settings settings() {
  return with_device([](Device& device) { return device.settings; });
}

void set(const Settings& settings) {
  with_device([&](Device& device) {
    device.finish_all();
    device.settings = settings;
  });
}

DeviceCounts counts() {
  return with_device([](Device& device) {
    DeviceCounts counts = device.counts;
    for (const auto& [kernel, launches] : device.launches) {
      counts.launches_by_kernel[kernel_name(kernel)] += launches;
    }
    return counts;
  });
}

void reset_counts() {
  with_device([](Device& device) {
    device.counts = {};
    device.launches.clear();
  });
}

std::size_t bytes_in_use() {
  return with_device([](Device& device) { return device.memory.bytes(); });
}

std::size_t pinned_bytes_in_use() {
  return with_device([](Device& device) { return device.pinned_memory.bytes(); });
}

std::string failure_report() {
  return with_device([](Device& device) { return device.failure_report(); });
}

void reset() {
  with_device([](Device& device) { device.reset(); });
}

}  // namespace nextline::cuda_device
