#pragma once

#include <optional>
#include <string>

#include "engine/session/text_around_cursor.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/figures/source_text.h"
#include "tests/support/random.h"

namespace nextline::figures {

/// A Python text in which one line changes that defines what an awaited line further down refers
/// to: the name that it defines is another one before, or the line is another one, or is not there.
struct SemanticRow {
  std::string before;  ///< The text, but for the edit …
  std::string after;   ///< … and with it; the awaited line is missing in both.
  Replacements edit;
  Gap gap_before;  ///< Where the awaited line is missing.
  Gap gap_after;
  std::string awaited;  ///< Without its indentation and line end.

  /// One of some 1,200 tokens of a file, at random; nothing if none is found.
  static std::optional<SemanticRow> in(const SourceText& file, const Tokenizer& tokenizer,
                                       test::Random& random);
};

}  // namespace nextline::figures
