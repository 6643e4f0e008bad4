#pragma once

#include <cstddef>
#include <optional>

#include "engine/tokenizer/tokenizer.h"
#include "lsp/syntax/byte_span.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// What surrounds the cursor of a document, in whole lines, at most `most_tokens` tokens: the
/// file's head from its first line of code on, which imports and declares, up to an eighth; behind
/// the cursor at most a quarter; the rest stands directly before it. What is left out is not cut
/// within a string, a comment or an import of several lines, so that what is left reads as code.
Document cut_to_window(const Document& document, const Tokenizer& tokenizer,
                       std::size_t most_tokens = 1200);

/// What is left of a document, and where it stood there.
struct DocumentWindow {
  Document document;
  lsp::ByteSpan head;  ///< Of the whole document; empty where no head is kept.
  std::size_t before;  ///< From here up to the cursor the whole document is kept.

  /// Where a stretch of the whole document lies in the window; nothing if some of it was cut out.
  /// Behind the cursor it must not go on beyond the window.
  std::optional<lsp::ByteSpan> place_of(const lsp::ByteSpan& whole) const;
};

/// The same, telling what it has cut out.
DocumentWindow window_of(const Document& document, const Tokenizer& tokenizer,
                         std::size_t most_tokens);

}  // namespace nextline::replay
