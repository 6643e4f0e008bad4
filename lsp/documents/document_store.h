#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/error.h"
#include "lsp/documents/document.h"
#include "lsp/documents/document_room.h"

namespace nextline::lsp {

/// A client's open documents, by their URIs as it spells them.
///
/// A document for which there is no room, from the beginning or from some change on, is left out:
/// its text is not kept, so it comes back only when it is opened again.
///
/// Belongs to one thread. A document stays where it is until it is closed or left out.
class DocumentStore {
 public:
  /// All positions of the client are counted in `encoding`.
  explicit DocumentStore(PositionEncoding encoding, DocumentRoom room = DocumentRoom())
      : encoding_(encoding), room_(std::move(room)) {}

  PositionEncoding encoding() const { return encoding_; }
  std::size_t size() const { return documents_.size(); }

  /// Null if the document is left out. Fails, and leaves the open document as it is, if there is
  /// one of this URI.
  Result<const Document*> open(TextDocumentItem item);

  /// Returns what the changes did to the bytes, see `Document::change`. Fails, and changes nothing,
  /// if the document is not open or one of the changes cannot be applied. Where they leave more
  /// text than there is room for, the document is left out.
  Result<std::vector<ByteEdit>> change(const DidChangeTextDocumentParams& params);

  /// Fails if the document is not open.
  Result<void> close(const std::string& uri);

  /// Null if the document is not open, or left out.
  const Document* find(const std::string& uri) const;

  /// Why the document is left out, for the user; nothing if it is not.
  std::optional<std::string> why_left_out(const std::string& uri) const;

 private:
  struct Kept {
    Document document;
    DocumentRoom::Place place;
  };

  void leave_out(const std::string& uri, LeftOut why);

  PositionEncoding encoding_;
  DocumentRoom room_;
  std::unordered_map<std::string, Kept> documents_;
  std::unordered_map<std::string, LeftOut> left_out_;  // As many as there may be documents.
};

}  // namespace nextline::lsp
