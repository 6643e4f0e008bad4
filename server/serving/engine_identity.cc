#include "server/serving/engine_identity.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <span>
#include <system_error>

#include "engine/disk/hash.h"
#include "engine/disk/sha256.h"

namespace nextline::server {
namespace {

namespace fs = std::filesystem;

/// Lines of "name: value". Each function takes what it is about apart whole, so that an option that
/// is added later cannot be forgotten here: it would not compile.
class Description {
 public:
  template <typename Value>
  void add(const char* name, const Value& value) {
    text_ += fmt::format("{}: {}\n", name, value);
  }

  void add(const GlobalOptions& options) {
    // The model is what has been chosen by its name, and the rest changes nothing that is shared.
    const auto& [model, threads, instruction_set, device, device_memory, json, verbose,
                 said_by_file] = options;
    add("device", device.text());
    add("device_memory", device_memory);
    add("threads", threads);
    add("instruction_set", instruction_set);
    add("verbose", verbose);
  }

  void add(const lsp::CompletionEngine::Options& options) {
    const auto& [context_length, cache_bytes, reuse, repair, snapshots, speculation, sampling] =
        options;
    add("context_length", context_length);
    add("cache_bytes", cache_bytes);
    add("reuse", static_cast<int>(reuse));
    add(repair);
    add(snapshots);
    add(speculation);
    add(sampling);
  }

  void add(const RepairOptions& options) {
    const auto& [markers, rest_of_line, before_gap, behind_gap, passed, behind_edit, names_symbol,
                 budget] = options;
    add("repair", fmt::format("{} {} {} {} {} {} {} {}", markers, rest_of_line, before_gap,
                              behind_gap, passed, behind_edit, names_symbol, budget));
  }

  void add(const lsp::SnapshotOptions& options) {
    const auto& [folder, disk_bytes, interval] = options;
    add("snapshots", fmt::format("{} {} {}", folder.string(), disk_bytes, interval.count()));
  }

  void add(const lsp::SpeculationOptions& options) {
    const auto& [enabled, tree_bytes, history] = options;
    add("speculation", fmt::format("{} {}", enabled, tree_bytes));
    const auto& [folder, limits, most_tokens, segment_bytes, has_changes, revision] = history;
    const auto& [most_commits, most_file_bytes, most_bytes, most_entries] = limits;
    add("history",
        fmt::format("{} {} {} {} {} {} {} {} {}", folder.string(), most_commits, most_file_bytes,
                    most_bytes, most_entries, most_tokens, segment_bytes, has_changes, revision));
  }

  void add(const Sampling& sampling) {
    const auto& [temperature, top_p, seed] = sampling;
    add("sampling", fmt::format("{} {} {}", temperature, top_p, seed));
  }

  void add(const lsp::RefreshOptions& options) {
    const auto& [enabled, pause, threads, on_battery, most_tokens] = options;
    add("refresh",
        fmt::format("{} {} {} {} {}", enabled, pause.count(), threads, on_battery, most_tokens));
  }

  void add(const lsp::StatisticsOptions& options) {
    const auto& [folder, interval] = options;
    add("statistics", fmt::format("{} {}", folder.string(), interval.count()));
  }

  void add(const remote::RemoteServer& server) {
    const auto& [url, protocol, model, token_variable, prompt_template, ca_file, first_piece, whole,
                 pause, is_insecure, asks_probabilities] = server.options;
    add("remote",
        fmt::format("{} {} {} {} {} {} {} {} {} {} {}", url, static_cast<int>(protocol), model,
                    token_variable, prompt_template, ca_file.string(), first_piece.count(),
                    whole.count(), pause.count(), is_insecure, asks_probabilities));
    // Who has another token must not be served with this one. The identity is no secret, so it has
    // a hash from which the token cannot be told.
    const auto token = sha256(std::as_bytes(std::span(server.token)));
    add("token", token.value_or(""));
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Of this program's file; a new version that is installed in its place is another.
std::string program_identity() {
  struct stat status {};
  if (::stat("/proc/self/exe", &status) != 0) return NEXTLINE_VERSION;
  return fmt::format("{} {} {} {} {}.{}", NEXTLINE_VERSION, status.st_dev, status.st_ino,
                     status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string engine_identity(const fs::path& model, const remote::RemoteServer* remote,
                            const GlobalOptions& options, const ServeArguments& arguments,
                            const fs::path& cache) {
  Description description;
  std::error_code ignored;
  description.add("program", program_identity());
  description.add("model", model.empty() ? "" : fs::absolute(model, ignored).string());
  if (remote != nullptr) description.add(*remote);
  description.add("catalogue", from_environment("NEXTLINE_CATALOGUE"));
  description.add("devices", from_environment("CUDA_VISIBLE_DEVICES"));
  description.add(options);
  description.add("cache", cache.string());
  description.add("unload_after", arguments.unload_after.count());
  description.add("stays", arguments.transport.stays.count());
  description.add(arguments.engine);
  description.add(arguments.refresh);
  description.add(arguments.statistics);
  const Hash128 hash = hash_128(std::as_bytes(std::span(description.text())));
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

}  // namespace nextline::server
