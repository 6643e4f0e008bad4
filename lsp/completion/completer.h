#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <stop_token>
#include <string_view>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/session/session.h"

namespace nextline::lsp {

/// An open document, as the model's side knows it. Never used twice: a document that is closed and
/// opened again is another one.
enum class DocumentId : std::uint64_t {};

/// Completes documents with a model, and keeps the caches of those it completed last.
/// Belongs to the model's thread.
class Completer {
 public:
  struct Options {
    /// Tokens at most, those of the document and the completion together; 0: what the model was
    /// trained for.
    std::uint32_t context_length = 4096;
    /// Tokens that are generated at most.
    std::uint32_t max_tokens = 64;
    /// Documents whose caches are kept. A full cache of the default model takes 50 MB.
    std::size_t kept_documents = 8;
  };

  /// `backend` must outlive the completer.
  Completer(Backend& backend, const Options& options) : backend_(backend), options_(options) {}

  /// The next line behind `prefix`, the document's text before the cursor. Fails if there is no
  /// memory for the document's cache.
  Result<Completion> complete(DocumentId document, std::string_view prefix,
                              const std::stop_token& stop);

  /// Gives the document's cache back.
  void forget(DocumentId document);

 private:
  struct Kept {
    DocumentId document;
    Session session;
  };

  /// The document's session, made if there is none, in the place of the one that was used least
  /// recently if there are as many as are kept.
  Result<Session*> session_of(DocumentId document);

  Backend& backend_;
  Options options_;
  std::list<Kept> sessions_;  // The one used last is the first.
};

}  // namespace nextline::lsp
