#include "lsp/documents/document_room.h"

namespace nextline::lsp {
namespace {

std::string megabytes(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MB"; }

}  // namespace

std::string sentence_of(LeftOut why, const DocumentLimits& limits) {
  switch (why) {
    case LeftOut::kTooLarge:
      return "The document is larger than " + megabytes(limits.document_bytes) +
             ", and is not completed; once it is smaller, open it again.";
    case LeftOut::kTooManyDocuments:
      return "More documents are open than are completed: " + std::to_string(limits.documents) +
             " of one editor, " + std::to_string(limits.all_documents) +
             " of all; close some, then open this one again.";
    case LeftOut::kTooMuchText:
      return "The open documents of all editors have more than " + megabytes(limits.all_bytes) +
             " of text, and this one is not completed; close some, then open it again.";
  }
  return "";
}

DocumentRoom::Place::~Place() {
  if (!taken_) return;
  --taken_->documents;
  taken_->bytes -= bytes_;
}

std::optional<DocumentRoom::Place> DocumentRoom::take(std::size_t others) const {
  if (others >= limits_.documents || taken_->documents >= limits_.all_documents) {
    return std::nullopt;
  }
  return Place(taken_);
}

std::optional<LeftOut> DocumentRoom::hold(Place& place, std::size_t bytes) const {
  if (bytes > limits_.document_bytes) return LeftOut::kTooLarge;
  const std::size_t others = taken_->bytes - place.bytes_;
  if (bytes > limits_.all_bytes - others) return LeftOut::kTooMuchText;
  taken_->bytes = others + bytes;
  place.bytes_ = bytes;
  return std::nullopt;
}

}  // namespace nextline::lsp
