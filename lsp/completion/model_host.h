#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "lsp/completion/completer.h"
#include "lsp/completion/completion_engine.h"
#include "lsp/completion/completion_host.h"
#include "lsp/completion/completion_observer.h"
#include "lsp/completion/refresh_options.h"
#include "lsp/completion/scheduler.h"
#include "lsp/work_status.h"

namespace nextline::lsp {

class ModelClient;

struct ModelHostOptions {
  /// Loads the model; runs on the model's thread. The backend must live until `unload` or
  /// `load_on_cpu` is called, or outlive the host.
  std::function<Result<Backend*>(const std::stop_token&)> load;
  /// Makes another backend for the same model, on the CPU, where the device of the one that there
  /// is has failed (`Backend::broken_by`); runs on the model's thread, and nobody uses that one any
  /// more. Empty: then there is no model until `load` is called again.
  std::function<Result<Backend*>(const std::stop_token&)> load_on_cpu = {};
  /// Gives it back, if it is not used for long; runs on the model's thread. `load` may follow.
  std::function<void()> unload = {};
  /// For how long nobody must have asked for anything, or changed anything; 0: it stays.
  std::chrono::milliseconds unload_after{0};
  CompletionEngine::Options engine = {};
  RefreshOptions refresh = {};
  /// Whether the machine runs on battery. Asked on the model's thread, once per pause. May be
  /// empty.
  std::function<bool()> is_on_battery = {};
  /// Gives what has been freed back to the system; runs on the model's thread, where all users
  /// pause and nothing is left to be done, and behind `unload`. May be empty.
  std::function<void()> give_back_memory = {};
  /// Hears what is done for clients; may be null. Must outlive the host.
  CompletionObserver* observer = nullptr;
};

/// One model for all clients of a process: loads it when the first one comes, on the thread that
/// computes (see `Scheduler`), makes caches exact while all users pause, and gives the memory back
/// when nobody has used it for long. A client is a `CompletionService`.
///
/// Where loading fails, all clients hear why, and it is tried again when another one comes.
///
/// Where the device that computes fails, the CPU goes on: nothing of that device is kept, each
/// client hands its documents over anew, as when the model has been away, and its requests wait
/// for that. All clients hear of it, once; those that come later, when they do. The device is tried
/// again when the model is loaded again.
///
/// Where memory runs out in a task, what that left may be half done: all caches go, none of them to
/// the disk, and the model is as good as unloaded. Requests are answered so, and not made anew:
/// they might find none again and again. All clients hear of it, once; who does something next has
/// the model come back, and hands its documents over anew.
///
/// Any thread may call it.
class ModelHost final : public CompletionHost {
 public:
  explicit ModelHost(ModelHostOptions options);
  /// All clients must be gone. Keeps the documents' caches on disk, and waits for that; what is
  /// being loaded is stopped.
  ~ModelHost() override;

  /// Shows all clients how far the loading is.
  void show_loading(const WorkStatus& status);

  Gauges gauges() const override;
  bool takes_context() const override { return options_.refresh.enabled; }

 private:
  enum class State : std::uint8_t { kAbsent, kLoading, kLoaded, kFailed };
  /// What became of a pause so far.
  struct Pause {
    std::uint32_t refreshed_tokens = 0;
    std::optional<bool> is_on_battery;  // Nothing until the power supply has been looked at.
  };
  struct LoadedModel;

  void attach(ModelClient& client) override;
  void detach(const ModelClient& client) override;
  void need_model() override;
  Scheduler& scheduler() override { return scheduler_; }
  CompletionObserver* observer() override { return options_.observer; }
  /// With the lock held.
  void begin_to_load();
  /// That the model is there, and what is the matter with it; or why it is not. With the lock held.
  void tell(ModelClient& client, const Result<void>& outcome) const;

  // The rest is called on the model's thread.
  void load(const std::stop_token& stop);
  void load_on_cpu(const Error& failure, const std::stop_token& stop);
  /// Takes what has been loaded, or has not, and tells the clients; also why the CPU computes it,
  /// if that is because a device has failed.
  void take(Result<Backend*> backend, const std::optional<Error>& failure,
            const std::stop_token& stop);
  void make_engine(Backend& backend, const std::stop_token& stop);
  /// Sees to what has changed while something ran: has the gauges tell what the caches take now,
  /// and leaves a backend whose device has failed.
  void look_after() override;
  void leave_backend(const Error& failure);
  void submit_unload();
  void unload();
  /// Behind a task that found no memory.
  void leave_caches();
  bool has_run_short() const override { return idle_backend_ != nullptr; }
  /// Lets go of all that belongs to the model but the backend, and tells the clients; see
  /// `ModelClient::Handlers`.
  void leave_engine(State then, const std::optional<Error>& failure = std::nullopt);
  Completer* completer_of(std::uint64_t client) override;
  void make_completer(std::uint64_t client, const Completer::Options& options) override;
  /// Closes what a client that has gone had open, one document after the other.
  void put_away(std::uint64_t client);
  void begin_pause() override;
  /// Passes that refresh the caches, until all are exact; then what was freed is given back.
  void submit_idle_work();
  /// One pass of that; says whether another is to follow.
  bool refresh(const std::stop_token& stop);
  /// Has it go on where it had nothing left to do: something may be stale again, or has been freed.
  /// Any thread.
  void resume_idle_work();
  void give_back_memory() const;
  bool is_on_battery() override;

  const ModelHostOptions options_;
  std::atomic<std::size_t> cache_bytes_ = 0;

  mutable std::mutex mutex_;  // Guards what follows; never held while something is computed.
  std::vector<ModelClient*> clients_;
  State state_ = State::kAbsent;
  std::optional<WorkStatus> progress_;  // Of what is being loaded.
  std::string device_failure_;          // As in the gauges.

  // The model's thread's.
  std::unique_ptr<LoadedModel> model_;
  Backend* idle_backend_ = nullptr;  // Loaded, and without a model that uses it.
  bool told_of_memory_ = false;
  bool unload_waits_ = false;     // In the queue.
  bool idle_work_waits_ = false;  // In the queue.
  Pause pause_;                   // Since there was last something to prepare.

  Scheduler scheduler_;  // Ends first.
};

}  // namespace nextline::lsp
