#include <chrono>
#include <memory>

#include "tests/cuda_device/device.h"

using nextline::cuda_device::call;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Device;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  return call([&](Device& device) {
    if (stream == nullptr || flags > cudaStreamNonBlocking) return cudaErrorInvalidValue;
    *stream = device.add_stream(flags == cudaStreamDefault);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    ++device.counts.waits;
    device.finish(*own);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call_to_release([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr || stream == nullptr) return cudaErrorInvalidResourceHandle;
    device.remove(own);
    return cudaSuccess;
  });
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  return call([&](Device& device) {
    if (event == nullptr) return cudaErrorInvalidValue;
    *event = new CUevent_st;
    (*event)->has_timing = (flags & cudaEventDisableTiming) == 0;
    device.events.insert(*event);
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr || !device.events.contains(event)) return cudaErrorInvalidResourceHandle;
    event->stream = own;
    const std::uint64_t recording = ++event->recordings;
    device.submit(*own, [event, recording] {
      event->reached = recording;
      event->time = std::chrono::steady_clock::now();
      return cudaSuccess;
    });
    return cudaSuccess;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return call([&](Device& device) {
    if (!device.events.contains(event)) return cudaErrorInvalidResourceHandle;
    if (event->reached == event->recordings) return cudaSuccess;
    device.finish(*event);  // Whoever asks again and again is answered the second time.
    return cudaErrorNotReady;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call([&](Device& device) {
    if (!device.events.contains(event)) return cudaErrorInvalidResourceHandle;
    ++device.counts.waits;
    device.finish(*event);
    return cudaSuccess;
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call([&](Device& device) {
    if (!device.events.contains(start) || !device.events.contains(end) || !start->has_timing ||
        !end->has_timing || start->recordings == 0 || end->recordings == 0) {
      return cudaErrorInvalidResourceHandle;
    }
    if (start->reached < start->recordings || end->reached < end->recordings) {
      return cudaErrorNotReady;
    }
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return call_to_release([&](Device& device) {
    if (!device.events.contains(event)) return cudaErrorInvalidResourceHandle;
    device.finish(*event);  // What the stream has to do refers to it.
    device.events.erase(event);
    delete event;
    return cudaSuccess;
  });
}
