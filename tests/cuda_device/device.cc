#include "tests/cuda_device/device.h"

#include <algorithm>
#include <cstdio>

namespace nextline::cuda_device {

Device& Device::get() {
  static Device device;
  return device;
}

cudaError_t& last_error() {
  static thread_local cudaError_t error = cudaSuccess;
  return error;
}

cudaError_t Device::state() const {
  if (settings.presence == Presence::kNoDriver) return cudaErrorInsufficientDriver;
  if (settings.presence == Presence::kNoDevice) return cudaErrorNoDevice;
  return failure_;
}

void Device::stop(cudaError_t error, std::string report) {
  std::fprintf(stderr, "The emulated CUDA device stopped: %s.\n", report.c_str());
  failure_ = error;
  failure_report_ = std::move(report);
}

void Device::reset() {
  default_stream_.work.clear();
  for (const auto& stream : streams_) stream->work.clear();
  for (CUevent_st* event : events) event->reached = event->recordings;
  failure_ = cudaSuccess;
  failure_report_.clear();
  last_error() = cudaSuccess;
}

CUstream_st* Device::find(cudaStream_t stream) {
  if (stream == nullptr) return &default_stream_;
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& own) { return own.get() == stream; });
  return found == streams_.end() ? nullptr : found->get();
}

CUstream_st* Device::add_stream(bool is_blocking) {
  auto stream = std::make_unique<CUstream_st>();
  stream->is_blocking = is_blocking;
  return streams_.insert(std::move(stream)).first->get();
}

void Device::remove(CUstream_st* stream) {
  finish(*stream);
  for (CUevent_st* event : events) {
    if (event->stream == stream) event->stream = nullptr;
  }
  std::erase_if(streams_, [&](const auto& own) { return own.get() == stream; });
}

void Device::submit(CUstream_st& stream, Work work) {
  // The default stream waits for the blocking ones and they for it, so that what one of the two
  // has to do comes before what the other is given now.
  if (&stream == &default_stream_) {
    for (const auto& other : streams_) {
      if (other->is_blocking) finish(*other);
    }
  } else if (stream.is_blocking) {
    finish(default_stream_);
  }
  stream.work.push_back(std::move(work));
  if (settings.progress == Progress::kEarly) finish(stream);
}

void Device::do_first(CUstream_st& stream) {
  const Work work = std::move(stream.work.front());
  stream.work.pop_front();
  if (failure_ != cudaSuccess) return;
  const cudaError_t error = work();
  if (error != cudaSuccess && failure_ == cudaSuccess) failure_ = error;
}

void Device::finish(CUstream_st& stream) {
  while (!stream.work.empty()) do_first(stream);
}

void Device::finish(CUevent_st& event) {
  while (event.stream != nullptr && event.reached < event.recordings &&
         !event.stream->work.empty()) {
    do_first(*event.stream);
  }
}

void Device::finish_all() {
  finish(default_stream_);
  for (const auto& stream : streams_) finish(*stream);
}

}  // namespace nextline::cuda_device
