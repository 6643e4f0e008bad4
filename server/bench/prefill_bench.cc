#include "server/bench/prefill_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "server/bench/measured_sequence.h"
#include "server/bench/measuring.h"
#include "server/bench/source_tokens.h"

namespace nextline::bench {
namespace {

/// Enough to touch the weights and the pass's own memory for the first time.
constexpr std::uint32_t kWarmUpTokens = 64;

/// The median time to compute `prompt` from nothing.
Result<double> prefill_seconds(const BenchSetting& setting, std::span<const TokenId> prompt) {
  auto sequence =
      MeasuredSequence::create(setting.backend, static_cast<std::uint32_t>(prompt.size()));
  if (!sequence) return tl::unexpected(sequence.error());
  const auto warm_up = prompt.first(std::min<std::size_t>(prompt.size(), kWarmUpTokens));
  if (auto warm = sequence->append(warm_up, setting.stop); !warm) {
    return tl::unexpected(warm.error());
  }

  std::vector<double> seconds;
  for (std::uint32_t i = 0; i < setting.repetitions; ++i) {
    sequence->shorten(0);
    const Stopwatch watch;
    if (auto done = sequence->append(prompt, setting.stop); !done) {
      return tl::unexpected(done.error());
    }
    seconds.push_back(watch.seconds());
  }
  return median(std::move(seconds));
}

}  // namespace

Result<std::vector<BenchRow>> bench_prefill(const BenchSetting& setting) {
  const Model& model = setting.backend.model();
  std::vector<BenchRow> rows;
  for (const std::uint32_t context : contexts_of(setting, {512, 2048})) {
    setting.begin(fmt::format("prefill: a prompt of {} tokens", context));
    const auto seconds = prefill_seconds(setting, source_tokens(model, context));
    if (!seconds) return tl::unexpected(seconds.error());

    BenchRow& row = rows.emplace_back();
    row.bench = "prefill";
    row.subject = std::to_string(context);
    row.model = setting.model;
    row.context = context;
    row.value = context / *seconds;
    row.unit = "token/s";
    row.computed = {.rows = {.before = 0, .count = context, .asking = 1}, .seconds = *seconds};
  }
  return rows;
}

}  // namespace nextline::bench
