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
  if (documents_.contains(uri) || left_out_.contains(uri)) {
    return failure("The document '" + uri + "' is open already.");
  }
  auto place = room_.take(documents_.size());
  const auto no_room = place ? room_.hold(*place, item.text.size()) : LeftOut::kTooManyDocuments;
  if (no_room) {
    leave_out(uri, *no_room);
    return nullptr;
  }
  Kept kept{Document(std::move(item)), std::move(*place)};
  return &documents_.emplace(uri, std::move(kept)).first->second.document;
}

Result<std::vector<ByteEdit>> DocumentStore::change(const DidChangeTextDocumentParams& params) {
  const std::string& uri = params.text_document.uri;
  const auto found = documents_.find(uri);
  if (found == documents_.end()) return not_open(uri);
  auto& [document, place] = found->second;
  auto edits = document.change(params.text_document, params.content_changes, encoding_);
  if (!edits) return edits;
  if (const auto no_room = room_.hold(place, document.text().bytes().size())) {
    documents_.erase(found);
    leave_out(uri, *no_room);
  }
  return edits;
}

Result<void> DocumentStore::close(const std::string& uri) {
  if (documents_.erase(uri) == 0 && left_out_.erase(uri) == 0) return not_open(uri);
  return {};
}

const Document* DocumentStore::find(const std::string& uri) const {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second.document;
}

std::optional<std::string> DocumentStore::why_left_out(const std::string& uri) const {
  const auto found = left_out_.find(uri);
  if (found == left_out_.end()) return std::nullopt;
  return sentence_of(found->second, room_.limits());
}

void DocumentStore::leave_out(const std::string& uri, LeftOut why) {
  if (left_out_.size() < room_.limits().documents) left_out_.emplace(uri, why);
}

}  // namespace nextline::lsp
