#include "server/bench_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "server/bench/benches.h"
#include "server/bench/least_time.h"
#include "server/bench/machine_limits.h"
#include "server/bench/measuring.h"
#include "server/loaded_engine.h"
#include "server/processor.h"

namespace nextline::server {
namespace {

namespace json = boost::json;
using bench::BenchRow;
using bench::BenchSetting;
using bench::MachineLimits;
using bench::MachineMeter;
using bench::ModelWork;
using bench::NamedBench;

/// The benches that `name` stands for.
std::vector<NamedBench> benches_named(const std::string& name) {
  std::vector<NamedBench> named;
  for (const NamedBench& known : bench::benches()) {
    if (name == known.name || name == "all") named.push_back(known);
  }
  return named;
}

Result<void> check_context(const BenchArguments& arguments, const Model& model) {
  const std::uint32_t trained = model.hyperparameters().context_length;
  if (!arguments.context || *arguments.context <= trained) return {};
  return failure(fmt::format("The model was trained for {} tokens, so --context cannot be {}.",
                             trained, *arguments.context));
}

/// What computes. The reference backend has one thread and plain C++; the limits of a CUDA device
/// are not known here (tests/gpu measures them).
struct Machine {
  Machine(const GlobalOptions& options, const LoadedEngine& engine)
      : device(engine.chosen.device.name),
        name(is_cpu() ? processor_name() : engine.backend().description()),
        instruction_set(chosen_instruction_set(options)),
        threads(engine.chosen.threads ? engine.chosen.threads->threads : 1) {}

  bool is_cpu() const { return device.kind == DeviceName::Kind::kCpu; }

  Result<std::unique_ptr<MachineMeter>> meter() const {
    if (!is_cpu()) return nullptr;
    const auto kernels = cpu::instruction_set_from_name(instruction_set);
    return MachineMeter::create(kernels.value_or(cpu::InstructionSet::kPortable), threads,
                                memory_bytes("MemAvailable"));
  }

  DeviceName device;
  std::string name;
  std::string instruction_set;
  std::uint32_t threads;
};

/// Nothing for a device whose limits are not measured.
using Limits = std::optional<MachineLimits>;

json::object to_json(const Machine& machine, const Limits& limits) {
  if (!limits) return {{"device", machine.device.text()}, {"name", machine.name}};
  return {{"cpu", machine.name},
          {"isa", machine.instruction_set},
          {"threads", machine.threads},
          {"read_gb_per_s", limits->read_gb_per_s},
          {"gmac_per_s", limits->gmac_per_s},
          {"float_gmac_per_s", limits->float_gmac_per_s}};
}

json::object to_json(const ModelWork& work) {
  return {{"weight_bytes", work.weight_bytes}, {"slot_bytes", work.slot_bytes},
          {"row_products", work.row_products}, {"asking_row_products", work.asking_row_products},
          {"key_products", work.key_products}, {"asking_key_products", work.asking_key_products}};
}

/// What computing with this backend's model and its type of keys and values cannot avoid.
Result<ModelWork> work_of(Backend& backend) {
  const auto storage = backend.create_storage(1);
  if (!storage) return tl::unexpected(storage.error());
  return bench::work_of(backend.model(), (*storage)->slot_bytes());
}

std::string describe(const Machine& machine, const Limits& limits) {
  if (!limits) return machine.name;
  return fmt::format(
      "{}, {}, {} thread{}: at most reads {:.1f} GB/s, does {:.0f} GMAC/s of bytes, {:.0f} of "
      "floats",
      machine.name, machine.instruction_set, machine.threads, machine.threads == 1 ? "" : "s",
      limits->read_gb_per_s, limits->gmac_per_s, limits->float_gmac_per_s);
}

Answer answer_of(const Machine& machine, const Limits& limits, const ModelWork& work,
                 const BenchSetting& setting, std::span<const BenchRow> rows) {
  json::array objects;
  for (const BenchRow& row : rows) objects.push_back(bench::to_json(row));
  Answer answer;
  answer.json = {
      {"machine", to_json(machine, limits)}, {"work", to_json(work)}, {"rows", std::move(objects)}};
  answer.text = fmt::format("{}\n{}, medians of {}\n\n{}", describe(machine, limits), setting.model,
                            setting.repetitions, bench::table_of(rows));
  return answer;
}

}  // namespace

Result<Answer> measure(const BenchArguments& arguments, const GlobalOptions& options,
                       std::stop_token stop) {
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  if (const auto fits = check_context(arguments, *engine->model); !fits) {
    return tl::unexpected(fits.error());
  }

  const auto work = work_of(engine->backend());
  if (!work) return tl::unexpected(work.error());
  const Machine machine(options, *engine);
  const auto meter = machine.meter();
  if (!meter) return tl::unexpected(meter.error());
  const auto begin = [&](const std::string& what) {
    spdlog::info("{}", what);
    if (*meter) (*meter)->measure(stop);
  };
  const BenchSetting setting{engine->backend(),
                             title_of(*choice),
                             arguments.context,
                             arguments.repetitions,
                             arguments.source,
                             stop,
                             begin};
  begin("what the machine can do");
  std::vector<BenchRow> rows;
  for (const NamedBench& named : benches_named(arguments.bench)) {
    auto found = named.run(setting);
    if (!found) return tl::unexpected(found.error());
    std::ranges::move(*found, std::back_inserter(rows));
  }
  begin("what the machine can still do");
  if (stop.stop_requested()) return bench::interrupted();
  Limits limits;
  if (*meter) limits = (*meter)->limits();
  if (limits) bench::compare_with_limits(rows, *work, *limits);
  return answer_of(machine, limits, *work, setting, rows);
}

}  // namespace nextline::server
