#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/cuda_device/api_call.h"
#include "tests/cuda_device/cuda_device.h"
#include "tests/cuda_device/handle_table.h"
#include "tests/cuda_device/include/cuda_runtime.h"
#include "tests/cuda_device/memory_table.h"
#include "tests/cuda_device/stream_work.h"
#include "tests/cuda_device/thread_block.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
};

namespace nextline::cuda_device {

/// What the functions of the runtime work on. Whoever uses it holds its mutex; the helpers in
/// call.h do that.
class Device {
 public:
  /// The one of this process.
  static Device& get();

  std::mutex mutex;
  Settings settings;
  DeviceCounts counts;  ///< All but those of work.
  AskedWork asked;
  AskedWork asked_by_graphs;
  std::map<CallSite, std::uint64_t> calls;
  MemoryTable memory;
  MemoryTable pinned_memory;
  ThreadBlock block;
  /// The most dynamic shared memory that a kernel may ask for, where that has been raised.
  std::map<const void*, std::size_t> shared_limits;
  HandleTable<CUevent_st> events;
  HandleTable<CUgraph_st> graphs;
  HandleTable<CUgraphExec_st> executable_graphs;
  HandleTable<cublasContext> blas_handles;

  /// Goes on with other settings, once all that was asked for is done.
  void set(const Settings& settings);

  /// Why every call fails, if so.
  cudaError_t state() const;
  /// Counts a call; says whether it is the one that is to fail, and stops the device if that is to
  /// be.
  std::optional<FaultKind> note(const ApiCall& call);
  /// Stops the device; says why on standard error.
  void stop(cudaError_t error, std::string report);
  const std::string& failure_report() const { return failure_report_; }
  void reset();

  bool has_context() const { return has_context_; }
  void need_context() { has_context_ = true; }
  void destroy_context();

  /// The stream itself, or the default one for none; null if there is no such stream.
  CUstream_st* find(cudaStream_t stream);
  CUstream_st* add_stream(bool is_blocking);
  void remove(CUstream_st* stream);
  std::size_t stream_count() const { return streams_.size(); }

  /// Whether the stream may be given something now, or be waited for.
  cudaError_t is_usable(const CUstream_st& stream);
  /// Whether this thread may make calls that are in no stream's order: allocations, and waits of
  /// the host. Captures that they would have to be part of are invalid from now on.
  cudaError_t allow_unordered_call();

  /// To be done in the stream's order, or to be captured if the stream is capturing.
  void submit(CUstream_st& stream, Task task);
  /// To be done in any case.
  void enqueue(CUstream_st& stream, Work work);
  /// Does all that the stream has to do.
  void finish(CUstream_st& stream);
  /// Does what has to be done before it has happened.
  void finish(const Recording& recording);
  void finish_all();

 private:
  void do_first(CUstream_st& stream);
  void do_some();

  const std::shared_ptr<CUstream_st> default_stream_ = std::make_shared<CUstream_st>();
  std::vector<std::shared_ptr<CUstream_st>> streams_;  // In the order in which they were made.
  std::uint64_t random_ = 1;
  bool has_context_ = false;
  cudaError_t failure_ = cudaSuccess;
  std::string failure_report_;
};

}  // namespace nextline::cuda_device
