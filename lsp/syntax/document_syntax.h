#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/session/replacement.h"
#include "engine/session/stale_span.h"
#include "lsp/syntax/byte_span.h"
#include "lsp/syntax/cursor_syntax.h"
#include "lsp/syntax/parsed_completion.h"

namespace nextline::lsp {

/// Follows a document's edits, and says what they made stale, what stands at a place of it, and how
/// a completion fits in. That is all anybody learns of its syntax.
///
/// The language is that of the file's name. Where it is not known, or the text could not be parsed
/// with a bearable amount of work, indentation tells what belongs together.
///
/// Belongs to one thread. A key in a file of 5,000 lines takes some tenths of a millisecond, and
/// opening one some tens of milliseconds.
class DocumentSyntax {
 public:
  DocumentSyntax(std::string_view path, std::string_view text);
  ~DocumentSyntax();
  DocumentSyntax(DocumentSyntax&&) noexcept;
  /// The same syntax, to be followed on its own; nothing is parsed, and little copied.
  DocumentSyntax(const DocumentSyntax& other);
  DocumentSyntax& operator=(DocumentSyntax&&) noexcept;

  /// Follows the edits that made `after` of `before`, and returns what is stale in `after`, most
  /// valuable first: what stands right behind the edits, in the order of the text and disjoint;
  /// then the lines behind them that name a symbol whose definition changed, each once. A line may
  /// also lie in a span of the first kind.
  std::vector<StaleSpan> update(std::string_view before, std::string_view after,
                                std::span<const Replacement> edits);

  /// What stands at a place of the text, which is the one last given.
  CursorSyntax at(std::string_view text, std::size_t offset) const;
  /// A completion that is to take the place of the bytes `gap` of the document's text, behind what
  /// is `typed` already but not in the text. It does not follow later edits.
  ParsedCompletion completion_at(std::string_view text, ByteSpan gap,
                                 std::string_view typed = {}) const;

 private:
  // Null if the language is not known.
  std::unique_ptr<SyntaxTree> tree_;
  const Delimiters* delimiters_;
};

}  // namespace nextline::lsp
