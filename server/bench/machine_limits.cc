#include "server/bench/machine_limits.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "engine/backend/cpu/aligned_memory.h"
#include "engine/backend/cpu/limit_kernels.h"
#include "engine/backend/cpu/thread_pool.h"
#include "server/bench/measuring.h"

namespace nextline::bench {
namespace {

/// Much more than any last-level cache holds.
constexpr std::uint64_t kBufferBytes = std::uint64_t{1} << 30U;
/// What is read at a time to find the best time: some milliseconds, so that some of them pass
/// without anybody else at work.
constexpr std::size_t kWindowBytes = std::size_t{1} << 27U;
constexpr std::size_t kTaskBytes = std::size_t{1} << 21U;
static_assert(kTaskBytes % cpu::LimitKernels::kReadStep == 0);

constexpr double kSecondsPerLimit = 0.8;
constexpr double kTaskSeconds = 0.0002;
constexpr std::uint32_t kTasksPerThread = 4;

/// The highest rate of `round`, which tells how much it did, in 10⁹ per second. A limit is a
/// maximum: what was slower was disturbed.
template <typename Round>
double highest_rate(Round round, const std::stop_token& stop) {
  double highest = 0;
  const Stopwatch total;
  while (total.seconds() < kSecondsPerLimit && !stop.stop_requested()) {
    const Stopwatch watch;
    const auto work = static_cast<double>(round());
    highest = std::max(highest, work / watch.seconds() / 1e9);
  }
  return highest;
}

class LimitMeter {
 public:
  LimitMeter(cpu::InstructionSet instruction_set, std::uint32_t threads)
      : kernels_(cpu::limit_kernels_of(instruction_set)), threads_(threads) {}

  /// Throws std::bad_alloc.
  double read_rate(std::uint64_t available_memory, const std::stop_token& stop) {
    const std::uint64_t window_count =
        std::max<std::uint64_t>(std::min(kBufferBytes, available_memory / 8) / kWindowBytes, 2);
    const cpu::AlignedMemory memory(window_count * kWindowBytes, cpu::Pages::kHuge);
    const std::span<std::uint8_t> buffer = memory.as<std::uint8_t>();
    // Pages that were never written are all one and the same page, which stays in the cache.
    for_each_task(buffer, [](std::span<std::uint8_t> bytes) {
      std::memset(bytes.data(), 0x55, bytes.size());
    });
    std::uint64_t window = 0;
    return highest_rate(
        [&] {
          for_each_task(buffer.subspan(window * kWindowBytes, kWindowBytes),
                        [this](std::span<std::uint8_t> bytes) {
                          result_ += kernels_.read(bytes.data(), bytes.size());
                        });
          window = (window + 1) % window_count;
          return kWindowBytes;
        },
        stop);
  }

  double multiply_rate(const std::stop_token& stop) {
    const std::uint32_t tiles = tiles_per_task();
    const std::uint32_t tasks = kTasksPerThread * threads_.thread_count();
    return highest_rate(
        [&] {
          threads_.run(tasks, [&](std::uint32_t, std::uint32_t) {
            result_ += kernels_.multiply_tiles(tiles);
          });
          return kernels_.tile_products * tiles * tasks;
        },
        stop);
  }

 private:
  template <typename Task>
  void for_each_task(std::span<std::uint8_t> bytes, Task task) {
    threads_.run(static_cast<std::uint32_t>(bytes.size() / kTaskBytes),
                 [&](std::uint32_t index, std::uint32_t) {
                   task(bytes.subspan(index * kTaskBytes, kTaskBytes));
                 });
  }

  std::uint32_t tiles_per_task() {
    for (std::uint32_t tiles = 1;; tiles *= 2) {
      const Stopwatch watch;
      result_ += kernels_.multiply_tiles(tiles);
      if (watch.seconds() > kTaskSeconds) return tiles;
    }
  }

  const cpu::LimitKernels& kernels_;
  cpu::ThreadPool threads_;
  std::atomic<std::int64_t> result_ = 0;  // Somebody has to want it.
};

}  // namespace

Result<MachineLimits> measure_machine(cpu::InstructionSet instruction_set, std::uint32_t threads,
                                      std::uint64_t available_memory, const std::stop_token& stop) {
  try {
    LimitMeter meter(instruction_set, threads);
    const MachineLimits limits{meter.read_rate(available_memory, stop), meter.multiply_rate(stop)};
    if (stop.stop_requested()) return interrupted();
    return limits;
  } catch (const std::bad_alloc&) {
    return failure("There is not enough memory to measure how fast it can be read.");
  }
}

}  // namespace nextline::bench
