// The streams of the device: who does what when.
#include <algorithm>
#include <utility>

#include "tests/cuda_device/device.h"

namespace nextline::cuda_device {

CUstream_st* Device::find(cudaStream_t stream) {
  if (stream == nullptr) return default_stream_.get();
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& own) { return own.get() == stream; });
  return found == streams_.end() ? nullptr : found->get();
}

CUstream_st* Device::add_stream(bool is_blocking) {
  streams_.push_back(std::make_shared<CUstream_st>());
  streams_.back()->is_blocking = is_blocking;
  return streams_.back().get();
}

void Device::remove(CUstream_st* stream) {
  finish(*stream);
  if (stream->capture) stream->capture->is_over = true;
  std::erase_if(streams_, [&](const auto& own) { return own.get() == stream; });
}

cudaError_t Device::is_usable(const CUstream_st& stream) {
  if (stream.capture && !stream.capture->is_valid) return cudaErrorStreamCaptureInvalidated;
  if (&stream != default_stream_.get()) return cudaSuccess;
  // The default stream would have to take its turn with work that is not there.
  bool is_usable = true;
  for (const auto& other : streams_) {
    if (!other->is_blocking || !other->capture) continue;
    other->capture->is_valid = false;
    is_usable = false;
  }
  return is_usable ? cudaSuccess : cudaErrorStreamCaptureImplicit;
}

cudaError_t Device::allow_unordered_call() {
  bool is_allowed = true;
  for (const auto& stream : streams_) {
    if (!stream->capture || !stream->capture->forbids_unordered_calls()) continue;
    stream->capture->is_valid = false;
    is_allowed = false;
  }
  return is_allowed ? cudaSuccess : cudaErrorStreamCaptureUnsupported;
}

void Device::submit(CUstream_st& stream, Task task) {
  if (stream.capture) {
    stream.capture->tasks.push_back(std::move(task));
    return;
  }
  task.count(asked);
  enqueue(stream, std::move(task.run));
}

void Device::enqueue(CUstream_st& stream, Work work) {
  // The default stream waits for the blocking ones and they for it, so that what one of the two
  // has to do comes before what the other is given now.
  if (&stream == default_stream_.get()) {
    for (const auto& other : streams_) {
      if (other->is_blocking) finish(*other);
    }
  } else if (stream.is_blocking) {
    finish(*default_stream_);
  }
  stream.work.push_back(std::move(work));
  if (settings.progress == Progress::kEarly) finish(stream);
  if (settings.progress == Progress::kRandom) do_some();
}

void Device::do_first(CUstream_st& stream) {
  const Work work = std::move(stream.work.front());
  stream.work.pop_front();
  if (failure_ != cudaSuccess) return;
  const cudaError_t error = work();
  if (error != cudaSuccess && failure_ == cudaSuccess) failure_ = error;
}

// As much as one piece of work for each stream in the long run: each is behind now and then, and
// catches up.
void Device::do_some() {
  const auto do_some_of = [&](CUstream_st& stream) {
    while (!stream.work.empty()) {
      random_ ^= random_ << 13;  // Marsaglia, "Xorshift RNGs".
      random_ ^= random_ >> 7;
      random_ ^= random_ << 17;
      if ((random_ >> 40 & 1) == 0) return;
      do_first(stream);
    }
  };
  do_some_of(*default_stream_);
  for (const auto& stream : streams_) do_some_of(*stream);
}

void Device::finish(CUstream_st& stream) {
  while (!stream.work.empty()) do_first(stream);
}

// Nobody waits for himself: whatever the work of a stream waits for was recorded before it was
// asked for, and what that waits for still earlier.
void Device::finish(const Recording& recording) {
  while (!recording.has_happened) {
    const std::shared_ptr<CUstream_st> stream = recording.stream.lock();
    if (stream == nullptr || stream->work.empty()) return;  // The device has failed.
    do_first(*stream);
  }
}

void Device::finish_all() {
  finish(*default_stream_);
  for (const auto& stream : streams_) finish(*stream);
}

}  // namespace nextline::cuda_device
