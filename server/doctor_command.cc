#include "server/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/session/shift_check.h"
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

void examine_processor(const GlobalOptions& options, json::object& object, Findings& findings) {
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
      chosen_by_user ? "asked for with --isa" : "the fastest that this machine has";
  const std::uint32_t threads = chosen_threads(options);
  const std::string thread_reason =
      options.threads > 0 ? "asked for with --threads" : "one per core that the process may use";

  object["cpu"] = {{"name", name},
                   {"instruction_sets", std::move(names)},
                   {"instruction_set", chosen},
                   {"instruction_set_reason", reason},
                   {"threads", threads},
                   {"threads_reason", thread_reason}};
  findings.add("processor", name.empty() ? "unknown" : name);
  findings.add("instruction sets", list);
  findings.add("chosen", fmt::format("{}: {}", chosen, reason));
  findings.add("threads", fmt::format("{}: {}", threads, thread_reason));
}

void examine_memory(json::object& object, Findings& findings) {
  const std::uint64_t total = memory_bytes("MemTotal");
  const std::uint64_t available = memory_bytes("MemAvailable");
  object["memory"] = {{"total_bytes", total}, {"available_bytes", available}};
  findings.add("memory", fmt::format("{} available of {}", gigabytes(available), gigabytes(total)));
}

void examine_power(json::object& object, Findings& findings) {
  const bool on_battery = is_on_battery();
  object["power"] = {{"on_battery", on_battery}};
  findings.add("power", on_battery ? "on battery: nothing is refreshed while you pause, unless "
                                     "--refresh-on-battery is given"
                                   : "not on battery");
}

void examine_devices(json::object& object, Findings& findings) {
  object["devices"] = {{"cpu", "chosen"}, {"cuda", "not built in"}};
  findings.add("devices", "cpu (chosen); cuda is not built in");
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

/// How the CPU backend multiplies weights of a type: quantised ones as integers with quantised
/// activations, others in float32. The reference backend does all in float32.
std::string_view arithmetic_for(gguf::TensorType type, const GlobalOptions& options) {
  const bool quantised = gguf::traits_of(type).block_elements > 1;
  return quantised && options.instruction_set != kReferenceBackend ? "int8" : "float32";
}

/// The storage types of the weights, with how many tensors have each.
std::map<gguf::TensorType, std::uint64_t> weight_types(const Model& model) {
  std::map<gguf::TensorType, std::uint64_t> counts;
  for (const gguf::Tensor& tensor : model.file().tensors()) ++counts[tensor.type];
  return counts;
}

json::object describe(const Model& model, const GlobalOptions& options, Findings& findings) {
  const Hyperparameters& sizes = model.hyperparameters();
  json::object types;
  std::string type_list;
  for (const auto& [type, count] : weight_types(model)) {
    const std::string_view name = gguf::traits_of(type).name;
    const std::string_view arithmetic = arithmetic_for(type, options);
    types[name] = {{"tensors", count}, {"arithmetic", arithmetic}};
    type_list +=
        fmt::format("{}{} × {} ({})", type_list.empty() ? "" : ", ", count, name, arithmetic);
  }
  findings.add("architecture", std::string(name_of(sizes.architecture)));
  findings.add("layers",
               fmt::format("{}, width {}, {} heads over {} of keys and values", sizes.layer_count,
                           sizes.embedding_length, sizes.head_count, sizes.head_count_kv));
  findings.add("context", fmt::format("{} tokens", sizes.context_length));
  findings.add("vocabulary", fmt::format("{} tokens", sizes.vocabulary_size));
  findings.add("weights", type_list);
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
void examine_model(const ModelChoice& choice, const GlobalOptions& options, json::object& object,
                   Findings& findings) {
  const std::string title = title_of(choice);
  findings.add("model", title);
  findings.add("model file", choice.path.string());
  std::error_code missing;
  const auto bytes = fs::file_size(choice.path, missing);
  json::object found = {{"name", title}, {"path", choice.path.string()}, {"present", !missing}};
  if (!missing) found["bytes"] = bytes;

  const auto engine = load_engine(choice, options);
  found["usable"] = engine.has_value();
  if (engine) {
    findings.add("model size", fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6));
    for (auto& [key, value] : describe(*engine->model, options, findings)) {
      found[key] = value;
    }
    found["shift_check"] = examine_shift(*engine->backend, findings);
  } else {
    found["error"] = engine.error().message;
    findings.add("", engine.error().message);
  }
  object["model"] = std::move(found);
}

}  // namespace

Result<Answer> examine(const GlobalOptions& options) {
  if (const auto usable = check_device(options); !usable) return tl::unexpected(usable.error());
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());

  Answer answer;
  Findings findings;
  answer.json["version"] = NEXTLINE_VERSION;
  findings.add("nextline", NEXTLINE_VERSION);
  examine_processor(options, answer.json, findings);
  examine_memory(answer.json, findings);
  examine_power(answer.json, findings);
  examine_devices(answer.json, findings);
  examine_cache(answer.json, findings);
  examine_model(*choice, options, answer.json, findings);
  answer.text = findings.table();
  return answer;
}

}  // namespace nextline::server
