#include <cstdio>
#include <mutex>

#include "tests/cuda_device/call.h"
#include "tests/cuda_device/limits.h"

using nextline::cuda_device::call;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Context;
using nextline::cuda_device::Device;
using nextline::cuda_device::kMostThreads;
using nextline::cuda_device::kSharedBytesOfBlock;
using nextline::cuda_device::last_error;
using nextline::cuda_device::noted;
using nextline::cuda_device::Presence;
using nextline::cuda_device::Settings;
using nextline::cuda_device::shared_bytes_optin;

namespace {

constexpr int kVersion = 13000;

// The numbers of an H100, where nothing else is set.
cudaDeviceProp properties_of(const Settings& settings) {
  cudaDeviceProp properties{};
  std::snprintf(properties.name, sizeof(properties.name), "Emulated CUDA device");
  properties.totalGlobalMem = settings.memory_bytes;
  properties.sharedMemPerBlock = kSharedBytesOfBlock;
  properties.sharedMemPerBlockOptin = shared_bytes_optin(settings.major, settings.minor);
  properties.sharedMemPerMultiprocessor = properties.sharedMemPerBlockOptin + 1024;
  properties.regsPerBlock = 65536;
  properties.warpSize = warpSize;
  properties.maxThreadsPerBlock = kMostThreads;
  properties.maxThreadsPerMultiProcessor = 2048;
  properties.maxThreadsDim[0] = properties.maxThreadsDim[1] = 1024;
  properties.maxThreadsDim[2] = 64;
  properties.maxGridSize[0] = 0x7fffffff;
  properties.maxGridSize[1] = properties.maxGridSize[2] = 65535;
  properties.major = settings.major;
  properties.minor = settings.minor;
  properties.multiProcessorCount = 132;
  properties.memoryBusWidth = 5120;
  properties.l2CacheSize = 50 * 1024 * 1024;
  return properties;
}

int value_of(cudaDeviceAttr attribute, const cudaDeviceProp& properties) {
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      return properties.maxThreadsPerBlock;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      return static_cast<int>(properties.sharedMemPerBlock);
    case cudaDevAttrWarpSize:
      return properties.warpSize;
    case cudaDevAttrMaxRegistersPerBlock:
      return properties.regsPerBlock;
    case cudaDevAttrClockRate:
      return 1980000;  // kHz.
    case cudaDevAttrMultiProcessorCount:
      return properties.multiProcessorCount;
    case cudaDevAttrIntegrated:
      return properties.integrated;
    case cudaDevAttrMemoryClockRate:
      return 2619000;  // kHz.
    case cudaDevAttrGlobalMemoryBusWidth:
      return properties.memoryBusWidth;
    case cudaDevAttrL2CacheSize:
      return properties.l2CacheSize;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      return properties.maxThreadsPerMultiProcessor;
    case cudaDevAttrComputeCapabilityMajor:
      return properties.major;
    case cudaDevAttrComputeCapabilityMinor:
      return properties.minor;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      return static_cast<int>(properties.sharedMemPerMultiprocessor);
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return static_cast<int>(properties.sharedMemPerBlockOptin);
  }
  return -1;
}

}  // namespace

cudaError_t cudaPeekAtLastError() {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const cudaError_t state = noted(device.state());
  return state != cudaSuccess ? state : last_error();
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  last_error() = cudaSuccess;
  return error;
}

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorInvalidValue:
      return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInitializationError:
      return "cudaErrorInitializationError";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidMemcpyDirection:
      return "cudaErrorInvalidMemcpyDirection";
    case cudaErrorInsufficientDriver:
      return "cudaErrorInsufficientDriver";
    case cudaErrorInvalidDeviceFunction:
      return "cudaErrorInvalidDeviceFunction";
    case cudaErrorNoDevice:
      return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorInvalidResourceHandle:
      return "cudaErrorInvalidResourceHandle";
    case cudaErrorNotReady:
      return "cudaErrorNotReady";
    case cudaErrorIllegalAddress:
      return "cudaErrorIllegalAddress";
    case cudaErrorLaunchFailure:
      return "cudaErrorLaunchFailure";
    case cudaErrorNotSupported:
      return "cudaErrorNotSupported";
    case cudaErrorStreamCaptureUnsupported:
      return "cudaErrorStreamCaptureUnsupported";
    case cudaErrorStreamCaptureInvalidated:
      return "cudaErrorStreamCaptureInvalidated";
    case cudaErrorStreamCaptureMerge:
      return "cudaErrorStreamCaptureMerge";
    case cudaErrorStreamCaptureUnmatched:
      return "cudaErrorStreamCaptureUnmatched";
    case cudaErrorStreamCaptureUnjoined:
      return "cudaErrorStreamCaptureUnjoined";
    case cudaErrorStreamCaptureIsolation:
      return "cudaErrorStreamCaptureIsolation";
    case cudaErrorStreamCaptureImplicit:
      return "cudaErrorStreamCaptureImplicit";
    case cudaErrorCapturedEvent:
      return "cudaErrorCapturedEvent";
    case cudaErrorStreamCaptureWrongThread:
      return "cudaErrorStreamCaptureWrongThread";
    case cudaErrorUnknown:
      return "cudaErrorUnknown";
  }
  return "unrecognized error code";
}

// The words are the emulation's own: nothing may depend on those of the runtime.
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory (emulated device)";
    case cudaErrorInsufficientDriver:
      return "there is no driver, or one older than the runtime (emulated device)";
    case cudaErrorNoDevice:
      return "there is no device (emulated device)";
    case cudaErrorIllegalAddress:
      return "a kernel was given memory that is not the device's (emulated device)";
    case cudaErrorLaunchFailure:
      return "a kernel is broken (emulated device)";
    default:
      return cudaGetErrorName(error);
  }
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kVersion;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  *version = device.settings.presence == Presence::kNoDriver ? 0 : kVersion;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  return call(
      [&](Device&) {
        *count = 1;
        return cudaSuccess;
      },
      Context::kNotNeeded);
}

cudaError_t cudaSetDevice(int device) {
  return call([&](Device&) { return device == 0 ? cudaSuccess : cudaErrorInvalidDevice; });
}

cudaError_t cudaGetDevice(int* device) {
  return call(
      [&](Device&) {
        *device = 0;
        return cudaSuccess;
      },
      Context::kNotNeeded);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return call(
      [&](Device& own) {
        if (device != 0) return cudaErrorInvalidDevice;
        *value = value_of(attribute, properties_of(own.settings));
        return *value < 0 ? cudaErrorInvalidValue : cudaSuccess;
      },
      Context::kNotNeeded);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return call(
      [&](Device& own) {
        if (device != 0) return cudaErrorInvalidDevice;
        *properties = properties_of(own.settings);
        return cudaSuccess;
      },
      Context::kNotNeeded);
}

cudaError_t cudaDeviceReset() {
  return call_to_release(
      [](Device& device) {
        device.destroy_context();
        return cudaSuccess;
      },
      Context::kNotNeeded);
}
