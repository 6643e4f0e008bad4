// Measures the CUDA backend on models of real sizes with random weights, beside what the device can
// do at most, and prints a table.
//
//   gpu_bench [--device N] [--seconds S] [MODEL...]      --seconds: begin nothing more after so
//   many
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/cuda/cuda_library.h"
#include "server/bench/model_work.h"
#include "tests/gpu/bench_sequence.h"
#include "tests/gpu/device_limits.h"
#include "tests/gpu/model_shapes.h"
#include "tests/gpu/value_or_exit.h"
#include "tests/support/engine_fixture.h"

namespace nextline::test {
namespace {

using bench::ModelWork;
using bench::Rows;

constexpr std::uint32_t kRepetitions = 5;
constexpr std::uint32_t kFewRepetitions = 3;  // Of what takes long.
constexpr std::uint32_t kMostTokens = 16384;
constexpr std::uint32_t kLineTokens = 12;
constexpr std::uint32_t kVerifyContext = 2048;

constexpr std::array<std::string_view, 4> kUsualModels = {
    "qwen2.5-coder-0.5b", "deepseek-coder-1.3b", "deepseek-coder-6.7b", "qwen2.5-coder-7b"};

struct Arguments {
  std::uint32_t device = 0;
  double seconds = 240;
  std::vector<std::string_view> models;
};

class Deadline {
 public:
  explicit Deadline(double seconds)
      : end_(std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds)) {}
  bool has_passed() const { return std::chrono::steady_clock::now() > end_; }

 private:
  std::chrono::time_point<std::chrono::steady_clock, std::chrono::duration<double>> end_;
};

double median(std::vector<double> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::ranges::nth_element(samples, middle);
  return *middle;
}

/// The median time of a case that is repeated behind a first one, which warms up.
double median_seconds(std::uint32_t repetitions, const std::function<double()>& measure) {
  measure();
  std::vector<double> seconds;
  for (std::uint32_t i = 0; i < repetitions; ++i) seconds.push_back(measure());
  return median(std::move(seconds));
}

/// Measures one model, and prints a row per figure as it comes.
class ModelBench {
 public:
  ModelBench(std::string_view name, Backend& backend, const DeviceLimits& limits,
             const Deadline& deadline)
      : name_(name),
        limits_(limits),
        deadline_(deadline),
        sequence_(backend, std::min(kMostTokens, backend.model().hyperparameters().context_length)),
        work_(bench::work_of(backend.model(), sequence_.slot_bytes())) {}

  void run() {
    for (const std::uint32_t length : {512U, 2048U}) measure_prefill(length);
    sequence_.prefill(128);
    measure_decode("128 tokens", 128);
    sequence_.prefill(kVerifyContext);
    measure_verify();
    for (const std::uint32_t length : {1024U, 4096U, 8192U, 16384U}) {
      if (length <= sequence_.most_tokens()) measure_edit(length);
    }
  }

 private:
  void measure_prefill(std::uint32_t length) {
    if (deadline_.has_passed()) return;
    const double seconds =
        median_seconds(kFewRepetitions, [&] { return sequence_.prefill(length); });
    print("prefill", fmt::format("{} tokens", length), seconds, {0, length, 1});
  }

  void measure_decode(const std::string& subject, std::uint32_t before) {
    if (deadline_.has_passed()) return;
    const double seconds = median_seconds(kRepetitions, [&] { return sequence_.try_rows(1); });
    print("decode", subject, seconds, {before, 1, 1});
  }

  void measure_verify() {
    for (const std::uint32_t rows : {1U, 2U, 4U, 8U, 16U, 32U}) {
      if (deadline_.has_passed()) return;
      const double seconds = median_seconds(kRepetitions, [&] { return sequence_.try_rows(rows); });
      print("verify", fmt::format("{} rows behind {}", rows, kVerifyContext), seconds,
            {kVerifyContext, rows, rows});
    }
  }

  void measure_edit(std::uint32_t length) {
    if (deadline_.has_passed()) return;
    const double full = sequence_.prefill(length);
    print("prefill", fmt::format("{} tokens, once", length), full, {0, length, 1});
    if (length == 8192) measure_decode("8192 tokens", length);
    std::vector<double> splices;
    const double seconds = median_seconds(kRepetitions, [&] {
      const PassTime time = sequence_.insert(length / 4, kLineTokens);
      splices.push_back(time.splice_seconds);
      return time.seconds;
    });
    const std::string remark = fmt::format("splice {:.0f} us, {:.2f} % of a full prefill",
                                           1e6 * median(splices), 100 * seconds / full);
    print("edit", fmt::format("a line in {} tokens", length), seconds,
          {length - 1, kLineTokens + 1, 1}, remark);
  }

