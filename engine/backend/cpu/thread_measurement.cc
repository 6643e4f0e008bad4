#include "engine/backend/cpu/thread_measurement.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>
#include <span>
#include <utility>

#include "engine/backend/cpu/multiplier.h"
#include "engine/backend/cpu/thread_pool.h"

namespace nextline::cpu {
namespace {

using Clock = std::chrono::steady_clock;

/// For all candidates together.
constexpr std::chrono::milliseconds kBudget(100);
/// Of each candidate: one round may have been disturbed; after some more nothing is gained.
constexpr int kFewestRounds = 2;
constexpr int kMostRounds = 5;

/// Weights of the sample of a pass of many rows, which computes, so that caches do not matter: some
/// milliseconds of one thread.
constexpr double kPassWeights = 6e6;

/// Bytes of the sample of a decoded token, which reads: so many that a round finds none of the last
/// one's in the cache.
double token_sample_bytes() {
#if defined(_SC_LEVEL3_CACHE_SIZE)
  const auto cache = static_cast<double>(::sysconf(_SC_LEVEL3_CACHE_SIZE));
#else
  const double cache = 0;
#endif
  return std::clamp(2 * cache, 32e6, 256e6);
}

/// Processor time of all threads of the process.
double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Products of one input, as a pass computes them at a time.
using Group = std::vector<const PackedMatrix*>;

std::vector<Group> groups_of(const LayerWeights& layer) {
  return {{&layer.query, &layer.key, &layer.value},
          {&layer.attention_output},
          {&layer.gate, &layer.up},
          {&layer.down}};
}

std::size_t bytes_of(const LayerWeights& layer) {
  std::size_t bytes = 0;
  for (const Group& group : groups_of(layer)) {
    for (const PackedMatrix* matrix : group) bytes += matrix->bytes();
  }
  return bytes;
}

double weights_of(const LayerWeights& layer) {
  double weights = 0;
  for (const Group& group : groups_of(layer)) {
    for (const PackedMatrix* matrix : group) {
      weights += static_cast<double>(matrix->view().rows) * matrix->view().columns;
    }
  }
  return weights;
}

/// A part of a pass, of which it is to be representative: jobs of some panels each.
class Sample {
 public:
  Sample(const Kernels& kernels, InputPrecision precision, std::uint32_t rows)
      : kernels_(kernels), precision_(precision), rows_(rows) {}

  /// Adds a job with this part of each matrix's panels.
  void add(const Group& group, double part) {
    Job job{group.front()->view().columns, 0, {}, Clock::duration::max()};
    for (const PackedMatrix* matrix : group) {
      const std::uint32_t all = matrix->panel_count();
      const auto panels = std::clamp(static_cast<std::uint32_t>(part * all), 1U, all);
      job.pieces.push_back({&matrix->view(), panels, job.outputs});
      job.outputs += matrix->view().rows;
      bytes_ += static_cast<double>(panels) / all * static_cast<double>(matrix->bytes());
      weights_ += static_cast<double>(panels) * kPanelRows * matrix->view().columns;
    }
    prepare_input(job.columns);
    outputs_.resize(std::max(outputs_.size(), std::size_t{rows_} * job.outputs));
    jobs_.push_back(std::move(job));
  }

  double bytes() const { return bytes_; }
  double weights() const { return weights_; }

  /// Computes it all once. Of each job the shortest time since `forget` is kept: a job is over
  /// before the system has another process run, mostly, and a whole round is not.
  void compute(Multiplier& multiplier) {
    for (Job& job : jobs_) {
      std::vector<Product> products;
      for (const Piece& piece : job.pieces) {
        products.push_back({piece.matrix,
                            piece.panel_count,
                            {outputs_.data() + piece.first_output, job.outputs, nullptr, 0}});
      }
      const ActivationView input = inputs_.at(job.columns).view(precision_);
      const auto start = Clock::now();
      multiplier.run(input, products);
      job.shortest = std::min(job.shortest, Clock::now() - start);
    }
  }
  void forget() {
    for (Job& job : jobs_) job.shortest = Clock::duration::max();
  }
  double seconds() const {
    double seconds = 0;
    for (const Job& job : jobs_) seconds += std::chrono::duration<double>(job.shortest).count();
    return seconds;
  }

