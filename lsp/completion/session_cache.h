#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <stop_token>
#include <vector>

#include "engine/error.h"
#include "engine/session/session.h"

namespace nextline::lsp {

/// An open document of any client, as the model's side knows it. Never used twice: a document that
/// is closed and opened again is another one.
enum class DocumentId : std::uint64_t {};

/// Whose document a session in a `SessionCache` is of.
class SessionOwner {
 public:
  /// The session has to give way, and is still there.
  virtual void give_way(DocumentId document, Session& session) = 0;
  /// The document is the one used last of all, and nobody waits.
  virtual void come_to_rest(DocumentId document, Session& session) = 0;
  /// Computes some of what is stale again, in one pass of so many rows.
  virtual Result<PassOutcome> refresh(DocumentId document, Session& session, std::uint32_t rows,
                                      const std::stop_token& stop) = 0;

 protected:
  ~SessionOwner() = default;
};

/// The sessions of the documents that were used last, whoever they belong to, as many as a budget
/// of memory holds: one that has to go is that of the document used least recently. Belongs to the
/// model's thread.
class SessionCache {
 public:
  explicit SessionCache(std::size_t byte_budget) : byte_budget_(byte_budget) {}

  /// The document's session, or null. It is the one used last then.
  Session* find(DocumentId document);
  /// Takes a session as the one used last. The document must have none; its owner must outlive it.
  Session& insert(DocumentId document, Session session, SessionOwner& owner);
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
    SessionOwner& owner;
  };
  /// All, the one used last first. To look at one is no use of it.
  std::list<Entry>& entries() { return entries_; }

 private:
  std::size_t byte_budget_;
  std::list<Entry> entries_;  // The one used last is the first.
};

}  // namespace nextline::lsp
