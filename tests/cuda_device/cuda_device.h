#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// A CUDA device in plain C++: the backend's sources, compiled as ordinary C++ against the headers
/// in include/, run on this processor. This is what a test can make the device do, and see of it.
///
/// The device is one for the whole process, as it is with CUDA. Any thread may call the runtime;
/// kernels run one at a time, on the thread that has to wait for them.
///
/// A broken kernel (threads that wait for each other in vain, a host pointer as an argument) is
/// reported on standard error and leaves the device in the state in which the real runtime leaves
/// it: every call fails with cudaErrorLaunchFailure or cudaErrorIllegalAddress until the context is
/// destroyed (cudaDeviceReset), or until `reset`. A test may so see what the backend makes of it,
/// and no failure goes by unseen. Failures can also be asked for, at any call (`Settings::fault`).
namespace nextline::cuda_device {

/// Which of the threads that could run goes first. Correct kernels give the same results in each.
enum class ThreadOrder : std::uint8_t { kAscending, kDescending, kRandom };

/// When the work of streams is done: all are possible on a real device, and others between them.
enum class Progress : std::uint8_t {
  /// When somebody waits for it, and no more than that needs. Shows results read and memory reused
  /// too early, by the host or by a stream that did not wait for another.
  kLate,
  kEarly,  ///< During the call that asks for it.
  /// During each call some of what some streams have to do, as the seed has it. Shows streams that
  /// did not wait for one which may be behind as well as ahead of them.
  kRandom,
};

enum class Presence : std::uint8_t {
  kPresent,
  kNoDevice,  ///< A driver, but nothing for it to drive.
  kNoDriver,
};

/// A place in the program that calls the runtime or cuBLAS.
struct CallSite {
  std::string_view function;     ///< "cudaMalloc", "cudaLaunchKernelEx", "cublasGemmEx".
  const void* kernel = nullptr;  ///< What is launched, if it is a launch.
  /// Where the function returns to, where that one does, and so on: calls of a wrapper from two
  /// places are two sites. Addresses of this process.
  std::array<const void*, 3> callers{};

  auto operator<=>(const CallSite&) const = default;
};

/// In words, for whoever reads of a failed test: the function and who called it.
std::string description(const CallSite& site);

enum class FaultKind : std::uint8_t {
  kOutOfMemory,    ///< cudaErrorMemoryAllocation, CUBLAS_STATUS_ALLOC_FAILED.
  kRefused,        ///< cudaErrorNotSupported, CUBLAS_STATUS_NOT_SUPPORTED.
  kLaunchFailure,  ///< cudaErrorLaunchFailure, CUBLAS_STATUS_EXECUTION_FAILED.
  kLostDevice,     ///< cudaErrorUnknown, CUBLAS_STATUS_INTERNAL_ERROR.
};

/// A call that fails. It does nothing then, unless it takes something back: that is done, as of the
/// runtime, whose calls also tell of what has failed before. A launch failure or a lost device
/// stops the device: what its streams had to do is not done any more, and every call fails until
/// the context is destroyed, or until `reset`. After the other kinds the next call may succeed.
struct Fault {
  CallSite site;
  std::uint64_t occurrence = 1;  ///< Counted as `calls` does.
  FaultKind kind = FaultKind::kOutOfMemory;
};

struct Settings {
  ThreadOrder thread_order = ThreadOrder::kAscending;
  std::uint64_t seed = 1;  ///< For the random orders.
  Progress progress = Progress::kLate;
  Presence presence = Presence::kPresent;
  /// What all programs but this one leave it. May be less than is in use: none is free then.
  std::size_t memory_bytes = std::size_t{8} << 30;
  int major = 9;  ///< Of the compute capability.
  int minor = 0;
  /// Called by each launch of a kernel or of a graph; must not use the device.
  std::function<void()> on_launch = {};
  std::size_t pinned_memory_bytes = std::numeric_limits<std::size_t>::max();
  std::optional<Fault> fault = {};
};

Settings settings();
/// Finishes what streams have to do, then goes on with these.
void set(const Settings& settings);

/// What streams were given to do.
struct WorkCounts {
  std::uint64_t launches = 0;                               ///< Of kernels.
  std::map<std::string, std::uint64_t> launches_by_kernel;  ///< By names as a debugger shows them.
  std::uint64_t multiplications = 0;                        ///< Of matrices, by cuBLAS.
  std::uint64_t copies_to_device = 0;
  std::uint64_t bytes_to_device = 0;
  std::uint64_t copies_to_host = 0;
  std::uint64_t bytes_to_host = 0;
  std::uint64_t copies_within_device = 0;
  std::uint64_t bytes_within_device = 0;
  std::uint64_t fills = 0;  ///< cudaMemsetAsync.
  std::uint64_t filled_bytes = 0;
};

/// What was asked of the device since the last `reset_counts`; of the work what was asked for one
/// by one. What is captured counts when its graph is launched.
struct DeviceCounts : WorkCounts {
  std::uint64_t graph_launches = 0;
  WorkCounts by_graphs;  ///< What the graphs did that were launched.
  std::uint64_t captures = 0;
  std::uint64_t instantiations = 0;  ///< Of graphs.
  std::uint64_t allocations = 0;     ///< Of device memory.
  std::uint64_t allocated_bytes = 0;
  std::uint64_t host_allocations = 0;  ///< Of pinned memory.
  std::uint64_t waits = 0;             ///< Of the host, for a stream or an event.
  std::uint64_t stream_waits = 0;      ///< Of a stream, for an event.
};

DeviceCounts counts();
void reset_counts();

/// How often each site was called since the last `reset_counts`. Not counted are calls that cannot
/// fail, for names, sentences, versions and the last error.
std::map<CallSite, std::uint64_t> calls();

/// Whether the device has a context: it costs memory that no allocation shows.
bool has_context();

/// What was made and not yet taken back.
struct HandlesInUse {
  std::size_t streams = 0;
  std::size_t events = 0;
  std::size_t graphs = 0;
  std::size_t executable_graphs = 0;
  std::size_t blas_handles = 0;

  bool operator==(const HandlesInUse&) const = default;
};

HandlesInUse handles_in_use();

/// Bytes of device memory in use now; pinned ones apart.
std::size_t bytes_in_use();
std::size_t pinned_bytes_in_use();

/// The report of the broken kernel that stopped the device: kernel, block, places. Empty if none
/// did, as after a failure that was asked for.
std::string failure_report();

/// What has not run is forgotten, captures end, and the failure is forgotten too; memory and
/// streams stay.
void reset();

}  // namespace nextline::cuda_device
