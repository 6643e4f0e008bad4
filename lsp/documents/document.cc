#include "lsp/documents/document.h"

#include <utility>

namespace nextline::lsp {

Document::Document(TextDocumentItem item)
    : uri_(std::move(item.uri)),
      language_id_(std::move(item.language_id)),
      version_(item.version),
      text_(std::make_shared<const Text>(std::move(item.text))) {}

Result<std::vector<ByteEdit>> Document::change(
    const VersionedTextDocumentIdentifier& identifier,
    std::span<const TextDocumentContentChangeEvent> changes, PositionEncoding encoding) {
  auto text = std::make_shared<Text>(*text_);
  std::vector<ByteEdit> edits;
  for (const TextDocumentContentChangeEvent& change : changes) {
    auto edit = text->apply(change, encoding);
    if (!edit) return tl::unexpected(std::move(edit.error()));
    if (*edit) edits.push_back(std::move(**edit));
  }
  text_ = std::move(text);
  version_ = identifier.version.value_or(version_);
  ++revision_;
  return edits;
}

}  // namespace nextline::lsp
