#include "lsp/completion/completer.h"

#include <algorithm>
#include <span>
#include <utility>

namespace nextline::lsp {
namespace {

/// Rows of a pass that prepares: many enough to be efficient, few enough not to be noticed by a
/// request that comes meanwhile.
constexpr std::uint32_t kPreparedRows = 32;

/// A change so near the cursor, in bytes, is made there: in its line or one beside it.
constexpr std::size_t kNear = 128;

/// Where a cursor is behind some changes.
std::size_t cursor_behind(std::span<const Replacement> replacements, std::size_t cursor) {
  std::size_t moved = cursor;
  for (const Replacement& r : replacements) {
    if (r.old_first > cursor + kNear) break;
    if (r.old_last + kNear >= cursor) {
      moved = r.new_last;
    } else {
      moved = cursor - r.old_last + r.new_last;
    }
  }
  return moved;
}

}  // namespace

void Completer::open(DocumentId document, SharedText text) {
  documents_[document] = {std::move(text), {}};
}

void Completer::change(DocumentId document, SharedText text, const Replacements& replacements) {
  Document& changed = documents_.at(document);
  const std::size_t cursor = cursor_behind(replacements.list(), changed.gap.before);
  changed.text = std::move(text);
  changed.gap = {cursor, cursor};
  if (Session* const session = find_session(document)) {
    session->update(*changed.text, replacements.list(), changed.gap);
  }
}

void Completer::move_cursor(DocumentId document, std::size_t cursor) {
  Document& moved = documents_.at(document);
  moved.gap = {cursor, cursor};
  if (Session* const session = find_session(document)) session->update(*moved.text, {}, moved.gap);
}

void Completer::close(DocumentId document) {
  std::erase_if(sessions_, [&](const Kept& kept) { return kept.document == document; });
  documents_.erase(document);
}

Result<Completion> Completer::complete(DocumentId document, const Place& place,
                                       const std::stop_token& stop) {
  documents_.at(document).gap = {place.selected ? place.selected_from : place.offset, place.offset};
  auto session = session_of(document);
  if (!session) return tl::unexpected(std::move(session.error()));
  return (*session)->complete(
      {.max_tokens = options_.max_tokens, .typed = place.selected.value_or("")}, stop);
}

Result<bool> Completer::prepare(DocumentId document, const std::stop_token& stop) {
  if (!documents_.contains(document)) return false;
  auto session = session_of(document);
  if (!session) return tl::unexpected(std::move(session.error()));
  const auto outcome = (*session)->encode_some(kPreparedRows, stop);
  if (!outcome) return tl::unexpected(outcome.error());
  return !(*session)->is_complete();
}

Result<bool> Completer::refresh(std::uint32_t rows, std::uint32_t threads,
                                const std::stop_token& stop) {
  const auto next_stale = [&](auto from) {
    return std::find_if(from, sessions_.end(),
                        [](const Kept& kept) { return !kept.session.is_exact(); });
  };
  const auto kept = next_stale(sessions_.begin());
  if (kept == sessions_.end()) return false;
  const ThreadLimit limit(backend_, threads);
  const auto outcome = kept->session.refresh_some(rows, stop);
  if (!outcome) return tl::unexpected(outcome.error());
  return next_stale(kept) != sessions_.end();
}

Result<Session*> Completer::session_of(DocumentId document) {
  const Document& wanted = documents_.at(document);
  if (Session* const session = find_session(document)) {
    if (session->gap() != wanted.gap) session->update(*wanted.text, {}, wanted.gap);
    return session;
  }
  if (sessions_.size() >= std::max<std::size_t>(options_.kept_documents, 1)) sessions_.pop_back();
  auto session = Session::create(backend_, {.context_length = options_.context_length,
                                            .reuse = options_.reuse,
                                            .reserved_tokens = options_.max_tokens});
  if (!session) return tl::unexpected(std::move(session.error()));
  session->open(*wanted.text, wanted.gap);
  sessions_.push_front({document, std::move(*session)});
  return &sessions_.front().session;
}

Session* Completer::find_session(DocumentId document) {
  const auto kept = std::find_if(sessions_.begin(), sessions_.end(),
                                 [&](const Kept& one) { return one.document == document; });
  if (kept == sessions_.end()) return nullptr;
  sessions_.splice(sessions_.begin(), sessions_, kept);
  return &sessions_.front().session;
}

}  // namespace nextline::lsp
