#include "lsp/documents/document_store.h"

#include <utility>

namespace nextline::lsp {
namespace {

tl::unexpected<Error> not_open(const std::string& uri) {
  return failure("The document '" + uri + "' is not open.");
}

}  // namespace

Result<const Document*> DocumentStore::open(TextDocumentItem item) {
  const std::string uri = item.uri;
  const auto [place, is_new] = documents_.try_emplace(uri, std::move(item));
  if (!is_new) return failure("The document '" + uri + "' is open already.");
  return &place->second;
}

Result<std::vector<ByteEdit>> DocumentStore::change(const DidChangeTextDocumentParams& params) {
  const auto document = documents_.find(params.text_document.uri);
  if (document == documents_.end()) return not_open(params.text_document.uri);
  return document->second.change(params.text_document, params.content_changes, encoding_);
}

Result<void> DocumentStore::close(const std::string& uri) {
  if (documents_.erase(uri) == 0) return not_open(uri);
  return {};
}

const Document* DocumentStore::find(const std::string& uri) const {
  const auto document = documents_.find(uri);
  return document == documents_.end() ? nullptr : &document->second;
}

}  // namespace nextline::lsp
