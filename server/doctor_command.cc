#include "server/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/backend/cpu/available_cores.h"
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/session/shift_check.h"
#include "server/cuda_devices.h"
#include "server/loaded_engine.h"
#include "server/models/model_store.h"
#include "server/power_supply.h"
#include "server/processor.h"

namespace nextline::server {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// The text table, built beside the object: one aligned row per fact.
class Findings {
 public:
  void add(std::string label, std::string fact) {
    rows_.emplace_back(std::move(label), std::move(fact));
  }

  std::string table() const {
    std::size_t width = 0;
    for (const auto& [label, fact] : rows_) width = std::max(width, label.size());
    std::string text;
    for (const auto& [label, fact] : rows_) text += fmt::format("{:<{}}  {}\n", label, width, fact);
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

std::string gigabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

/// "14.2 ms with 1 thread, 9.8 ms with 2"
std::string list_of(std::span<const cpu::ThreadCost> measured, double cpu::ThreadCost::*seconds) {
  std::string list;
  for (const cpu::ThreadCost& cost : measured) {
    list += fmt::format("{}{:.3g} ms with {}{}", list.empty() ? "" : ", ", 1e3 * (cost.*seconds),
                        cost.threads, list.empty() ? " thread" : "");
  }
  return list;
}

std::string reason_for(const cpu::ThreadChoice& choice, const GlobalOptions& options) {
  switch (choice.reason) {
    case cpu::ThreadReason::kAskedFor:
      return options.asked_for("threads");
    case cpu::ThreadReason::kOnlyCore:
      return "the process may use one core";
    case cpu::ThreadReason::kMeasured:
    case cpu::ThreadReason::kDisturbed:
      break;
  }
  const std::string_view how = choice.reason == cpu::ThreadReason::kMeasured
                                   ? "chosen by measurement"
                                   : "one per core, as other programs disturbed the measurement";
  return fmt::format("{}; one token {}; {} tokens of a prompt {}", how,
                     list_of(choice.measured, &cpu::ThreadCost::token_seconds), cpu::kPassRows,
                     list_of(choice.measured, &cpu::ThreadCost::pass_seconds));
}

bool on_cuda(const LoadedEngine& engine) {
  return engine.chosen.device.name.kind == DeviceName::Kind::kCuda;
}

/// How many threads compute, and why. Without a model there is nothing to measure with.
void examine_threads(const GlobalOptions& options, const Result<LoadedEngine>& engine,
                     json::object& object, Findings& findings) {
  cpu::ThreadChoice choice;
  std::string reason;
  if (engine && on_cuda(*engine)) {
    object["threads_reason"] = reason = engine->chosen.device.name.text() + " computes";
    findings.add("threads", reason);
    return;
  }
  if (engine && engine->chosen.threads) {
    choice = *engine->chosen.threads;
    reason = reason_for(choice, options);
  } else if (options.instruction_set == kReferenceBackend) {
    reason = "the reference backend has no more";
  } else if (options.threads > 0) {
    choice.threads = options.threads;
    reason = reason_for(choice, options);
  } else {
    reason = fmt::format("chosen by measurement when a model is loaded, {} at most",
                         cpu::available_cores().logical);
    object["threads_reason"] = reason;
    findings.add("threads", reason);
    return;
  }
  object["threads"] = choice.threads;
  object["threads_reason"] = reason;
  json::array measured;
  for (const cpu::ThreadCost& cost : choice.measured) {
    measured.push_back({{"threads", cost.threads},
                        {"token_ms", 1e3 * cost.token_seconds},
                        {"pass_ms", 1e3 * cost.pass_seconds}});
  }
  if (!measured.empty()) object["threads_measured"] = std::move(measured);
  findings.add("threads", fmt::format("{}: {}", choice.threads, reason));
}

void examine_processor(const GlobalOptions& options, const Result<LoadedEngine>& engine,
                       json::object& object, Findings& findings) {
  const std::string name = processor_name();
  const auto supported = cpu::supported_instruction_sets();
  json::array names;
  std::string list;
  for (const cpu::InstructionSet set : supported) {
    names.push_back(json::string(cpu::name_of(set)));
    list += (list.empty() ? "" : ", ") + std::string(cpu::name_of(set));
  }
  const bool chosen_by_user = !options.instruction_set.empty();
  const std::string chosen = chosen_instruction_set(options);
  const std::string reason =
      chosen_by_user ? options.asked_for("isa") : "the fastest that this machine has";

  object["cpu"] = {{"name", name},
                   {"instruction_sets", std::move(names)},
                   {"instruction_set", chosen},
                   {"instruction_set_reason", reason}};
  findings.add("processor", name.empty() ? "unknown" : name);
  findings.add("instruction sets", list);
  findings.add("chosen", fmt::format("{}: {}", chosen, reason));
  examine_threads(options, engine, object["cpu"].as_object(), findings);
}

/// `peak`: the most that this process has had resident when the model was loaded.
void examine_memory(std::uint64_t peak, json::object& object, Findings& findings) {
  const std::uint64_t total = memory_bytes("MemTotal");
  const std::uint64_t available = memory_bytes("MemAvailable");
  object["memory"] = {{"total_bytes", total}, {"available_bytes", available}, {"peak_bytes", peak}};
  findings.add("memory", fmt::format("{} available of {}; this took {} at most",
                                     gigabytes(available), gigabytes(total), gigabytes(peak)));
}

void examine_power(json::object& object, Findings& findings) {
  const bool on_battery = is_on_battery();
  object["power"] = {{"on_battery", on_battery}};
  findings.add("power", on_battery ? "on battery: nothing is refreshed while you pause, unless "
                                     "--refresh-on-battery is given"
                                   : "not on battery");
}

/// What would be chosen for a model that needs little memory, where there is none to be loaded.
ChosenDevice expected_device(const GlobalOptions& options, const CudaDevices& cuda) {
  using Kind = DeviceName::Kind;
  if (options.device.kind != Kind::kAuto) return {options.device, options.asked_for("device")};
  if (!options.instruction_set.empty()) return {{Kind::kCpu}, options.asked_for("isa")};
  const auto usable = cuda.usable_for(0);
  if (usable.empty()) return {{Kind::kCpu}, "no CUDA device can be used"};
  return {{Kind::kCuda, usable.front().number}, "if the model has room there"};
}

/// A row per device. Where there is no CUDA device, the row "cuda" says why.
void examine_devices(const ChosenDevice& chosen, const CudaDevices& cuda,
                     std::uint64_t weight_bytes, json::object& object, Findings& findings) {
  json::array devices;
  const auto add = [&](const std::string& name, const std::string& title, bool is_chosen,
                       const std::string& reason) -> json::object& {
    findings.add(devices.empty() ? "devices" : "",
                 fmt::format("{}: {}{}", title, is_chosen ? "chosen, " : "", reason));
    devices.push_back({{"device", name}, {"chosen", is_chosen}, {"reason", reason}});
    return devices.back().as_object();
  };
  const bool on_cpu = chosen.name.kind == DeviceName::Kind::kCpu;
  add("cpu", "cpu", on_cpu, on_cpu ? chosen.reason : "a CUDA device is chosen");
  if (!cuda.obstacle.empty()) add("cuda", "cuda", false, cuda.obstacle);
  for (const cuda::Device& device : cuda.devices) {
    const DeviceName name{DeviceName::Kind::kCuda, device.number};
    const bool is_chosen = chosen.name == name;
    std::string reason = is_chosen ? chosen.reason : obstacle_of(device, weight_bytes);
    if (reason.empty()) reason = "another device is chosen";
    json::object& row = add(name.text(), title_of(device), is_chosen, reason);
    row["name"] = device.name;
    row["compute_capability"] = fmt::format("{}.{}", device.major, device.minor);
    row["memory_bytes"] = device.memory_bytes;
    row["free_bytes"] = device.free_bytes;
  }
  object["devices"] = std::move(devices);
}

/// The nearest directory on the way to `path` that exists.
fs::path existing_ancestor(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path;
}

void examine_cache(json::object& object, Findings& findings) {
  const auto directory = models::cache_directory();
  if (!directory) {
    object["cache"] = {{"error", directory.error().message}};
    findings.add("cache", directory.error().message);
    return;
  }
  const bool writable = ::access(existing_ancestor(*directory).c_str(), W_OK) == 0;
  object["cache"] = {{"path", directory->string()}, {"writable", writable}};
  findings.add("cache",
               fmt::format("{} ({})", directory->string(), writable ? "writable" : "not writable"));
}

/// The file that `serve` reads as well. Where something is wrong with it, nothing of it holds.
void examine_configuration(const Configuration& configuration, json::object& object,
                           Findings& findings) {
  json::array problems(configuration.problems.begin(), configuration.problems.end());
  const std::string path = configuration.file.string();
  object["configuration"] = {
      {"path", path}, {"present", configuration.is_there}, {"problems", std::move(problems)}};
  if (configuration.problems.empty()) {
    findings.add("configuration", path.empty()             ? "none"
                                  : configuration.is_there ? path
                                                           : "none at " + path);
    return;
  }
  findings.add("configuration", path + " is wrong, and nothing of it holds");
  for (const std::string& problem : configuration.problems) findings.add("", problem);
}

/// The tensors that have one storage type.
struct TypeUse {
  std::uint64_t tensors = 0;
  std::uint64_t matrices = 0;  ///< Of these, those that are multiplied with.
};

/// The storage types of the weights. An embedding that is not the output matrix as well is only
/// looked up, norms and biases are added.
std::map<gguf::TensorType, TypeUse> weight_types(const Model& model) {
  std::map<gguf::TensorType, TypeUse> uses;
  for (const gguf::Tensor& tensor : model.file().tensors()) ++uses[tensor.type].tensors;
  ++uses[model.output().type].matrices;
  for (const LayerTensors& layer : model.layers()) {
    for (const gguf::Tensor* matrix : {layer.query, layer.key, layer.value, layer.attention_output,
                                       layer.gate, layer.up, layer.down}) {
      ++uses[matrix->type].matrices;
    }
  }
  return uses;
}

/// How matrices of a type are multiplied.
struct Arithmetic {
  std::string_view name;
  bool is_fast;
};

/// The CPU backend multiplies quantised types as integers with quantised activations, which is
/// fast, and others in float32. The reference backend does all in float32. The CUDA backend makes
/// numbers of them as they are read: float32 for few rows, halves for many; it has kernels for
/// each.
Arithmetic arithmetic_of(gguf::TensorType type, const LoadedEngine& engine,
                         const GlobalOptions& options) {
  if (on_cuda(engine)) return {"float16", true};
  const bool quantised = gguf::traits_of(type).block_elements > 1;
  if (!quantised || options.instruction_set == kReferenceBackend) return {"float32", false};
  return {"int8", true};
}

/// Types without a matrix have no `arithmetic`: how fast they are does not matter.
json::object describe_types(const LoadedEngine& engine, const GlobalOptions& options,
                            Findings& findings) {
  json::object types;
  std::string list;
  for (const auto& [type, use] : weight_types(*engine.model)) {
    const auto [arithmetic, fast] = arithmetic_of(type, engine, options);
    const std::string_view name = gguf::traits_of(type).name;
    json::object described = {{"tensors", use.tensors}, {"matrices", use.matrices}};
    std::string_view remark = "not multiplied";
    if (use.matrices > 0) {
      described["arithmetic"] = arithmetic;
      described["fast_path"] = fast;
      remark = fast ? arithmetic : "float32, no fast path";
    }
    types[name] = std::move(described);
    list += fmt::format("{}{} × {} ({})", list.empty() ? "" : ", ", use.tensors, name, remark);
  }
  findings.add("weights", list);
  return types;
}

json::object describe(const LoadedEngine& engine, const GlobalOptions& options,
                      Findings& findings) {
  const Hyperparameters& sizes = engine.model->hyperparameters();
  findings.add("architecture", std::string(name_of(sizes.architecture)));
  findings.add("layers",
               fmt::format("{}, width {}, {} heads over {} of keys and values", sizes.layer_count,
                           sizes.embedding_length, sizes.head_count, sizes.head_count_kv));
  findings.add("context", fmt::format("{} tokens", sizes.context_length));
  findings.add("vocabulary", fmt::format("{} tokens", sizes.vocabulary_size));
  json::object types = describe_types(engine, options, findings);
  return {{"architecture", name_of(sizes.architecture)},
          {"layers", sizes.layer_count},
          {"embedding_length", sizes.embedding_length},
          {"heads", sizes.head_count},
          {"heads_kv", sizes.head_count_kv},
          {"context_length", sizes.context_length},
          {"vocabulary_size", sizes.vocabulary_size},
          {"weight_types", std::move(types)}};
}

/// Whether the model's cache can be edited, on the device that computes.
json::object examine_shift(Backend& backend, Findings& findings) {
  const auto check = check_shift(backend);
  if (!check) {
    findings.add("edits", check.error().message);
    return {{"error", check.error().message}};
  }
  const std::string cost = fmt::format("shifted keys cost {:.1g} nat of KL", check->divergence);
  findings.add("edits", check->passes() ? "the cache survives them: " + cost
                                        : "the cache does not survive them (" + cost +
                                              "): what stands behind one is computed again");
  return {{"passes", check->passes()},
          {"kl", check->divergence},
          {"largest_difference", check->largest_difference}};
}

/// A model that is not there is a finding, not a failure.
void examine_model(const ModelChoice& choice, const GlobalOptions& options,
                   const Result<LoadedEngine>& engine, json::object& object, Findings& findings) {
  const std::string title = title_of(choice);
  findings.add("model", title);
  findings.add("model file", choice.path.string());
  std::error_code missing;
  const auto bytes = fs::file_size(choice.path, missing);
  json::object found = {{"name", title}, {"path", choice.path.string()}, {"present", !missing}};
  if (!missing) found["bytes"] = bytes;

  found["usable"] = engine.has_value();
  if (engine) {
    findings.add("model size", fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6));
    for (auto& [key, value] : describe(*engine, options, findings)) {
      found[key] = value;
    }
    found["shift_check"] = examine_shift(engine->backend(), findings);
  } else {
    found["error"] = engine.error().message;
    findings.add("", engine.error().message);
  }
  object["model"] = std::move(found);
}

}  // namespace

Result<Answer> examine(const GlobalOptions& options, const Configuration& configuration) {
  if (const auto usable = check_device(options); !usable) return tl::unexpected(usable.error());
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());

  // Before the model is loaded, for it takes memory there.
  const CudaDevices cuda = CudaDevices::find();
  const auto engine = load_engine_silently(*choice, options);
  const std::uint64_t peak = peak_memory_bytes();
  Answer answer;
  Findings findings;
  answer.json["version"] = NEXTLINE_VERSION;
  findings.add("nextline", NEXTLINE_VERSION);
  examine_configuration(configuration, answer.json, findings);
  examine_processor(options, engine, answer.json, findings);
  examine_memory(peak, answer.json, findings);
  examine_power(answer.json, findings);
  examine_devices(engine ? engine->chosen.device : expected_device(options, cuda), cuda,
                  engine ? weight_bytes(*engine->model) : 0, answer.json, findings);
  examine_cache(answer.json, findings);
  examine_model(*choice, options, engine, answer.json, findings);
  answer.text = findings.table();
  return answer;
}

}  // namespace nextline::server
