#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

/// A CUDA device in plain C++: the backend's sources, compiled as ordinary C++ against the headers
/// in include/, run on this processor. This is what a test can make the device do, and see of it.
///
/// The device is one for the whole process, as it is with CUDA. Any thread may call the runtime;
/// kernels run one at a time, on the thread that has to wait for them.
///
/// A broken kernel (threads that wait for each other in vain, a host pointer as an argument) is
/// reported on standard error and leaves the device in the state in which the real runtime leaves
/// it: every call fails with cudaErrorLaunchFailure or cudaErrorIllegalAddress until `reset`. A
/// test may so see what the backend makes of it, and no failure goes by unseen.
namespace nextline::cuda_device {

/// Which of the threads that could run goes first. Correct kernels give the same results in each.
enum class ThreadOrder : std::uint8_t { kAscending, kDescending, kRandom };

/// When the work of streams is done: both are possible on a real device, and others between them.
enum class Progress : std::uint8_t {
  kLate,   ///< When somebody waits for it. Shows results read and memory reused too early.
  kEarly,  ///< During the call that asks for it.
};

enum class Presence : std::uint8_t {
  kPresent,
  kNoDevice,  ///< A driver, but nothing for it to drive.
  kNoDriver,
};

struct Settings {
  ThreadOrder thread_order = ThreadOrder::kAscending;
  std::uint64_t seed = 1;  ///< For the random order.
  Progress progress = Progress::kLate;
  Presence presence = Presence::kPresent;
  std::size_t memory_bytes = std::size_t{8} << 30;
  int major = 9;  ///< Of the compute capability.
  int minor = 0;
  /// Called by each launch of a kernel; must not use the device.
  std::function<void()> on_launch = {};
};

Settings settings();
/// Finishes what streams have to do, then goes on with these.
void set(const Settings& settings);

/// What was asked of the device since the last `reset_counts`.
struct DeviceCounts {
  std::uint64_t launches = 0;
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
  std::uint64_t allocations = 0;  ///< Of device memory.
  std::uint64_t allocated_bytes = 0;
  std::uint64_t host_allocations = 0;  ///< Of pinned memory.
  std::uint64_t waits = 0;             ///< Of the host, for a stream or an event.
};

DeviceCounts counts();
void reset_counts();

/// Bytes of device memory in use now; pinned ones apart.
std::size_t bytes_in_use();
std::size_t pinned_bytes_in_use();

/// The report of the broken kernel that stopped the device: kernel, block, places. Empty if none
/// did.
std::string failure_report();

/// What has not run is forgotten, and the failure too; memory and streams stay.
void reset();

}  // namespace nextline::cuda_device
