#include "server/serving/local_engine.h"

#include <utility>

#include "server/heap.h"
#include "server/power_supply.h"

namespace nextline::server {

LocalEngine::LocalEngine(ModelChoice choice, const ServeArguments& arguments,
                         const GlobalOptions& options, lsp::CompletionObserver* observer)
    : title_(title_of(choice)),
      loader_(std::move(choice), options,
              [this](const lsp::WorkStatus& status) { host_.show_loading(status); }),
      host_(host_options(arguments, observer)) {}

lsp::ModelHostOptions LocalEngine::host_options(const ServeArguments& arguments,
                                                lsp::CompletionObserver* observer) {
  return {.load = [this](const std::stop_token& stop) { return loader_.load(stop); },
          .load_on_cpu = [this](const std::stop_token&) { return loader_.load_on_cpu(); },
          .unload = [this] { loader_.unload(); },
          .unload_after = arguments.unload_after,
          .engine = arguments.engine,
          .refresh = arguments.refresh,
          .is_on_battery = [] { return is_on_battery(); },
          .give_back_memory = [] { trim_heap(); },
          .observer = observer};
}

void LocalEngine::tell_health(boost::json::object& health) const {
  const auto gauges = host_.gauges();
  if (!gauges.device_failure.empty()) health["device_failure"] = gauges.device_failure;
}

}  // namespace nextline::server
