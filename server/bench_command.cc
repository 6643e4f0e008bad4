#include "server/bench_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "server/bench/benches.h"
#include "server/loaded_engine.h"
#include "server/processor.h"

namespace nextline::server {
namespace {

namespace json = boost::json;
using bench::BenchRow;
using bench::BenchSetting;
using bench::MachineLimits;
using bench::NamedBench;

/// The benches that `name` stands for.
Result<std::vector<NamedBench>> benches_named(const std::string& name) {
  std::vector<NamedBench> named;
  for (const NamedBench& known : bench::benches()) {
    if (name == known.name || name == "all") named.push_back(known);
  }
  if (named.empty()) {
    return failure(fmt::format("There is nothing to measure for 'bench {}' yet.", name));
  }
  return named;
}

Result<void> check_context(const BenchArguments& arguments, const Model& model) {
  const std::uint32_t trained = model.hyperparameters().context_length;
  if (!arguments.context || *arguments.context <= trained) return {};
  return failure(fmt::format("The model was trained for {} tokens, so --context cannot be {}.",
                             trained, *arguments.context));
}

/// What computes. The reference backend has one thread and plain C++.
struct Processor {
  Processor(const GlobalOptions& options, const LoadedEngine& engine)
      : name(processor_name()),
        instruction_set(chosen_instruction_set(options)),
        threads(engine.threads ? engine.threads->threads : 1) {}

  Result<MachineLimits> measure_limits(const std::stop_token& stop) const {
    const auto kernels = cpu::instruction_set_from_name(instruction_set);
    return bench::measure_machine(kernels.value_or(cpu::InstructionSet::kPortable), threads,
                                  memory_bytes("MemAvailable"), stop);
  }

  std::string name;
  std::string instruction_set;
  std::uint32_t threads;
};

json::object to_json(const Processor& processor, const MachineLimits& limits) {
  return {{"cpu", processor.name},
          {"isa", processor.instruction_set},
          {"threads", processor.threads},
          {"read_gb_per_s", limits.read_gb_per_s},
          {"gmac_per_s", limits.gmac_per_s}};
}

std::string describe(const Processor& processor, const MachineLimits& limits,
                     const BenchSetting& setting) {
  return fmt::format(
      "{}, {}, {} thread{}: reads {:.1f} GB/s, does {:.0f} GMAC/s at most\n"
      "{}, medians of {}\n\n",
      processor.name, processor.instruction_set, processor.threads,
      processor.threads == 1 ? "" : "s", limits.read_gb_per_s, limits.gmac_per_s, setting.model,
      setting.repetitions);
}

Answer answer_of(const Processor& processor, const BenchSetting& setting,
                 std::span<const BenchRow> rows) {
  json::array objects;
  for (const BenchRow& row : rows) objects.push_back(bench::to_json(row));
  Answer answer;
  answer.json = {{"machine", to_json(processor, setting.limits)}, {"rows", std::move(objects)}};
  answer.text = describe(processor, setting.limits, setting) + bench::table_of(rows);
  return answer;
}

}  // namespace

Result<Answer> measure(const BenchArguments& arguments, const GlobalOptions& options,
                       std::stop_token stop) {
  const auto wanted = benches_named(arguments.bench);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  if (const auto fits = check_context(arguments, *engine->model); !fits) {
    return tl::unexpected(fits.error());
  }

  spdlog::info("what the machine can do");
  const Processor processor(options, *engine);
  const auto limits = processor.measure_limits(stop);
  if (!limits) return tl::unexpected(limits.error());
  const BenchSetting setting{*engine->backend,
                             title_of(*choice),
                             *limits,
                             arguments.context,
                             arguments.repetitions,
                             stop,
                             [](const std::string& what) { spdlog::info("{}", what); }};
  std::vector<BenchRow> rows;
  for (const NamedBench& named : *wanted) {
    auto found = named.run(setting);
    if (!found) return tl::unexpected(found.error());
    std::ranges::move(*found, std::back_inserter(rows));
  }
  return answer_of(processor, setting, rows);
}

}  // namespace nextline::server
