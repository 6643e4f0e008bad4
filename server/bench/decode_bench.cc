#include "server/bench/decode_bench.h"

#include <fmt/format.h>

#include "server/bench/measured_sequence.h"
#include "server/bench/measuring.h"
#include "server/bench/source_tokens.h"

namespace nextline::bench {
namespace {

constexpr std::uint32_t kShortContext = 16;
/// Steps of one repetition; each behind the same prompt, so that the context is exact.
constexpr std::uint32_t kSteps = 16;

/// The median time of a step behind all tokens but the last, which is the one that is decoded.
Result<double> step_seconds(const BenchSetting& setting, MeasuredSequence& sequence,
                            std::span<const TokenId> tokens) {
  const auto prompt = tokens.first(tokens.size() - 1);
  const auto next = tokens.last(1);
  auto done = sequence.append(prompt, setting.stop);
  if (done) done = sequence.try_rows(next, setting.stop);  // Warms up.

  std::vector<double> seconds;
  for (std::uint32_t i = 0; i < setting.repetitions; ++i) {
    const Stopwatch watch;
    for (std::uint32_t step = 0; step < kSteps && done; ++step) {
      done = sequence.try_rows(next, setting.stop);
    }
    if (!done) return tl::unexpected(done.error());
    seconds.push_back(watch.seconds() / kSteps);
  }
  return median(std::move(seconds));
}

}  // namespace

Result<std::vector<BenchRow>> bench_decode(const BenchSetting& setting) {
  const Model& model = setting.backend.model();
  std::vector<BenchRow> rows;
  for (const std::uint32_t context : contexts_of(setting, {kShortContext, 8192})) {
    setting.begin(fmt::format("decode: behind {} tokens", context));
    auto sequence = MeasuredSequence::create(setting.backend, context);
    if (!sequence) return tl::unexpected(sequence.error());
    const auto seconds = step_seconds(setting, *sequence, source_tokens(model, context + 1));
    if (!seconds) return tl::unexpected(seconds.error());

    BenchRow& row = rows.emplace_back();
    row.bench = "decode";
    row.subject = context == kShortContext ? "short" : std::to_string(context);
    row.model = setting.model;
    row.context = context;
    row.value = 1 / *seconds;
    row.unit = "token/s";
    row.computed = {.rows = {.before = context, .count = 1, .asking = 1}, .seconds = *seconds};
  }
  return rows;
}

}  // namespace nextline::bench
