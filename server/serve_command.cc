#include "server/serve_command.h"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "lsp/language_server.h"
#include "lsp/statistics/statistics_store.h"
#include "server/later_calls.h"
#include "server/loaded_engine.h"
#include "server/model_loader.h"
#include "server/models/model_store.h"
#include "server/power_supply.h"
#include "server/stdio_transport.h"

namespace nextline::server {
namespace {

/// The parts of a server for one editor. The io_context's thread is the client's thread.
class StdioServer {
 public:
  StdioServer(ModelChoice choice, const ServeArguments& arguments, const GlobalOptions& options)
      : transport_(context_),
        later_calls_(context_),
        loader_(std::move(choice), options,
                [this](const lsp::WorkStatus& status) { host_.show_loading(status); }),
        host_({.load = [this](const std::stop_token& stop) { return loader_.load(stop); },
               .unload = [this] { loader_.unload(); },
               .engine = arguments.engine,
               .refresh = arguments.refresh,
               .is_on_battery = [] { return is_on_battery(); }}),
        service_(host_, arguments.completion,
                 [this](std::function<void()> function) {
                   boost::asio::post(context_, std::move(function));
                 },
                 {.loading = [this](const auto& status) { language_server_.show(status); },
                  .history = [this](const auto& status) { language_server_.show_history(status); },
                  .failure = [this](const auto& why) { language_server_.show_error(why); }}),
        language_server_(
            service_, NEXTLINE_VERSION,
            [this](const lsp::Message& message) { transport_.send(message); },
            feedback_options(arguments.statistics), arguments.pinned) {}

  /// Serves until the end; true if it was an orderly one.
  bool run(const std::stop_token& stop) {
    const std::stop_callback stop_at_once(stop, [this] { context_.stop(); });
    transport_.start([this](const lsp::MessageReader::Outcome& message) { receive(message); },
                     [this] { end(); });
    context_.run();
    return ended_orderly_;
  }

 private:
  void receive(const lsp::MessageReader::Outcome& message) {
    language_server_.receive(message);
    if (!language_server_.exit_status()) return;
    ended_orderly_ = language_server_.exit_status() == 0;
    later_calls_.give_up();
    transport_.close();
  }

  /// The client has closed its side. Editors that quit do so right behind `shutdown`.
  void end() {
    ended_orderly_ = language_server_.is_shut_down();
    later_calls_.give_up();
    if (!ended_orderly_) spdlog::warn("The client has gone without saying exit.");
  }

  lsp::Feedback::Options feedback_options(const lsp::StatisticsOptions& statistics) {
    if (!statistics.folder.empty()) statistics_.emplace(statistics);
    return {[this](std::chrono::milliseconds after, std::function<void()> function) {
              later_calls_.call(after, std::move(function));
            },
            statistics_ ? &*statistics_ : nullptr};
  }

  boost::asio::io_context context_{1};
  StdioTransport transport_;
  LaterCalls later_calls_;
  std::optional<lsp::StatisticsStore> statistics_;  // Nothing if none are kept.
  ModelLoader loader_;
  lsp::ModelHost host_;
  lsp::CompletionService service_;
  lsp::LanguageServer language_server_;
  bool ended_orderly_ = false;
};

}  // namespace

Result<Answer> serve(const ServeArguments& arguments, const GlobalOptions& options,
                     std::stop_token stop) {
  if (const auto usable = check_device(options); !usable) return tl::unexpected(usable.error());
  if (!StdioTransport::is_possible()) {
    return failure("Standard input and standard output must be open: an editor is served there.");
  }
  auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  ServeArguments served = arguments;
  const auto cache = models::cache_directory();
  if (cache && arguments.keeps_statistics) served.statistics.folder = *cache / "statistics";
  if (arguments.keeps_snapshots || arguments.keeps_history) {
    if (!cache) return tl::unexpected(cache.error());
    if (arguments.keeps_snapshots) served.engine.snapshots.folder = *cache / "snapshots";
    if (arguments.keeps_history) served.engine.speculation.history.folder = *cache / "history";
  }
  StdioServer server(std::move(*choice), served, options);
  Answer nothing_more_to_say;
  nothing_more_to_say.success = server.run(stop);
  return nothing_more_to_say;
}

}  // namespace nextline::server
