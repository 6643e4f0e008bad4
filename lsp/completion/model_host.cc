#include "lsp/completion/model_host.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/out_of_memory.h"
#include "engine/session/shift_check.h"
#include "lsp/completion/model_client.h"

namespace nextline::lsp {
namespace {

using Priority = Scheduler::Priority;

/// Rows of a pass that refreshes. On one thread of two, the default model takes a tenth of a second
/// for so many; it stops between layers, and then these rows are lost.
constexpr std::uint32_t kRefreshedRows = 32;

/// Behind the sentence that says how a device has failed.
constexpr std::string_view kGoesOn =
    " Completions are computed on the CPU until the model is loaded again.";

constexpr const char* kNoMemoryForModel = "There is not enough memory for the model.";
constexpr const char* kNoMemoryForCompletion = "There is not enough memory for a completion.";
constexpr const char* kOutOfMemory =
    "There is not enough memory: what was cached of open documents is given back, and computed "
    "again when it is needed.";

/// The options that are safe with this backend: of a model whose cache would not survive an edit,
/// only what stands before the edit is kept.
CompletionEngine::Options checked(const CompletionEngine::Options& options, Backend& backend,
                                  const std::stop_token& stop) {
  CompletionEngine::Options safe = options;
  if (options.reuse != Reuse::kPieces && options.reuse != Reuse::kRotated) return safe;
  const auto check = check_shift(backend, stop);
  const bool was_stopped = stop.stop_requested() || backend.broken_by() != nullptr;
  if ((check && check->passes()) || was_stopped) return safe;
  safe.reuse = Reuse::kCommonPrefix;
  spdlog::warn(
      "This model's positions do not shift ({}). After an edit, all that stands behind it is "
      "computed again.",
      check ? "their logits differ by " + std::to_string(check->divergence) + " nat of KL"
            : check.error().message);
  return safe;
}

/// For a log.
std::string in_words(std::chrono::milliseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  if (whole != time || whole.count() == 0) return std::to_string(time.count()) + " ms";
  return std::to_string(whole.count()) + " s";
}

}  // namespace

/// The engine, and who completes with it.
struct ModelHost::LoadedModel {
  LoadedModel(Backend& backend, const CompletionEngine::Options& options, ShowHistory show_history,
              std::function<void()> on_history, CompletionObserver* observer)
      : engine(backend, options, std::move(show_history), std::move(on_history), observer) {}

  CompletionEngine engine;
  std::unordered_map<std::uint64_t, Completer> completers;  // By client.
};

ModelHost::ModelHost(ModelHostOptions options)
    : options_(std::move(options)),
      scheduler_({.refresh = options_.refresh.pause, .unload = options_.unload_after},
                 [this] { leave_caches(); }) {}

ModelHost::~ModelHost() {
  scheduler_.end();
  model_.reset();
}

void ModelHost::show_loading(const WorkStatus& status) {
  const std::lock_guard lock(mutex_);
  progress_ = status;
  for (ModelClient* const client : clients_) {
    client->post([client, status] { client->handlers_.show_loading(status); });
  }
}

ModelHost::Gauges ModelHost::gauges() const {
  const std::lock_guard lock(mutex_);
  return {.clients = clients_.size(),
          .open_documents = open_documents(),
          .cache_bytes = cache_bytes_,
          .is_loading = state_ == State::kLoading,
          .is_loaded = state_ == State::kLoaded,
          .device_failure = device_failure_};
}

void ModelHost::attach(ModelClient& client) {
  const std::lock_guard lock(mutex_);
  clients_.push_back(&client);
  if (state_ == State::kLoaded) {
    tell(client, {});
  } else if (state_ == State::kLoading) {
    if (!progress_) return;
    client.post([&client, status = *progress_] { client.handlers_.show_loading(status); });
  } else {
    begin_to_load();
  }
}

void ModelHost::detach(const ModelClient& client) {
  {
    const std::lock_guard lock(mutex_);
    std::erase(clients_, &client);
  }
  put_away(client.id_);
}

void ModelHost::need_model() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kAbsent) begin_to_load();
}

