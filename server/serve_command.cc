#include "server/serve_command.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "server/loaded_engine.h"
#include "server/metrics/metrics.h"
#include "server/models/model_store.h"
#include "server/playground/playground_page.h"
#include "server/remote/remote_server.h"
#include "server/serving/engine_identity.h"
#include "server/serving/local_engine.h"
#include "server/serving/log_file.h"
#include "server/serving/remote_engine.h"
#include "server/serving/server_process.h"
#include "server/serving/shared_serving.h"
#include "server/transport/standard_streams.h"

namespace nextline::server {
namespace {

/// The arguments with the folders that things are kept in.
Result<ServeArguments> with_folders(const ServeArguments& arguments,
                                    const Result<std::filesystem::path>& cache) {
  ServeArguments served = arguments;
  if (cache && arguments.keeps_statistics) served.statistics.folder = *cache / "statistics";
  if (arguments.keeps_snapshots || arguments.keeps_history) {
    if (!cache) return tl::unexpected(cache.error());
    if (arguments.keeps_snapshots) served.engine.snapshots.folder = *cache / "snapshots";
    if (arguments.keeps_history) served.engine.speculation.history.folder = *cache / "history";
  }
  return served;
}

/// Who completes: a server elsewhere if one is named, else a model.
struct EngineChoice {
  std::optional<remote::RemoteServer> remote;
  ModelChoice model;  ///< Where there is no such server.
};

Result<EngineChoice> choose_engine(const ServeArguments& arguments, const GlobalOptions& options) {
  EngineChoice choice;
  if (!arguments.remote.url.empty()) {
    auto server = remote::remote_server(arguments.remote, &std::getenv);
    if (!server) return tl::unexpected(server.error());
    choice.remote = std::move(*server);
    return choice;
  }
  if (const auto usable = check_device(options); !usable) return tl::unexpected(usable.error());
  auto model = choose_model(options);
  if (!model) return tl::unexpected(model.error());
  choice.model = std::move(*model);
  return choice;
}

/// Where the processes with this engine meet; nothing where they are not to, or cannot.
Result<SharedServing> shared_serving_for(const EngineChoice& choice, const ServeArguments& served,
                                         const GlobalOptions& options,
                                         const Result<std::filesystem::path>& cache) {
  return cache.and_then([&](const std::filesystem::path& folder) {
    const remote::RemoteServer* const remote = choice.remote ? &*choice.remote : nullptr;
    return shared_serving(engine_identity(choice.model.path, remote, options, served, folder),
                          folder);
  });
}

std::unique_ptr<ServingEngine> make_engine(EngineChoice choice, const ServeArguments& served,
                                           const GlobalOptions& options, Metrics& metrics) {
  if (!choice.remote) {
    return std::make_unique<LocalEngine>(std::move(choice.model), served, options, &metrics);
  }
  spdlog::info("Completions come from {}; code is sent there.", choice.remote->address);
  return std::make_unique<RemoteEngine>(std::move(*choice.remote), served, &metrics, &metrics);
}

}  // namespace

Result<Answer> serve(const ServeArguments& arguments, const GlobalOptions& options,
                     const std::vector<std::string>& words, std::stop_token stop) {
  const TransportArguments& transport = arguments.transport;
  auto choice = choose_engine(arguments, options);
  if (!choice) return tl::unexpected(choice.error());
  if (transport.stdio && !StandardStreams::are_open()) {
    return failure("Standard input and standard output must be open: an editor is served there.");
  }
  const auto cache = models::cache_directory();
  const auto served = with_folders(arguments, cache);
  if (!served) return tl::unexpected(served.error());

  Result<SharedServing> shared = failure("Processes are not shared.");
  if (transport.is_shared || transport.is_in_background) {
    shared = shared_serving_for(*choice, *served, options, cache);
    if (!shared) spdlog::warn("{} This process shares nothing.", shared.error().message);
  }
  if (shared && transport.is_in_background) log_to_file(shared->log, options.verbose);
  if (shared && transport.is_for_one_client()) {
    if (auto answer = serve_by_another(*shared, words, stop)) return std::move(*answer);
  }

  Metrics metrics(NEXTLINE_VERSION);
  const auto figures = [&metrics](const auto& gauges) { return metrics.text(gauges); };
  ServerProcess process(
      make_engine(std::move(*choice), *served, options, metrics), *served,
      {.page = [] { return std::string(playground_page()); }, .metrics = figures});
  if (const auto wakes = process.check_wakeup(); !wakes) return tl::unexpected(wakes.error());
  if (transport.is_in_background) {
    if (!shared) return tl::unexpected(shared.error());
    const auto taken = take_inherited_socket(process, std::move(shared->point));
    if (!taken) return tl::unexpected(taken.error());
  } else {
    if (const auto listens = process.listen(); !listens) return tl::unexpected(listens.error());
    const bool is_offered = shared && !transport.is_for_one_client();
    if (is_offered) offer_to_others(process, std::move(shared->point), stop);
  }
  Answer nothing_more_to_say;
  nothing_more_to_say.success = process.run(stop);
  return nothing_more_to_say;
}

}  // namespace nextline::server
