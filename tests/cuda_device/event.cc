#include <chrono>
#include <memory>

#include "tests/cuda_device/call.h"

using nextline::cuda_device::call;
using nextline::cuda_device::call_in;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Capture;
using nextline::cuda_device::Device;
using nextline::cuda_device::Recording;

namespace {

bool is_pending(const CUevent_st& event) {
  return event.recording && !event.recording->has_happened;
}

// What the host asks of an event: nothing while this thread captures, nothing of a captured one.
cudaError_t allow_to_ask(Device& device, const CUevent_st* event) {
  if (!device.events.contains(event)) return cudaErrorInvalidResourceHandle;
  if (event->capture) {
    event->capture->is_valid = false;
    return cudaErrorCapturedEvent;
  }
  return device.allow_unordered_call();
}

// Of a stream for an event that was recorded in a capture.
cudaError_t wait_for_captured(const CUstream_st& stream, Capture& capture) {
  if (stream.capture.get() == &capture) return cudaSuccess;  // The stream's order says it.
  capture.is_valid = false;
  if (stream.capture) return cudaErrorStreamCaptureMerge;
  return capture.is_over ? cudaErrorStreamCaptureIsolation : cudaErrorStreamCaptureUnsupported;
}

}  // namespace

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  return call([&](Device& device) {
    if (event == nullptr) return cudaErrorInvalidValue;
    *event = device.events.add(std::make_unique<CUevent_st>());
    (*event)->has_timing = (flags & cudaEventDisableTiming) == 0;
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call_in(stream, [&](Device& device, CUstream_st& own) {
    if (!device.events.contains(event)) return cudaErrorInvalidResourceHandle;
    event->capture = own.capture;
    event->recording = nullptr;
    if (own.capture) return cudaSuccess;
    event->recording = std::make_shared<Recording>();
    event->recording->stream = own.weak_from_this();
    device.enqueue(own, [recording = event->recording] {
      recording->has_happened = true;
      recording->time = std::chrono::steady_clock::now();
      return cudaSuccess;
    });
    return cudaSuccess;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
  return call_in(stream, [&](Device& device, CUstream_st& own) {
    if (!device.events.contains(event)) return cudaErrorInvalidResourceHandle;
    if (flags != cudaEventWaitDefault) return cudaErrorInvalidValue;
    if (event->capture) return wait_for_captured(own, *event->capture);
    if (own.capture) {
      return event->recording ? cudaErrorStreamCaptureIsolation : cudaSuccess;
    }
    ++device.counts.stream_waits;
    if (!event->recording) return cudaSuccess;
    device.enqueue(own, [&device, recording = event->recording] {
      device.finish(*recording);
      return cudaSuccess;
    });
    return cudaSuccess;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return call([&](Device& device) {
    if (const cudaError_t allowed = allow_to_ask(device, event); allowed != cudaSuccess) {
      return allowed;
    }
    if (!is_pending(*event)) return cudaSuccess;
    device.finish(*event->recording);  // Whoever asks again and again is answered the second time.
    return cudaErrorNotReady;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call([&](Device& device) {
    if (const cudaError_t allowed = allow_to_ask(device, event); allowed != cudaSuccess) {
      return allowed;
    }
    ++device.counts.waits;
    if (is_pending(*event)) device.finish(*event->recording);
    return cudaSuccess;
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call([&](Device& device) {
    if (!device.events.contains(start) || !device.events.contains(end) || !start->has_timing ||
        !end->has_timing || !start->recording || !end->recording) {
      return cudaErrorInvalidResourceHandle;
    }
    if (is_pending(*start) || is_pending(*end)) return cudaErrorNotReady;
    const auto time = end->recording->time - start->recording->time;
    *milliseconds = std::chrono::duration<float, std::milli>(time).count();
    return cudaSuccess;
  });
}

// What has been recorded, and who waits for it, needs the event no longer.
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return call_to_release([&](Device& device) {
    return device.events.remove(event) ? cudaSuccess : cudaErrorInvalidResourceHandle;
  });
}
