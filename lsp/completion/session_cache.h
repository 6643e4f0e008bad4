#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <vector>

#include "engine/session/session.h"

namespace nextline::lsp {

/// An open document, as the model's side knows it. Never used twice: a document that is closed and
/// opened again is another one.
enum class DocumentId : std::uint64_t {};

/// The sessions of the documents that were used last, as many as a budget of memory holds: one that
/// has to go is that of the document used least recently.
/// Belongs to the model's thread.
class SessionCache {
 public:
  /// Called for a session that has to give way, while it is still there.
  using OnEviction = std::function<void(DocumentId, Session&)>;

  SessionCache(std::size_t byte_budget, OnEviction on_eviction)
      : byte_budget_(byte_budget), on_eviction_(std::move(on_eviction)) {}

  /// The document's session, or null. It is the one used last then.
  Session* find(DocumentId document);
  /// Takes a session as the one used last. The document must have none.
  Session& insert(DocumentId document, Session session);
  void erase(DocumentId document);

  /// Has sessions give way until there is room for what the one used last may grow by, refreshed
  /// in passes of so many rows. That one stays, however large it is.
  void make_room(std::uint32_t refresh_rows);

  /// The documents that have sessions, the one used last first.
  std::vector<DocumentId> documents() const;
  std::size_t bytes() const;
  /// A document with a session.
  struct Entry {
    DocumentId document;
    Session session;
  };
  /// All, the one used last first. To look at one is no use of it.
  std::list<Entry>& entries() { return entries_; }

 private:
  std::size_t byte_budget_;
  OnEviction on_eviction_;
  std::list<Entry> entries_;  // The one used last is the first.
};

}  // namespace nextline::lsp
