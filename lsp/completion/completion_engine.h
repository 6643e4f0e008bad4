#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/session/session.h"
#include "lsp/completion/completion_observer.h"
#include "lsp/completion/session_cache.h"
#include "lsp/completion/snapshot_keeper.h"
#include "lsp/completion/speculator.h"
#include "lsp/history/history_keeper.h"

namespace nextline::lsp {

/// A model at work, with what all its clients share: the caches of their documents within one
/// budget of memory, what is kept of these on disk, and what completions are drafted from.
/// Belongs to the model's thread.
class CompletionEngine {
 public:
  struct Options {
    /// Tokens at most, those of the document and the completion together; 0: what the model was
    /// trained for.
    std::uint32_t context_length = 4096;
    /// Memory for the documents' caches together. A token of the default model takes 12 kB.
    std::size_t cache_bytes = std::size_t{1} << 30;
    /// What is kept of a document's cache when its text changes; see `Session`.
    Reuse reuse = Reuse::kPieces;
    /// What is computed again of what an edit made stale, before a completion.
    RepairOptions repair = {};
    /// What is kept of caches on disk.
    SnapshotOptions snapshots = {};
    /// What completions are drafted from.
    SpeculationOptions speculation = {};
    /// How tokens are chosen.
    Sampling sampling = {};
  };

  /// `backend` must outlive the engine, and the engine whoever completes with it. `show_history`
  /// and `on_history` may be empty; see `HistoryKeeper`. So may `observer` be null.
  CompletionEngine(Backend& backend, const Options& options, ShowHistory show_history = {},
                   std::function<void()> on_history = {}, CompletionObserver* observer = nullptr);
  CompletionEngine(const CompletionEngine&) = delete;
  CompletionEngine& operator=(const CompletionEngine&) = delete;

  /// Computes some of what is stale again, in one pass of `rows` rows on so many threads: of the
  /// document used last, whoever it belongs to, or, where that is exact, of the one used before it
  /// that has a cache. Says whether there is more to do; a pass that was stopped leaves it to do.
  Result<bool> refresh(std::uint32_t rows, std::uint32_t threads, const std::stop_token& stop);

  Backend& backend() { return backend_; }
  const Options& options() const { return options_; }
  /// Tokens that a prompt and its completion have together at the most.
  std::uint32_t context_length() const;
  SessionCache& sessions() { return sessions_; }
  /// Nothing if none are to be kept.
  std::optional<SnapshotKeeper>& snapshots() { return snapshots_; }
  /// Nothing if nothing is drafted.
  std::optional<Speculator>& speculator() { return speculator_; }
  /// Nothing if nothing of repositories is.
  std::optional<HistoryKeeper>& history() { return history_; }
  CompletionObserver& observer() { return *observer_; }

  /// Keeps no more caches on disk: something may be wrong with them.
  void keep_no_more() { snapshots_.reset(); }

 private:
  Backend& backend_;
  Options options_;
  CompletionObserver nobody_;
  CompletionObserver* observer_;
  std::optional<SnapshotKeeper> snapshots_;
  std::optional<Speculator> speculator_;
  std::optional<HistoryKeeper> history_;
  SessionCache sessions_;
};

}  // namespace nextline::lsp
