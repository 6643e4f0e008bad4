#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "tests/cuda_device/cuda_device.h"
#include "tests/cuda_device/include/cuda_runtime.h"
#include "tests/cuda_device/memory_table.h"
#include "tests/cuda_device/thread_block.h"

namespace nextline::cuda_device {

/// Something that a stream has to do. An error stops the device.
using Work = std::function<cudaError_t()>;

}  // namespace nextline::cuda_device

struct CUstream_st {
  /// Takes turns with the default stream, instead of ignoring it.
  bool is_blocking = true;
  std::deque<nextline::cuda_device::Work> work;
};

struct CUevent_st {
  bool has_timing = true;
  CUstream_st* stream = nullptr;  ///< In which it has been recorded; null if it never was.
  std::uint64_t recordings = 0;
  std::uint64_t reached = 0;  ///< The last recording that has happened.
  std::chrono::steady_clock::time_point time;
};

namespace nextline::cuda_device {

/// What the functions of the runtime work on. Whoever uses it holds its mutex; `call` does that.
class Device {
 public:
  /// The one of this process.
  static Device& get();

  std::mutex mutex;
  Settings settings;
  DeviceCounts counts;  ///< All but those by kernel.
  std::map<const void*, std::uint64_t> launches;
  MemoryTable memory;
  MemoryTable pinned_memory;
  ThreadBlock block;
  /// The most dynamic shared memory that a kernel may ask for, where that has been raised.
  std::map<const void*, std::size_t> shared_limits;
  std::set<CUevent_st*> events;

  /// Why every call fails, if so.
  cudaError_t state() const;
  /// Stops the device; says why on standard error.
  void stop(cudaError_t error, std::string report);
  const std::string& failure_report() const { return failure_report_; }
  void reset();

  /// The stream itself, or the default one for none; null if there is no such stream.
  CUstream_st* find(cudaStream_t stream);
  CUstream_st* add_stream(bool is_blocking);
  void remove(CUstream_st* stream);
  void submit(CUstream_st& stream, Work work);
  /// Does all that the stream has to do.
  void finish(CUstream_st& stream);
  /// Does what it has to do until the event has happened.
  void finish(CUevent_st& event);
  void finish_all();

 private:
  void do_first(CUstream_st& stream);

  CUstream_st default_stream_;
  std::set<std::unique_ptr<CUstream_st>, std::less<>> streams_;
  cudaError_t failure_ = cudaSuccess;
  std::string failure_report_;
};

/// Of the host's thread that calls.
cudaError_t& last_error();

inline cudaError_t noted(cudaError_t error) {
  if (error != cudaSuccess && error != cudaErrorNotReady) last_error() = error;
  return error;
}

/// Calls a function of the runtime's with the device, if there is one in order.
template <typename Function>
cudaError_t call(Function&& function) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  if (const cudaError_t state = device.state(); state != cudaSuccess) return noted(state);
  const cudaError_t result = std::forward<Function>(function)(device);
  // A kernel may have stopped the device meanwhile.
  return noted(result == cudaSuccess ? device.state() : result);
}

/// The same for what takes something back, which is done on a broken device too.
template <typename Function>
cudaError_t call_to_release(Function&& function) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const cudaError_t result = std::forward<Function>(function)(device);
  return noted(device.state() == cudaSuccess ? result : device.state());
}

}  // namespace nextline::cuda_device
