#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "lsp/documents/text.h"
#include "lsp/protocol/position_encoding.h"
#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// A document as it was at one moment, for whoever works on it while the user types on. Immutable,
/// so any thread may read it; copying it costs a reference.
struct DocumentSnapshot {
  std::int32_t version;
  std::uint64_t revision;
  std::shared_ptr<const Text> text;  ///< Shared: the document holds it until its next change.
};

/// A document that an editor has open: its text follows the editor's changes.
///
/// Each notification of changes makes a new text and leaves the one before to those who hold it:
/// one copy of the bytes and of the line index, some tens of microseconds for a file of 5,000
/// lines.
///
/// Belongs to one thread; snapshots may go to others.
class Document {
 public:
  explicit Document(TextDocumentItem item);

  const std::string& uri() const { return uri_; }
  const std::string& language_id() const { return language_id_; }
  /// The client's number for the present text.
  std::int32_t version() const { return version_; }
  /// Counts the notifications that were applied, from 0. Unlike the version, it never goes back.
  std::uint64_t revision() const { return revision_; }
  const Text& text() const { return *text_; }
  DocumentSnapshot snapshot() const { return {version_, revision_, text_}; }

  /// Applies the changes of one notification in order, each to the text that the one before left,
  /// and returns the edits in the same order and sense. If one fails, the document stays as it was.
  ///
  /// The version is taken as it comes, also if it goes back: changes are applied in the order in
  /// which they arrive, and one that was refused would leave the text wrong from then on.
  Result<std::vector<ByteEdit>> change(const VersionedTextDocumentIdentifier& identifier,
                                       std::span<const TextDocumentContentChangeEvent> changes,
                                       PositionEncoding encoding);

 private:
  std::string uri_;
  std::string language_id_;
  std::int32_t version_;
  std::uint64_t revision_ = 0;
  std::shared_ptr<const Text> text_;
};

}  // namespace nextline::lsp
