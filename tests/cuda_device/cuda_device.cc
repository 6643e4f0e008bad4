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

WorkCounts with_names(const AskedWork& asked) {
  WorkCounts counts = asked.counts;
  for (const auto& [kernel, launches] : asked.launches) {
    counts.launches_by_kernel[kernel_name(kernel)] += launches;
  }
  return counts;
}

}  // namespace

Settings settings() {
  return with_device([](Device& device) { return device.settings; });
}

void set(const Settings& settings) {
  with_device([&](Device& device) { device.set(settings); });
}

DeviceCounts counts() {
  return with_device([](Device& device) {
    DeviceCounts counts = device.counts;
    static_cast<WorkCounts&>(counts) = with_names(device.asked);
    counts.by_graphs = with_names(device.asked_by_graphs);
    return counts;
  });
}

void reset_counts() {
  with_device([](Device& device) {
    device.counts = {};
    device.asked = {};
    device.asked_by_graphs = {};
    device.calls.clear();
  });
}

std::map<CallSite, std::uint64_t> calls() {
  return with_device([](Device& device) { return device.calls; });
}

bool has_context() {
  return with_device([](Device& device) { return device.has_context(); });
}

HandlesInUse handles_in_use() {
  return with_device([](Device& device) {
    return HandlesInUse{device.stream_count(), device.events.size(), device.graphs.size(),
                        device.executable_graphs.size(), device.blas_handles.size()};
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
