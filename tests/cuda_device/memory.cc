#include <cstring>

#include "tests/cuda_device/call.h"

using nextline::cuda_device::AskedWork;
using nextline::cuda_device::call;
using nextline::cuda_device::call_in;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Device;
using nextline::cuda_device::MemoryTable;
using nextline::cuda_device::WorkCounts;

namespace {

void count(WorkCounts& counts, cudaMemcpyKind kind, std::size_t bytes) {
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

/// Which sides of a copy are the device's.
struct Sides {
  bool to_device;
  bool from_device;

  cudaMemcpyKind kind() const {
    return static_cast<cudaMemcpyKind>((from_device ? 2 : 0) + (to_device ? 1 : 0));
  }
};

Sides sides_of(const Device& device, const void* to, const void* from, cudaMemcpyKind kind) {
  if (kind == cudaMemcpyDefault) {
    return {device.memory.contains(to), device.memory.contains(from)};
  }
  return {writes_device(kind), reads_device(kind)};
}

// Memory that the device reaches by itself.
bool reaches(const Device& device, const void* memory, std::size_t bytes) {
  return device.memory.contains(memory, bytes) || device.pinned_memory.contains(memory, bytes);
}

std::size_t free_of(std::size_t most, const MemoryTable& memory) {
  return memory.bytes() < most ? most - memory.bytes() : 0;
}

// Memory that was there when the work was asked for, and is not when a graph does it, was freed.
bool is_there(Device& device, const void* memory, std::size_t bytes) {
  if (reaches(device, memory, bytes)) return true;
  device.stop(cudaErrorIllegalAddress, "a graph was launched that knows memory which was freed");
  return false;
}

cudaError_t copy(Device& device, void* to, const void* from, std::size_t bytes) {
  if (!is_there(device, to, bytes) || !is_there(device, from, bytes)) {
    return cudaErrorIllegalAddress;
  }
  std::memmove(to, from, bytes);
  return cudaSuccess;
}

cudaError_t fill(Device& device, void* memory, int value, std::size_t bytes) {
  if (!is_there(device, memory, bytes)) return cudaErrorIllegalAddress;
  std::memset(memory, value, bytes);
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  return call([&](Device& device) {
    *total_bytes = device.settings.memory_bytes;
    *free_bytes = free_of(device.settings.memory_bytes, device.memory);
    return cudaSuccess;
  });
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  return call([&](Device& device) {
    if (memory == nullptr) return cudaErrorInvalidValue;
    *memory = nullptr;
    if (const cudaError_t allowed = device.allow_unordered_call(); allowed != cudaSuccess) {
      return allowed;
    }
    if (bytes == 0) return cudaSuccess;
    if (bytes > free_of(device.settings.memory_bytes, device.memory)) {
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
    if (const cudaError_t allowed = device.allow_unordered_call(); allowed != cudaSuccess) {
      return allowed;
    }
    device.finish_all();  // What has been asked for may use it; the runtime waits too.
    return device.memory.free(memory) ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  return call([&](Device& device) {
    if (memory == nullptr) return cudaErrorInvalidValue;
    *memory = nullptr;
    if (const cudaError_t allowed = device.allow_unordered_call(); allowed != cudaSuccess) {
      return allowed;
    }
    if (bytes == 0) return cudaSuccess;
    if (bytes > free_of(device.settings.pinned_memory_bytes, device.pinned_memory)) {
      return cudaErrorMemoryAllocation;
    }
    *memory = device.pinned_memory.allocate(bytes);
    if (*memory == nullptr) return cudaErrorMemoryAllocation;
    ++device.counts.host_allocations;
    return cudaSuccess;
  });
}

cudaError_t cudaFreeHost(void* memory) {
  return call_to_release([&](Device& device) {
    if (memory == nullptr) return cudaSuccess;
    if (const cudaError_t allowed = device.allow_unordered_call(); allowed != cudaSuccess) {
      return allowed;
    }
    device.finish_all();
    return device.pinned_memory.free(memory) ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return call_in(stream, [&](Device& device, CUstream_st& own) {
    if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) {
      return cudaErrorInvalidMemcpyDirection;
    }
    if (bytes == 0) return cudaSuccess;
    const Sides sides = sides_of(device, to, from, kind);
    if (!fits(device, to, bytes, sides.to_device) ||
        !fits(device, from, bytes, sides.from_device)) {
      return cudaErrorInvalidValue;
    }
    const auto count_it = [=](AskedWork& asked) { count(asked.counts, sides.kind(), bytes); };
    if (reaches(device, to, bytes) && reaches(device, from, bytes)) {
      device.submit(own, {[=, &device] { return copy(device, to, from, bytes); }, count_it});
      return cudaSuccess;
    }
    // Of memory that is not pinned the runtime makes a copy before it returns, or waits.
    if (own.capture) return cudaErrorStreamCaptureUnsupported;
    const auto copy_now = [=] {
      std::memmove(to, from, bytes);
      return cudaSuccess;
    };
    device.submit(own, {copy_now, count_it});
    device.finish(own);
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  return call_in(stream, [&](Device& device, CUstream_st& own) {
    if (bytes == 0) return cudaSuccess;
    if (!reaches(device, memory, bytes)) return cudaErrorInvalidValue;
    device.submit(own, {[=, &device] { return fill(device, memory, value, bytes); },
                        [=](AskedWork& asked) {
                          ++asked.counts.fills;
                          asked.counts.filled_bytes += bytes;
                        }});
    return cudaSuccess;
  });
}
