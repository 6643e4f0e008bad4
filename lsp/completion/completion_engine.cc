#include "lsp/completion/completion_engine.h"

#include <algorithm>
#include <utility>

#include "lsp/optional_part.h"

namespace nextline::lsp {

CompletionEngine::CompletionEngine(Backend& backend, const Options& options,
                                   ShowHistory show_history, std::function<void()> on_history,
                                   CompletionObserver* observer)
    : backend_(backend),
      options_(options),
      observer_(observer ? observer : &nobody_),
      sessions_(options.cache_bytes) {
  // Where only what stands before an edit is kept, nothing that is stale may come back.
  if (!options.snapshots.folder.empty() && options.reuse == Reuse::kPieces) {
    emplace_if_possible(snapshots_, "No caches are kept on disk", backend, options.snapshots);
  }
  if (!options.speculation.enabled) return;
  speculator_.emplace(backend.model().tokenizer(), options.speculation);
  if (const HistoryOptions& history = options.speculation.history; !history.folder.empty()) {
    emplace_if_possible(history_, "Nothing is drafted from repositories",
                        backend.model().tokenizer(), history, std::move(show_history),
                        std::move(on_history));
  }
}

Result<bool> CompletionEngine::refresh(std::uint32_t rows, std::uint32_t threads,
                                       const std::stop_token& stop) {
  if (sessions_.entries().empty()) return false;
  sessions_.make_room(rows);
  SessionCache::Entry& used_last = sessions_.entries().front();
  used_last.owner.come_to_rest(used_last.document, used_last.session);
  for (SessionCache::Entry& entry : sessions_.entries()) {
    if (entry.session.is_exact()) continue;
    const std::uint32_t encoded_before = entry.session.encoded_tokens();
    const ThreadLimit limit(backend_, threads);
    const auto outcome = entry.owner.refresh(entry.document, entry.session, rows, stop);
    if (!outcome) return tl::unexpected(outcome.error());
    observer_->encoded(entry.session.encoded_tokens() - encoded_before,
                       CompletionObserver::Purpose::kRefresh);
    return true;
  }
  return false;
}

std::uint32_t CompletionEngine::context_length() const {
  const std::uint32_t trained = backend_.model().hyperparameters().context_length;
  return options_.context_length == 0 ? trained : std::min(options_.context_length, trained);
}

}  // namespace nextline::lsp