void ModelHost::begin_to_load() {
  state_ = State::kLoading;
  progress_.reset();
  scheduler_.submit(Priority::kChange, [this](const std::stop_token& stop) { load(stop); });
}

void ModelHost::load(const std::stop_token& stop) {
  if (Backend* const backend = std::exchange(idle_backend_, nullptr)) {
    std::optional<Error> failure;
    {
      const std::lock_guard lock(mutex_);
      if (!device_failure_.empty()) failure = Error{device_failure_, {}};
    }
    return take(backend, failure, stop);
  }
  take(unless_out_of_memory(kNoMemoryForModel, [&] { return options_.load(stop); }), std::nullopt,
       stop);
}

void ModelHost::load_on_cpu(const Error& failure, const std::stop_token& stop) {
  if (!options_.load_on_cpu) {
    if (options_.unload) options_.unload();
    return take(tl::unexpected(failure), failure, stop);
  }
  auto backend =
      unless_out_of_memory(kNoMemoryForModel, [&] { return options_.load_on_cpu(stop); });
  if (!backend) backend.error().message = failure.message + " " + backend.error().message;
  take(backend, failure, stop);
}

void ModelHost::take(Result<Backend*> backend, const std::optional<Error>& failure,
                     const std::stop_token& stop) {
  if (backend && !stop.stop_requested()) {
    backend = unless_out_of_memory(kNoMemoryForModel, [&]() -> Result<Backend*> {
      make_engine(**backend, stop);
      return *backend;
    });
    if (!backend && options_.unload) options_.unload();
  }
  if (stop.stop_requested()) return;
  if (!backend) spdlog::error("{}", backend.error().message);
  show_loading({backend ? "Ready" : "The model could not be loaded", std::nullopt, true});
  {
    const std::lock_guard lock(mutex_);
    state_ = backend ? State::kLoaded : State::kFailed;
    device_failure_ = backend && failure ? failure->message : "";
    const Result<void> outcome = backend.map([](Backend*) {});
    for (ModelClient* const client : clients_) tell(*client, outcome);
  }
  look_after();
}

void ModelHost::tell(ModelClient& client, const Result<void>& outcome) const {
  if (!device_failure_.empty()) {
    client.post([&client, sentence = device_failure_ + std::string(kGoesOn)] {
      client.handlers_.warn(sentence);
    });
  }
  client.post([&client, outcome] { client.handlers_.model_has_come(outcome); });
}

void ModelHost::make_engine(Backend& backend, const std::stop_token& stop) {
  const auto show_history = [this](const WorkStatus& status) {
    const std::lock_guard lock(mutex_);
    for (ModelClient* const client : clients_) {
      client->post([client, status] { client->handlers_.show_history(status); });
    }
  };
  model_ = std::make_unique<LoadedModel>(
      backend, checked(options_.engine, backend, stop), show_history,
      [this] { resume_idle_work(); }, options_.observer);
  if (options_.unload_after > std::chrono::milliseconds(0)) submit_unload();
}

void ModelHost::look_after() {
  cache_bytes_ = model_ ? model_->engine.sessions().bytes() : 0;
  const Error* const failure = model_ ? model_->engine.backend().broken_by() : nullptr;
  if (failure) leave_backend(Error(*failure));  // Which goes with the backend.
}

void ModelHost::leave_backend(const Error& failure) {
  spdlog::error("{}{}", failure.message, options_.load_on_cpu ? kGoesOn : "");
  model_->engine.observer().device_failed();
  leave_engine(State::kLoading);
  // Not here: who has gone need not wait for it.
  scheduler_.submit(Priority::kChange,
                    [this, failure](const std::stop_token& stop) { load_on_cpu(failure, stop); });
}

