#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/error.h"
#include "lsp/documents/document.h"

namespace nextline::lsp {

/// The open documents, by their URIs as the client spells them.
///
/// Belongs to one thread. A document stays where it is until it is closed.
class DocumentStore {
 public:
  /// All positions of the client are counted in `encoding`.
  explicit DocumentStore(PositionEncoding encoding) : encoding_(encoding) {}

  PositionEncoding encoding() const { return encoding_; }
  std::size_t size() const { return documents_.size(); }

  /// Fails, and leaves the open document as it is, if there is one of this URI.
  Result<const Document*> open(TextDocumentItem item);

  /// Returns what the changes did to the bytes, see `Document::change`. Fails, and changes nothing,
  /// if the document is not open or one of the changes cannot be applied.
  Result<std::vector<ByteEdit>> change(const DidChangeTextDocumentParams& params);

  /// Fails if the document is not open.
  Result<void> close(const std::string& uri);

  /// Null if the document is not open.
  const Document* find(const std::string& uri) const;

 private:
  PositionEncoding encoding_;
  std::unordered_map<std::string, Document> documents_;
};

}  // namespace nextline::lsp