 private:
  struct Piece {
    const PackedMatrixView* matrix;
    std::uint32_t panel_count;
    std::size_t first_output;
  };
  struct Job {
    std::uint32_t columns;
    std::size_t outputs;  // Of a row.
    std::vector<Piece> pieces;
    Clock::duration shortest;
  };

  /// Some values of everyday size; which, does not matter.
  void prepare_input(std::uint32_t columns) {
    if (inputs_.contains(columns)) return;
    Activations& input = inputs_[columns];
    input.resize(rows_, columns);
    for (std::uint32_t row = 0; row < rows_; ++row) {
      for (std::uint32_t i = 0; i < columns; ++i) {
        input.values(row)[i] = static_cast<float>((7 * i + 3 * row) % 64) / 32 - 1;
      }
      input.quantize(row, precision_, kernels_);
    }
  }

  const Kernels& kernels_;
  InputPrecision precision_;
  std::uint32_t rows_;
  std::vector<Job> jobs_;
  std::map<std::uint32_t, Activations> inputs_;  // By their columns.
  std::vector<float> outputs_;
  double bytes_ = 0;
  double weights_ = 0;
};

/// The two passes, in small, and by how much the real ones are larger.
class Samples {
 public:
  Samples(const Weights& weights, const Kernels& kernels, InputPrecision precision,
          ThreadPool& threads)
      : threads_(threads),
        multiplier_(most_columns(weights), kernels, threads),
        token_(kernels, precision, 1),
        pass_(kernels, precision, kPassRows) {
    auto bytes = static_cast<double>(weights.output.bytes());
    double products = 0;
    for (const LayerWeights& layer : weights.layers) {
      bytes += static_cast<double>(bytes_of(layer));
      products += weights_of(layer);
    }
    // Some of the layers, as much of the output.
    const double part = std::min(1.0, token_sample_bytes() / bytes);
    const double layers = std::ceil(part * static_cast<double>(weights.layers.size()));
    for (const LayerWeights& layer :
         std::span(weights.layers).first(static_cast<std::size_t>(layers))) {
      for (const Group& group : groups_of(layer)) token_.add(group, 1);
    }
    token_.add({&weights.output}, part);
    token_scale_ = bytes / token_.bytes();

    const LayerWeights& first = weights.layers.front();
    for (const Group& group : groups_of(first)) pass_.add(group, kPassWeights / weights_of(first));
    pass_scale_ = products / pass_.weights();
  }

  ThreadCost measure(std::uint32_t count, Clock::duration budget) {
    threads_.limit(count);
    token_.forget();
    pass_.forget();
    const auto start = Clock::now();
    const double processor_start = processor_seconds();
    const auto end = start + budget;
    for (int round = 0; round < kMostRounds; ++round) {
      if (round >= kFewestRounds && Clock::now() >= end) break;
      token_.compute(multiplier_);
      pass_.compute(multiplier_);
    }
    threads_.limit(0);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double share = (processor_seconds() - processor_start) / (count * seconds);
    return {count, token_scale_ * token_.seconds(), pass_scale_ * pass_.seconds(), share};
  }

 private:
  ThreadPool& threads_;
  Multiplier multiplier_;
  Sample token_;
  Sample pass_;
  double token_scale_;
  double pass_scale_;
};

}  // namespace

ThreadChoice measure_threads(const Weights& weights, const Kernels& kernels,
                             InputPrecision precision, const AvailableCores& cores,
                             ThreadPool& threads) {
  const std::vector<std::uint32_t> candidates = thread_candidates(cores);
  if (candidates.size() == 1) return {1, ThreadReason::kOnlyCore, {}};
  std::vector<ThreadCost> measured;
  Samples samples(weights, kernels, precision, threads);
  for (const std::uint32_t count : candidates) {
    if (!may_gain_from_more(measured)) break;
    measured.push_back(samples.measure(count, kBudget / candidates.size()));
  }
  return choose_threads(std::move(measured), cores);
}

}  // namespace nextline::cpu
