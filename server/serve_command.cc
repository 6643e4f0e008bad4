#include "server/serve_command.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "server/loaded_engine.h"
#include "server/metrics/metrics.h"
#include "server/models/model_store.h"
#include "server/playground/playground_page.h"
#include "server/serving/engine_identity.h"
#include "server/serving/log_file.h"
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

/// Where the processes with this engine meet; nothing where they are not to, or cannot.
Result<SharedServing> shared_serving_for(const ModelChoice& choice, const ServeArguments& served,
                                         const GlobalOptions& options,
                                         const Result<std::filesystem::path>& cache) {
  return cache.and_then([&](const std::filesystem::path& folder) {
    return shared_serving(engine_identity(choice, options, served, folder), folder);
  });
}

}  // namespace

Result<Answer> serve(const ServeArguments& arguments, const GlobalOptions& options,
                     const std::vector<std::string>& words, std::stop_token stop) {
  const TransportArguments& transport = arguments.transport;
  if (const auto usable = check_device(options); !usable) return tl::unexpected(usable.error());
  if (transport.stdio && !StandardStreams::are_open()) {
    return failure("Standard input and standard output must be open: an editor is served there.");
  }
  auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
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
  ServerProcess process(std::move(*choice), *served, options,
                        {.page = [] { return std::string(playground_page()); },
                         .metrics = figures,
                         .observer = &metrics});
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
