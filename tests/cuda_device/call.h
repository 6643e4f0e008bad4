#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "tests/cuda_device/device.h"

/// How functions of the runtime begin and end: with the device locked, counted as a call, refused
/// where the device has failed or the call is to fail, and the error noted.
namespace nextline::cuda_device {

/// Of the host's thread that calls.
cudaError_t& last_error();

inline cudaError_t noted(cudaError_t error) {
  if (error != cudaSuccess && error != cudaErrorNotReady) last_error() = error;
  return error;
}

cudaError_t error_of(FaultKind kind);

enum class Context : std::uint8_t { kNeeded, kNotNeeded };

/// Calls a function of the runtime's with the device, if there is one in order.
template <typename Function>
cudaError_t call(Function&& function, Context context = Context::kNeeded,
                 ApiCall from = {__builtin_FUNCTION(), __builtin_return_address(0)}) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const std::optional<FaultKind> fault = device.note(from);
  if (const cudaError_t state = device.state(); state != cudaSuccess) return noted(state);
  if (fault) return noted(error_of(*fault));
  if (context == Context::kNeeded) device.need_context();
  const cudaError_t result = std::forward<Function>(function)(device);
  // A kernel may have stopped the device meanwhile.
  return noted(result == cudaSuccess ? device.state() : result);
}

/// The same for what gives a stream something: where that goes wrong, the stream's capture does.
template <typename Function>
cudaError_t call_in(cudaStream_t stream, Function&& function,
                    ApiCall from = {__builtin_FUNCTION(), __builtin_return_address(0)}) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const std::optional<FaultKind> fault = device.note(from);
  CUstream_st* const own = device.find(stream);
  const auto result = [&] {
    if (const cudaError_t state = device.state(); state != cudaSuccess) return state;
    if (fault) return error_of(*fault);
    device.need_context();
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t usable = device.is_usable(*own); usable != cudaSuccess) return usable;
    const cudaError_t error = std::forward<Function>(function)(device, *own);
    return error == cudaSuccess ? device.state() : error;
  }();
  if (result != cudaSuccess && own != nullptr && own->capture) own->capture->is_valid = false;
  return noted(result);
}

/// The same for what takes something back, which is done on a broken device too, and by a call that
/// is to fail.
template <typename Function>
cudaError_t call_to_release(Function&& function, Context context = Context::kNeeded,
                            ApiCall from = {__builtin_FUNCTION(), __builtin_return_address(0)}) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const std::optional<FaultKind> fault = device.note(from);
  const cudaError_t state = device.state();
  if (state == cudaSuccess && context == Context::kNeeded) device.need_context();
  const cudaError_t result = std::forward<Function>(function)(device);
  if (state != cudaSuccess) return noted(state);
  if (fault) return noted(error_of(*fault));
  return noted(device.state() == cudaSuccess ? result : device.state());
}

}  // namespace nextline::cuda_device
