#include "tests/cuda_device/device.h"

#include <cstdio>

#include "tests/cuda_device/call.h"

namespace nextline::cuda_device {

Device& Device::get() {
  static Device device;
  return device;
}

cudaError_t& last_error() {
  static thread_local cudaError_t error = cudaSuccess;
  return error;
}

cudaError_t error_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kOutOfMemory:
      return cudaErrorMemoryAllocation;
    case FaultKind::kRefused:
      return cudaErrorNotSupported;
    case FaultKind::kLaunchFailure:
      return cudaErrorLaunchFailure;
    case FaultKind::kLostDevice:
      break;
  }
  return cudaErrorUnknown;
}

void Device::set(const Settings& changed) {
  finish_all();
  settings = changed;
  random_ = settings.seed * 2 + 1;
}

cudaError_t Device::state() const {
  if (settings.presence == Presence::kNoDriver) return cudaErrorInsufficientDriver;
  if (settings.presence == Presence::kNoDevice) return cudaErrorNoDevice;
  return failure_;
}

std::optional<FaultKind> Device::note(const ApiCall& call) {
  const CallSite site = site_of(call);
  const std::uint64_t occurrence = ++calls[site];
  const std::optional<Fault>& fault = settings.fault;
  if (!fault || occurrence != fault->occurrence || site != fault->site) return std::nullopt;
  if (state() != cudaSuccess) return std::nullopt;
  if (fault->kind == FaultKind::kLaunchFailure || fault->kind == FaultKind::kLostDevice) {
    failure_ = error_of(fault->kind);
  }
  return fault->kind;
}

void Device::stop(cudaError_t error, std::string report) {
  std::fprintf(stderr, "The emulated CUDA device stopped: %s.\n", report.c_str());
  failure_ = error;
  failure_report_ = std::move(report);
}

void Device::reset() {
  default_stream_->work.clear();
  for (const auto& stream : streams_) {
    stream->work.clear();
    if (stream->capture) stream->capture->is_over = true;
    stream->capture = nullptr;
  }
  events.for_each([](CUevent_st& event) { event.recording = nullptr; });
  failure_ = cudaSuccess;
  failure_report_.clear();
  last_error() = cudaSuccess;
}

void Device::destroy_context() {
  default_stream_->work.clear();
  streams_.clear();
  events.clear();
  graphs.clear();
  executable_graphs.clear();
  blas_handles.clear();
  shared_limits.clear();
  memory.clear();
  pinned_memory.clear();
  failure_ = cudaSuccess;
  failure_report_.clear();
  has_context_ = false;
}

}  // namespace nextline::cuda_device
