#include "server/model_loader.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "server/models/catalogue.h"
#include "server/models/fetch.h"
#include "server/models/model_store.h"
#include "server/models/progress_bar.h"

namespace nextline::server {
namespace {

using Clock = std::chrono::steady_clock;

/// How often an editor's status line is changed.
constexpr std::chrono::milliseconds kTellInterval{250};

/// Tells of a task on standard error and to the one who asked for the model. A percentage, which
/// must not fall within one progress, is told of the first task only: the fetch, not the check
/// behind it.
class ToldProgress : public models::Progress {
 public:
  ToldProgress(const std::string& task, std::uint64_t total_bytes, std::uint64_t already_done,
               bool is_first, const ModelLoader::Tell& tell)
      : bar_(task, total_bytes, already_done),
        task_(task),
        total_bytes_(total_bytes),
        is_first_(is_first),
        tell_(tell) {
    show(already_done);
  }

  void show(std::uint64_t done_bytes) override {
    bar_.show(done_bytes);
    const auto now = Clock::now();
    if (now - told_ < kTellInterval) return;
    told_ = now;
    const std::uint64_t total = std::max<std::uint64_t>(total_bytes_, 1);
    const std::uint64_t done = std::min(done_bytes, total);
    highest_ = std::max(highest_, static_cast<std::uint32_t>(done * 100 / total));
    tell_({fmt::format("{}: {} of {} MB", task_, done / 1'000'000, total / 1'000'000),
           is_first_ ? std::optional(highest_) : std::nullopt});
  }

  void restart_at(std::uint64_t done_bytes) override { bar_.restart_at(done_bytes); }

 private:
  models::ProgressBar bar_;
  std::string task_;
  std::uint64_t total_bytes_;
  bool is_first_;
  std::uint32_t highest_ = 0;  // In per cent.
  const ModelLoader::Tell& tell_;
  Clock::time_point told_;
};

}  // namespace

Result<Backend*> ModelLoader::load(const std::stop_token& stop) {
  if (auto fetched = fetch_if_missing(stop); !fetched) return tl::unexpected(fetched.error());
  return take([this] { return load_model_onto_device(); });
}

Result<Backend*> ModelLoader::load_on_cpu() {
  a_device_has_failed_ = true;
  return take([this] { return go_on_on_cpu(*engine_, options_); });
}

Result<Backend*> ModelLoader::take(const std::function<Result<void>()>& load) {
  const std::string name = choice_.path.stem().string();
  tell_({fmt::format("Loading {}", name), std::nullopt});
  const auto started = Clock::now();
  if (const auto loaded = load(); !loaded) {
    engine_.reset();
    return tl::unexpected(loaded.error());
  }
  const std::chrono::duration<double> took = Clock::now() - started;
  spdlog::info("{} is loaded in {:.1f} s: {}.", name, took.count(),
               engine_->backend().description());
  return &engine_->backend();
}

Result<void> ModelLoader::load_model_onto_device() {
  auto engine = load_engine(choice_, options_);
  if (!engine && a_device_has_failed_) {
    // A driver may refuse a device that has failed to this process for good.
    spdlog::warn("{} The CPU computes instead.", engine.error().message);
    GlobalOptions on_cpu = options_;
    on_cpu.device = {DeviceName::Kind::kCpu};
    engine = load_engine(choice_, on_cpu);
  }
  if (!engine) return tl::unexpected(engine.error());
  engine_.emplace(std::move(*engine));
  return {};
}

Result<void> ModelLoader::fetch_if_missing(const std::stop_token& stop) {
  if (choice_.catalogue_name.empty()) return {};
  const auto catalogue = models::Catalogue::load();
  if (!catalogue) return tl::unexpected(catalogue.error());
  const auto store = models::ModelStore::open();
  if (!store) return tl::unexpected(store.error());
  const models::CatalogueEntry* const entry = catalogue->find(choice_.catalogue_name);
  if (entry == nullptr || store->has(*entry)) return {};
  bool is_first = true;
  const auto fetched = models::fetch(
      *entry, *store, std::nullopt,
      [&](const std::string& task, std::uint64_t total_bytes, std::uint64_t already_done) {
        return std::make_unique<ToldProgress>(task, total_bytes, already_done,
                                              std::exchange(is_first, false), tell_);
      },
      stop);
  if (!fetched) return tl::unexpected(fetched.error());
  return {};
}

}  // namespace nextline::server
