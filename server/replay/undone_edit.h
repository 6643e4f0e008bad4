#pragma once

#include <string>
#include <vector>

#include "lsp/syntax/byte_span.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// A stretch of a document above the cursor that an edit brought, and what stood there before.
struct UndoneEdit {
  lsp::ByteSpan now;
  std::string before;
};

/// The case in which one step makes the document of what it was before these edits: disjoint, and
/// in the order of the text. Its id is empty.
EditCase case_of(const Document& document, EditKind kind, std::string variant,
                 const std::vector<UndoneEdit>& edits);

/// "1 line", "8 lines".
std::string counted(std::size_t count, const std::string& noun);

}  // namespace nextline::replay