  void print(std::string_view bench, const std::string& subject, double seconds, const Rows& rows,
             const std::string& remark = {}) {
    const double gb_per_s = static_cast<double>(work_.bytes(rows)) / seconds / 1e9;
    const auto products =
        static_cast<double>(work_.matrix_products(rows) + work_.attention_products(rows));
    const double tflop_per_s = 2 * products / seconds / 1e12;
    fmt::print(
        "{:<20} {:<8} {:<22} {:>10.3f} {:>11.0f} {:>8.0f} {:>5.1f} % {:>8.2f} {:>5.1f} %  {}\n",
        name_, bench, subject, 1e3 * seconds, static_cast<double>(rows.count) / seconds, gb_per_s,
        100 * gb_per_s / limits_.read_gb_per_s, tflop_per_s,
        100 * tflop_per_s / limits_.half_tflop_per_s, remark);
    std::fflush(stdout);
  }

  std::string name_;
  const DeviceLimits& limits_;
  const Deadline& deadline_;
  BenchSequence sequence_;
  ModelWork work_;
};

void print_heading(const DeviceLimits& limits) {
  fmt::print(
      "{}: reads {:.0f} GB/s, copies {:.0f} GB/s (both ways counted), multiplies halves at "
      "{:.0f} TFLOP/s\n\n",
      limits.name, limits.read_gb_per_s, limits.copy_gb_per_s, limits.half_tflop_per_s);
  fmt::print("{:<20} {:<8} {:<22} {:>10} {:>11} {:>8} {:>7} {:>8} {:>7}\n", "model", "bench",
             "case", "ms", "rows/s", "GB/s", "", "TFLOP/s", "");
}

/// Fails with the sentence of a wrong argument.
Result<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--device" && i + 1 < argc) {
      arguments.device = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (word == "--seconds" && i + 1 < argc) {
      arguments.seconds = std::strtod(argv[++i], nullptr);
    } else if (std::ranges::find(model_shapes(), word, &ModelShape::name) != model_shapes().end()) {
      arguments.models.push_back(word);
    } else {
      return failure(fmt::format("There is no model or option '{}'.", word));
    }
  }
  if (arguments.models.empty()) arguments.models.assign(kUsualModels.begin(), kUsualModels.end());
  return arguments;
}

void measure(const ModelShape& shape, const cuda::Library& library, const Arguments& arguments,
             const DeviceLimits& limits, const Deadline& deadline) {
  const auto begin = std::chrono::steady_clock::now();
  const TestModel model(random_model_of(shape));
  const auto made = std::chrono::steady_clock::now();
  const auto backend = value_or_exit(library.create_backend(*model, {.device = arguments.device}));
  const auto loaded = std::chrono::steady_clock::now();
  using Seconds = std::chrono::duration<double>;
  fmt::print("{:<20} {:.1f} GB made in {:.1f} s and loaded in {:.1f} s: {}\n", shape.name,
             static_cast<double>(model->file().size_bytes()) / 1e9, Seconds(made - begin).count(),
             Seconds(loaded - made).count(), backend->description());
  ModelBench(shape.name, *backend, limits, deadline).run();
}

int run(int argc, char** argv) {
  const Arguments arguments = value_or_exit(parse(argc, argv));
  const auto library = value_or_exit(cuda::Library::find());
  if (!library) {
    std::fputs("gpu_bench: libnextline_cuda.so is not beside this program.\n", stderr);
    return 1;
  }
  const Deadline deadline(arguments.seconds);
  const DeviceLimits limits = measure_device_limits(arguments.device);
  print_heading(limits);
  for (const ModelShape& shape : model_shapes()) {
    const bool is_wanted =
        std::ranges::find(arguments.models, shape.name) != arguments.models.end();
    if (is_wanted && !deadline.has_passed()) {
      measure(shape, *library, arguments, limits, deadline);
    }
  }
  if (deadline.has_passed()) fmt::print("The time was up before everything was measured.\n");
  return 0;
}

}  // namespace
}  // namespace nextline::test

int main(int argc, char** argv) { return nextline::test::run(argc, argv); }
