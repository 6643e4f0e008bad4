#include "lsp/completion/completer.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {

Result<Completion> Completer::complete(DocumentId document, std::string_view prefix,
                                       const std::stop_token& stop) {
  auto session = session_of(document);
  if (!session) return tl::unexpected(std::move(session.error()));
  return (*session)->complete(prefix, {.max_tokens = options_.max_tokens}, stop);
}

void Completer::forget(DocumentId document) {
  std::erase_if(sessions_, [&](const Kept& kept) { return kept.document == document; });
}

Result<Session*> Completer::session_of(DocumentId document) {
  const auto kept = std::find_if(sessions_.begin(), sessions_.end(),
                                 [&](const Kept& one) { return one.document == document; });
  if (kept != sessions_.end()) {
    sessions_.splice(sessions_.begin(), sessions_, kept);
    return &sessions_.front().session;
  }
  if (sessions_.size() >= std::max<std::size_t>(options_.kept_documents, 1)) sessions_.pop_back();
  auto session = Session::create(backend_, {.context_length = options_.context_length});
  if (!session) return tl::unexpected(std::move(session.error()));
  sessions_.push_front({document, std::move(*session)});
  return &sessions_.front().session;
}

}  // namespace nextline::lsp
