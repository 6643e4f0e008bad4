#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/context/symbol_index.h"

namespace nextline::lsp {

/// A document that is being edited.
struct ContextDocument {
  std::string path;  ///< From the workspace's folder, as the index has it.
  std::string_view text;
  std::size_t cursor = 0;  ///< An offset in bytes, at most the text's size.
};

/// A definition that a document may want to see: one that is no member of another, and which of its
/// members.
struct RankedDefinition {
  IndexedDefinition definition;
  std::vector<std::size_t> members;  ///< By number, ascending.
  std::string text;                  ///< `definition_text`.
  double score;                      ///< More than 0; twice the score is twice as wanted.
};

/// What a document imports or uses and does not define itself, the most wanted first; then what the
/// files have beside that it imports or, where the language has it so, whose folder it shares; and
/// what the heads of all these mention. A definition is the more wanted
///
/// - the more surely its file is imported, and if the name is, or if the file lies beside it,
/// - the nearer to the cursor, and the more often, its name or its members' are used,
/// - the fewer other files define the name,
/// - the more of the words that its name is made of stand in names that are used,
/// - and if the file is of the document's language.
///
/// Nothing of the document itself is among them. Reads the index alone, and takes some
/// milliseconds; the same index and document give the same ranking.
std::vector<RankedDefinition> rank_definitions(const SymbolIndex& index,
                                               const ContextDocument& document);

}  // namespace nextline::lsp
