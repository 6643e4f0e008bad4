#include <array>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/cuda_device/call.h"
#include "tests/cuda_device/kernel_names.h"
#include "tests/cuda_device/limits.h"
#include "tests/support/sanitized.h"

#if defined(NEXTLINE_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace nextline::cuda_device {

std::byte* dynamic_shared_start = nullptr;

namespace {

alignas(128) std::array<std::byte, kMostSharedBytesOfBlock> dynamic_shared;

struct Grid {
  dim3 size;
  dim3 block_size;
  std::size_t shared_bytes;
  const void* kernel;
  KernelCall call;

  std::uint64_t block_count() const { return std::uint64_t{size.x} * size.y * size.z; }
};

// What another block or kernel left there must help nobody, and what lies behind it harm nobody.
void clear_shared_memory(std::size_t bytes) {
  dynamic_shared_start = dynamic_shared.data();
  std::memset(dynamic_shared_start, 0xff, bytes);
}

void bound_shared_memory([[maybe_unused]] std::size_t bytes) {
#if defined(NEXTLINE_ADDRESS_SANITIZER)
  ASAN_UNPOISON_MEMORY_REGION(dynamic_shared.data(), dynamic_shared.size());
  ASAN_POISON_MEMORY_REGION(dynamic_shared.data() + bytes, dynamic_shared.size() - bytes);
#endif
}

/// The numbers below a count, each once, in the order that threads have too.
class BlockOrder {
 public:
  BlockOrder(std::uint64_t count, const Settings& settings) : count_(count) {
    if (settings.thread_order == ThreadOrder::kDescending) {
      start_ = count - 1;
      step_ = count - 1;
    } else if (settings.thread_order == ThreadOrder::kRandom) {
      start_ = settings.seed * 0x9e3779b97f4a7c15 % count;
      step_ = count / 3 + settings.seed % 7 + 1;
      while (std::gcd(step_, count) != 1) ++step_;
    }
  }
  std::uint64_t number(std::uint64_t i) const { return (start_ + i * step_) % count_; }

 private:
  std::uint64_t count_;
  std::uint64_t start_ = 0;
  std::uint64_t step_ = 1;
};

cudaError_t run(Device& device, const Grid& grid) {
  gridDim = grid.size;
  blockDim = grid.block_size;
  bound_shared_memory(grid.shared_bytes);
  device.block.prepare(grid.block_size, device.settings.thread_order, device.settings.seed);
  const BlockOrder order(grid.block_count(), device.settings);
  for (std::uint64_t i = 0; i < grid.block_count(); ++i) {
    const std::uint64_t number = order.number(i);
    const std::uint64_t row = number / grid.size.x;
    blockIdx = {static_cast<unsigned int>(number % grid.size.x),
                static_cast<unsigned int>(row % grid.size.y),
                static_cast<unsigned int>(row / grid.size.y)};
    clear_shared_memory(grid.shared_bytes);
    if (device.block.run(grid.call)) continue;
    device.stop(cudaErrorLaunchFailure,
                kernel_name(grid.kernel) + ", block (" + std::to_string(blockIdx.x) + ", " +
                    std::to_string(blockIdx.y) + ", " + std::to_string(blockIdx.z) +
                    "): " + device.block.report());
    return cudaErrorLaunchFailure;
  }
  return cudaSuccess;
}

bool is_possible(dim3 grid, dim3 block) {
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  const std::uint64_t blocks_in_x = grid.x;
  return blocks_in_x >= 1 && blocks_in_x <= 0x7fffffff && grid.y >= 1 && grid.y <= 65535 &&
         grid.z >= 1 && grid.z <= 65535 && threads >= 1 && threads <= kMostThreads &&
         block.x <= 1024 && block.y <= 1024 && block.z <= 64;
}

std::size_t shared_limit(const Device& device, const void* kernel) {
  const auto found = device.shared_limits.find(kernel);
  return found == device.shared_limits.end() ? kSharedBytesOfBlock : found->second;
}

// Stops the device otherwise.
bool leads_to_memory(Device& device, const void* kernel, std::span<const void* const> pointers) {
  for (const void* pointer : pointers) {
    if (pointer == nullptr || device.memory.contains(pointer) ||
        device.pinned_memory.contains(pointer)) {
      continue;
    }
    device.stop(cudaErrorIllegalAddress,
                kernel_name(kernel) + " was given a pointer that leads to memory of the host, or " +
                    "to memory that was freed");
    return false;
  }
  return true;
}

}  // namespace

cudaError_t launch(const cudaLaunchConfig_t& configuration, const void* kernel, KernelCall call,
                   std::span<const void* const> pointers) {
  const auto ask = [&](Device& device, CUstream_st& stream) {
    if (!is_possible(configuration.gridDim, configuration.blockDim)) {
      return cudaErrorInvalidConfiguration;
    }
    if (configuration.numAttrs != 0 ||
        configuration.dynamicSmemBytes > shared_limit(device, kernel)) {
      return cudaErrorInvalidValue;
    }
    if (!leads_to_memory(device, kernel, pointers)) return cudaErrorIllegalAddress;
    if (!stream.capture && device.settings.on_launch) device.settings.on_launch();
    Grid grid{configuration.gridDim, configuration.blockDim, configuration.dynamicSmemBytes, kernel,
              std::move(call)};
    Work run_it = [&device, grid = std::move(grid)] { return run(device, grid); };
    if (stream.capture) {
      // What it knows may have been freed when the graph is launched.
      run_it = [&device, kernel, run_it = std::move(run_it),
                known = std::vector(pointers.begin(), pointers.end())] {
        return leads_to_memory(device, kernel, known) ? run_it() : cudaErrorIllegalAddress;
      };
    }
    device.submit(stream, {std::move(run_it), [kernel](AskedWork& asked) {
                             ++asked.counts.launches;
                             ++asked.launches[kernel];
                           }});
    return cudaSuccess;
  };
  return call_in(configuration.stream, ask,
                 {"cudaLaunchKernelEx", __builtin_return_address(0), kernel});
}

cudaError_t set_attribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  const auto set = [&](Device& device) {
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    const std::size_t most = shared_bytes_optin(device.settings.major, device.settings.minor);
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
        static_cast<std::size_t>(value) > most) {
      return cudaErrorInvalidValue;
    }
    device.shared_limits[kernel] = static_cast<std::size_t>(value);
    return cudaSuccess;
  };
  return call(set, Context::kNeeded, {"cudaFuncSetAttribute", __builtin_return_address(0), kernel});
}

}  // namespace nextline::cuda_device
