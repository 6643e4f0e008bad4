#pragma once

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/backend/cuda/device_code.h"
#include "engine/backend/cuda/device_use.h"
#include "engine/error.h"

namespace nextline::cuda {

/// A device as one backend uses it: its own stream, in whose order everything is done, and the
/// first failure of a call. Calls are asynchronous, so a failure may be noticed late, by a call
/// that has nothing to do with it; and a device on which a kernel has failed does nothing any more.
/// So the first one is kept, and no call is made after it but those that give back what was had:
/// what these return is of no interest, and is not looked at anywhere.
///
/// The last one of a device gives back all that this process has there, its context included.
///
/// One thread at a time.
class DeviceContext {
 public:
  static Result<std::unique_ptr<DeviceContext>> open(std::uint32_t number);
  ~DeviceContext();
  DeviceContext(const DeviceContext&) = delete;
  DeviceContext& operator=(const DeviceContext&) = delete;

  cudaStream_t stream() const { return stream_; }
  const std::string& name() const { return name_; }
  /// Compute capability: 100 · major + minor.
  std::uint32_t capability() const { return capability_; }
  std::uint32_t multiprocessor_count() const { return multiprocessor_count_; }
  /// Shared memory that a block can ask for.
  std::size_t shared_bytes() const { return shared_bytes_; }

  /// Makes the device the calling thread's. False, as every function below, where a call has
  /// failed, now or before.
  bool enter();
  bool check(cudaError_t status);
  bool check(cublasStatus_t status);
  bool check(const Result<void>& result);
  bool synchronize();

  template <typename... Parameters, typename... Arguments>
  bool launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes,
              Arguments&&... arguments) {
    if (has_failed()) return false;
    return check(cuda::launch(kernel, {grid, block, shared_bytes, stream_, capability_ >= 900},
                              std::forward<Arguments>(arguments)...));
  }
  bool copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind);
  bool clear(void* memory, std::size_t bytes);

  /// Whom to ask where the device has no memory for a buffer: gives device memory to the driver, so
  /// many bytes if it can, and says whether it was any.
  using Relief = std::function<bool(std::size_t bytes)>;
  void relieve_by(Relief relief) { relief_ = std::move(relief); }
  bool relieve(std::size_t bytes) { return !failure_ && relief_ && relief_(bytes); }

  /// From here on, what is asked for is not done but written down, until `end_capture` makes a
  /// graph of it. False where that cannot be. Meanwhile a call that fails spoils the graph alone,
  /// and nothing may be waited for or allocated.
  bool begin_capture();
  /// Null where no graph has come of it, or it `is_whole` not; whoever asked can still have the
  /// same done call by call. Where a device has failed for good, the next call tells.
  cudaGraphExec_t end_capture(bool is_whole);

  /// How often the memory of a buffer has been given up for a larger one: a graph that was made
  /// before the last time may have addresses where nothing is any more.
  std::uint64_t buffer_moves() const { return buffer_moves_; }
  void count_buffer_move() { ++buffer_moves_; }

  /// Null as long as nothing has failed.
  const Error* failure() const { return failure_ ? &*failure_ : nullptr; }

 private:
  explicit DeviceContext(std::uint32_t number) : number_(number), use_(number) {}
  void fail(const char* cause);
  bool has_failed() const { return failure_.has_value() || is_spoilt_; }

  std::uint32_t number_;
  std::optional<DeviceUse> use_;
  std::string name_;
  std::uint32_t capability_ = 0;
  std::uint32_t multiprocessor_count_ = 0;
  std::size_t shared_bytes_ = 0;
  cudaStream_t stream_ = nullptr;
  std::uint64_t buffer_moves_ = 0;
  bool is_capturing_ = false;
  bool is_spoilt_ = false;  // The capture under way.
  std::optional<Error> failure_;
  Relief relief_;
};

/// Memory of a device, or pinned memory of the host; freed with the object.
template <typename T>
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  /// Without memory there is nothing to be called: that might make a context.
  ~DeviceBuffer() {
    if (data_ != nullptr) cudaFree(data_);
  }

  /// Not initialised. Fails where the memory cannot be had, which it names the purpose of.
  static Result<DeviceBuffer> allocate(std::size_t size, const std::string& purpose) {
    DeviceBuffer buffer;
    if (size == 0) return buffer;
    const cudaError_t status = cudaMalloc(&buffer.data_, size * sizeof(T));
    if (status != cudaSuccess) {
      cudaGetLastError();  // It is told here, and by no later call.
      return failure("There is not enough memory on the CUDA device for " + purpose + ".",
                     cudaGetErrorString(status));
    }
    buffer.size_ = size;
    return buffer;
  }

  /// Makes room for so many, and for some more; where the device has none, whoever holds memory
  /// that can be spared is asked for it. What was there is lost where the buffer grows; all is zero
  /// then.
  bool reserve(DeviceContext& device, std::size_t size);

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Pinned memory of the host, which a device copies from and to by itself.
template <typename T>
class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;
  ~PinnedBuffer() { free(); }

  /// Makes room for so many. What was there is lost where the buffer grows.
  bool reserve(DeviceContext& device, std::size_t size) {
    if (size <= size_) return device.failure() == nullptr;
    if (!device.synchronize()) return false;
    device.count_buffer_move();
    free();
    if (!device.check(cudaMallocHost(&data_, (size + size / 4) * sizeof(T)))) return false;
    size_ = size + size / 4;
    return true;
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  void free() {
    if (data_ != nullptr) cudaFreeHost(data_);
    data_ = nullptr;
    size_ = 0;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

template <typename T>
bool DeviceBuffer<T>::reserve(DeviceContext& device, std::size_t size) {
  if (size <= size_) return device.failure() == nullptr;
  if (!device.synchronize()) return false;
  device.count_buffer_move();
  *this = DeviceBuffer();
  const std::size_t grown_size = size + size / 4;
  auto grown = allocate(grown_size, "a pass of so many tokens");
  while (!grown && device.relieve(grown_size * sizeof(T))) {
    grown = allocate(grown_size, "a pass of so many tokens");
  }
  if (!grown) return device.check(tl::unexpected(grown.error()));
  *this = std::move(*grown);
  return device.clear(data_, size_ * sizeof(T));
}

}  // namespace nextline::cuda
