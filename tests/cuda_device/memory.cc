#include <cstring>

#include "tests/cuda_device/device.h"

using nextline::cuda_device::call;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Device;
using nextline::cuda_device::DeviceCounts;
using nextline::cuda_device::Progress;

namespace {

void count(DeviceCounts& counts, cudaMemcpyKind kind, std::size_t bytes) {
  if (kind == cudaMemcpyHostToDevice) {
    ++counts.copies_to_device;
    counts.bytes_to_device += bytes;
  } else if (kind == cudaMemcpyDeviceToHost) {
    ++counts.copies_to_host;
    counts.bytes_to_host += bytes;
  } else if (kind == cudaMemcpyDeviceToDevice) {
    ++counts.copies_within_device;
    counts.bytes_within_device += bytes;
  }
}

bool reads_device(cudaMemcpyKind kind) {
  return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
}

bool writes_device(cudaMemcpyKind kind) {
  return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
}

// The host's side of a copy must be no memory of the device's, and the device's nothing else.
bool fits(const Device& device, const void* memory, std::size_t bytes, bool is_device_side) {
  return is_device_side ? device.memory.contains(memory, bytes) : !device.memory.contains(memory);
}

}  // namespace

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  return call([&](Device& device) {
    *total_bytes = device.settings.memory_bytes;
    *free_bytes = device.settings.memory_bytes - device.memory.bytes();
    return cudaSuccess;
  });
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  return call([&](Device& device) {
    if (memory == nullptr) return cudaErrorInvalidValue;
    *memory = nullptr;
    if (bytes == 0) return cudaSuccess;
    if (bytes > device.settings.memory_bytes - device.memory.bytes()) {
      return cudaErrorMemoryAllocation;
    }
    *memory = device.memory.allocate(bytes);
    if (*memory == nullptr) return cudaErrorMemoryAllocation;
    ++device.counts.allocations;
    device.counts.allocated_bytes += bytes;
    return cudaSuccess;
  });
}

cudaError_t cudaFree(void* memory) {
  return call_to_release([&](Device& device) {
    if (memory == nullptr) return cudaSuccess;
    device.finish_all();  // What has been asked for may use it; the runtime waits too.
    return device.memory.free(memory) ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  return call([&](Device& device) {
    if (memory == nullptr) return cudaErrorInvalidValue;
    *memory = nullptr;
    if (bytes == 0) return cudaSuccess;
    *memory = device.pinned_memory.allocate(bytes);
    if (*memory == nullptr) return cudaErrorMemoryAllocation;
    ++device.counts.host_allocations;
    return cudaSuccess;
  });
}

cudaError_t cudaFreeHost(void* memory) {
  return call_to_release([&](Device& device) {
    if (memory == nullptr) return cudaSuccess;
    device.finish_all();
    return device.pinned_memory.free(memory) ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return call([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) {
      return cudaErrorInvalidMemcpyDirection;
    }
    if (bytes == 0) return cudaSuccess;
    const bool to_device = kind == cudaMemcpyDefault ? device.memory.contains(to)  //
                                                     : writes_device(kind);
    const bool from_device = kind == cudaMemcpyDefault ? device.memory.contains(from)  //
                                                       : reads_device(kind);
    if (!fits(device, to, bytes, to_device) || !fits(device, from, bytes, from_device)) {
      return cudaErrorInvalidValue;
    }
    count(device.counts, static_cast<cudaMemcpyKind>((from_device ? 2 : 0) + (to_device ? 1 : 0)),
          bytes);
    device.submit(*own, [=] {
      std::memmove(to, from, bytes);
      return cudaSuccess;
    });
    // Of memory that is not pinned the runtime makes a copy before it returns, or waits.
    const bool is_pinned = (to_device || device.pinned_memory.contains(to, bytes)) &&
                           (from_device || device.pinned_memory.contains(from, bytes));
    if (!is_pinned) device.finish(*own);
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  return call([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (bytes == 0) return cudaSuccess;
    if (!device.memory.contains(memory, bytes)) return cudaErrorInvalidValue;
    ++device.counts.fills;
    device.counts.filled_bytes += bytes;
    device.submit(*own, [=] {
      std::memset(memory, value, bytes);
      return cudaSuccess;
    });
    return cudaSuccess;
  });
}