void ModelHost::submit_unload() {
  if (std::exchange(unload_waits_, true)) return;
  scheduler_.submit(Priority::kUnload, [this](const std::stop_token& stop) {
    unload_waits_ = false;
    if (stop.stop_requested()) return submit_unload();
    if (model_ || idle_backend_) unload();
  });
}

void ModelHost::leave_engine(State then, const std::optional<Error>& failure) {
  {
    const std::lock_guard lock(mutex_);
    state_ = then;
    progress_.reset();
    for (ModelClient* const client : clients_) {
      client->post([client, failure] { client->handlers_.model_has_gone(failure); });
    }
  }
  model_.reset();
  cache_bytes_ = 0;
}

void ModelHost::leave_caches() {
  if (!model_) return;
  spdlog::warn("{}", kOutOfMemory);
  if (!std::exchange(told_of_memory_, true)) {
    const std::lock_guard lock(mutex_);
    for (ModelClient* const client : clients_) {
      client->post([client] { client->handlers_.warn(kOutOfMemory); });
    }
  }
  idle_backend_ = &model_->engine.backend();
  model_->engine.keep_no_more();
  leave_engine(State::kAbsent, Error{kNoMemoryForCompletion, {}});
}

void ModelHost::unload() {
  {
    const std::lock_guard lock(mutex_);
    device_failure_.clear();
  }
  leave_engine(State::kAbsent);
  idle_backend_ = nullptr;
  if (options_.unload) options_.unload();
  give_back_memory();
  spdlog::info("Nobody has used the model for {}, so its memory is given back until somebody does.",
               in_words(options_.unload_after));
}

Completer* ModelHost::completer_of(std::uint64_t client) {
  if (!model_) return nullptr;
  const auto completer = model_->completers.find(client);
  return completer == model_->completers.end() ? nullptr : &completer->second;
}

void ModelHost::make_completer(std::uint64_t client, const Completer::Options& options) {
  if (!model_) return;
  if (Completer* const earlier = completer_of(client)) {
    while (earlier->close_any()) {
    }
    model_->completers.erase(client);
  }
  model_->completers.try_emplace(client, model_->engine, options, [this] { resume_idle_work(); });
  look_after();
}

void ModelHost::put_away(std::uint64_t client) {
  scheduler_.submit(Priority::kPreparation, [this, client](const std::stop_token&) {
    Completer* const completer = completer_of(client);
    if (!completer) return;
    if (completer->close_any()) {
      put_away(client);
    } else {
      model_->completers.erase(client);
    }
    look_after();
  });
}

void ModelHost::begin_pause() {
  pause_ = {};
  submit_idle_work();
}

void ModelHost::submit_idle_work() {
  if (std::exchange(idle_work_waits_, true)) return;
  scheduler_.submit(Priority::kRefresh, [this](const std::stop_token& stop) {
    idle_work_waits_ = false;
    if (refresh(stop)) return submit_idle_work();
    if (!stop.stop_requested()) give_back_memory();
  });
}

void ModelHost::resume_idle_work() {
  scheduler_.submit(Priority::kRefresh, [this](const std::stop_token&) { submit_idle_work(); });
}

bool ModelHost::refresh(const std::stop_token& stop) {
  if (!model_ || !options_.refresh.enabled) return false;
  if (!options_.refresh.on_battery && is_on_battery()) return false;
  std::uint32_t rows = kRefreshedRows;
  if (options_.refresh.most_tokens > 0) {
    rows = std::min(rows, options_.refresh.most_tokens - pause_.refreshed_tokens);
    if (rows == 0) return false;
    pause_.refreshed_tokens += rows;
  }
  const auto more = model_->engine.refresh(rows, options_.refresh.threads, stop);
  look_after();
  return more && *more;
}

void ModelHost::give_back_memory() const {
  if (options_.give_back_memory) options_.give_back_memory();
}

bool ModelHost::is_on_battery() {
  if (!pause_.is_on_battery) {
    pause_.is_on_battery = options_.is_on_battery && options_.is_on_battery();
  }
  return *pause_.is_on_battery;
}

}  // namespace nextline::lsp
