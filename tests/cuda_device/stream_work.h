#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "tests/cuda_device/cuda_device.h"
#include "tests/cuda_device/include/cuda_runtime.h"

/// What streams have to do, what events remember of it, and what graphs are made of. Everything
/// here is used under the device's mutex.
namespace nextline::cuda_device {

/// Something that a stream has to do. An error stops the device.
using Work = std::function<cudaError_t()>;

/// Work that was asked for, but not counted by the names of kernels yet.
struct AskedWork {
  WorkCounts counts;
  std::map<const void*, std::uint64_t> launches;
};

/// What a call gives a stream to do: once, or with each launch of a graph.
struct Task {
  Work run;
  std::function<void(AskedWork&)> count;
};

/// What a capturing stream is given. The stream has it, and events that are recorded meanwhile.
struct Capture {
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;  ///< That has begun it.
  bool is_valid = true;
  bool is_over = false;
  std::vector<Task> tasks;

  /// Whether a call of this thread that no stream orders would have to be part of it.
  bool forbids_unordered_calls() const {
    return !is_over &&
           (mode == cudaStreamCaptureModeGlobal ||
            (mode == cudaStreamCaptureModeThreadLocal && thread == std::this_thread::get_id()));
  }
};

/// One call of cudaEventRecord: the place in a stream's work. The event forgets it when it is
/// recorded again, and who waits for it does not.
struct Recording {
  std::weak_ptr<CUstream_st> stream;
  bool has_happened = false;
  std::chrono::steady_clock::time_point time;
};

}  // namespace nextline::cuda_device

struct CUstream_st : std::enable_shared_from_this<CUstream_st> {
  /// Takes turns with the default stream, instead of ignoring it.
  bool is_blocking = true;
  std::deque<nextline::cuda_device::Work> work;
  std::shared_ptr<nextline::cuda_device::Capture> capture;  ///< Null outside of one.
};

/// At most one of recording and capture is there: where it was recorded last.
struct CUevent_st {
  bool has_timing = true;
  std::shared_ptr<nextline::cuda_device::Recording> recording;
  std::shared_ptr<nextline::cuda_device::Capture> capture;
};

struct CUgraph_st {
  std::shared_ptr<const std::vector<nextline::cuda_device::Task>> tasks;
};

struct CUgraphExec_st {
  std::shared_ptr<const std::vector<nextline::cuda_device::Task>> tasks;
};
