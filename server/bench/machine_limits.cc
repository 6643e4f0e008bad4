#include "server/bench/machine_limits.h"

#include <algorithm>
#include <array>
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

constexpr double kSecondsPerLimit = 0.3;
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

class LimitMeter final : public MachineMeter {
 public:
  /// Throws std::bad_alloc.
  LimitMeter(cpu::InstructionSet instruction_set, std::uint32_t threads,
             std::uint64_t available_memory)
      : kernels_(cpu::limit_kernels_of(instruction_set)),
        threads_(threads),
        window_count_(std::max<std::uint64_t>(
            std::min(kBufferBytes, available_memory / 8) / kWindowBytes, 2)),
        memory_(window_count_ * kWindowBytes, cpu::Pages::kHuge) {
    // Pages that were never written are all one and the same page, which stays in the cache.
    for_each_task(memory_.as<std::uint8_t>(), [](std::span<std::uint8_t> bytes) {
      std::memset(bytes.data(), 0x55, bytes.size());
    });
  }

  void measure(const std::stop_token& stop) override {
    const std::array rates = {
        read_rate(stop),
        multiply_rate([this](std::uint32_t count) { result_ += kernels_.multiply_tiles(count); },
                      kernels_.tile_products, stop),
        multiply_rate(
            [this](std::uint32_t count) {
              result_ += static_cast<std::int64_t>(kernels_.accumulate_blocks(count));
            },
            kernels_.block_products, stop)};
    for (std::size_t i = 0; i < rates.size(); ++i) highest_[i] = std::max(highest_[i], rates[i]);
  }

  MachineLimits limits() const override { return {highest_[0], highest_[1], highest_[2]}; }

 private:
  double read_rate(const std::stop_token& stop) {
    return highest_rate(
        [this] {
          const auto buffer = memory_.as<std::uint8_t>();
          for_each_task(buffer.subspan(window_ * kWindowBytes, kWindowBytes),
                        [this](std::span<std::uint8_t> bytes) {
                          result_ += kernels_.read(bytes.data(), bytes.size());
                        });
          window_ = (window_ + 1) % window_count_;
          return kWindowBytes;
        },
        stop);
  }

  /// `multiply(count)` does `count` times `products` multiply-accumulates.
  template <typename Multiply>
  double multiply_rate(Multiply multiply, std::uint64_t products, const std::stop_token& stop) {
    const std::uint32_t count = count_per_task(multiply);
    const std::uint32_t tasks = kTasksPerThread * threads_.thread_count();
    return highest_rate(
        [&] {
          threads_.run(tasks, [&](std::uint32_t, std::uint32_t) { multiply(count); });
          return products * count * tasks;
        },
        stop);
  }

  template <typename Task>
  void for_each_task(std::span<std::uint8_t> bytes, Task task) {
    threads_.run(static_cast<std::uint32_t>(bytes.size() / kTaskBytes),
                 [&](std::uint32_t index, std::uint32_t) {
                   task(bytes.subspan(index * kTaskBytes, kTaskBytes));
                 });
  }

  template <typename Multiply>
  static std::uint32_t count_per_task(Multiply multiply) {
    for (std::uint32_t count = 1;; count *= 2) {
      const Stopwatch watch;
      multiply(count);
      if (watch.seconds() > kTaskSeconds) return count;
    }
  }

  const cpu::LimitKernels& kernels_;
  cpu::ThreadPool threads_;
  std::uint64_t window_count_;
  cpu::AlignedMemory memory_;
  std::uint64_t window_ = 0;              // To be read next.
  std::array<double, 3> highest_{};       // Read bytes, multiplied bytes, multiplied floats.
  std::atomic<std::int64_t> result_ = 0;  // Somebody has to want it.
};

}  // namespace

Result<std::unique_ptr<MachineMeter>> MachineMeter::create(cpu::InstructionSet instruction_set,
                                                           std::uint32_t threads,
                                                           std::uint64_t available_memory) {
  try {
    return std::make_unique<LimitMeter>(instruction_set, threads, available_memory);
  } catch (const std::bad_alloc&) {
    return failure("There is not enough memory to measure how fast it can be read.");
  }
}

}  // namespace nextline::bench
