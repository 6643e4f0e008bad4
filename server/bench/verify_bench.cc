#include "server/bench/verify_bench.h"

#include <fmt/format.h>

#include <array>

#include "server/bench/measured_sequence.h"
#include "server/bench/measuring.h"
#include "server/bench/source_tokens.h"

namespace nextline::bench {
namespace {

/// The first is what the others are compared with.
constexpr std::array<std::uint32_t, 5> kRowCounts = {1, 2, 4, 8, 16};
static_assert(kRowCounts.back() == MeasuredSequence::kMaxTriedRows);

/// Passes of each kind in one repetition.
constexpr std::uint32_t kPasses = 6;

/// Of a pass of each number of rows.
using Seconds = std::array<double, kRowCounts.size()>;

/// The mean over `kPasses` passes of each number of rows, the numbers taking turns.
Result<Seconds> measure_in_turns(const BenchSetting& setting, MeasuredSequence& sequence,
                                 std::span<const TokenId> draft) {
  Seconds seconds{};
  for (std::uint32_t pass = 0; pass < kPasses; ++pass) {
    for (std::size_t i = 0; i < kRowCounts.size(); ++i) {
      const Stopwatch watch;
      if (auto done = sequence.try_rows(draft.first(kRowCounts[i]), setting.stop); !done) {
        return tl::unexpected(done.error());
      }
      seconds[i] += watch.seconds() / kPasses;
    }
  }
  return seconds;
}

}  // namespace

Result<std::vector<BenchRow>> bench_verify(const BenchSetting& setting) {
  const Model& model = setting.backend.model();
  std::vector<BenchRow> rows;
  for (const std::uint32_t context : contexts_of(setting, {2048})) {
    setting.begin(
        fmt::format("verify: {} rows at most behind {} tokens", kRowCounts.back(), context));
    auto sequence = MeasuredSequence::create(setting.backend, context);
    if (!sequence) return tl::unexpected(sequence.error());
    const std::vector<TokenId> tokens = source_tokens(model, context + kRowCounts.back());
    const auto prompt = std::span(tokens).first(context);
    const auto draft = std::span(tokens).subspan(context);
    auto ready = sequence->append(prompt, setting.stop);
    if (ready) ready = sequence->try_rows(draft, setting.stop);  // Warms up.
    if (!ready) return tl::unexpected(ready.error());

    // A ratio is taken within a repetition, so that what slows the machine down slows both sides.
    std::array<std::vector<double>, kRowCounts.size()> times;
    std::array<std::vector<double>, kRowCounts.size()> ratios;
    for (std::uint32_t i = 0; i < setting.repetitions; ++i) {
      const auto seconds = measure_in_turns(setting, *sequence, draft);
      if (!seconds) return tl::unexpected(seconds.error());
      for (std::size_t k = 0; k < kRowCounts.size(); ++k) {
        times[k].push_back((*seconds)[k]);
        ratios[k].push_back((*seconds)[k] / seconds->front());
      }
    }
    for (std::size_t k = 1; k < kRowCounts.size(); ++k) {
      BenchRow& row = rows.emplace_back();
      row.bench = "verify";
      row.model = setting.model;
      row.context = context;
      row.batch_rows = kRowCounts[k];
      row.value = median(ratios[k]);
      row.unit = "ratio";
      const double pass_seconds = median(times[k]);
      row.pass_ms = 1e3 * pass_seconds;
      row.single_row_ms = 1e3 * median(times.front());
      row.computed = {.rows = {.before = context, .count = kRowCounts[k], .asking = kRowCounts[k]},
                      .seconds = pass_seconds};
    }
  }
  return rows;
}

}  // namespace nextline::bench
