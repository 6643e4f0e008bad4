#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "lsp/completion/lexis.h"

// Fits what a model says at the cursor into the text around it. The rules, in the order in which
// they are applied:
//
// 1. What nobody wants cuts: control characters, U+FFFD, special tokens spelled as text, markers of
//    merges (`before_unwanted`).
// 2. Blanks at ends of lines go. Only where text follows on the cursor's line are the last ones
//    kept: they part it from the completion.
// 3. One line over and over is said once (`without_repetition`).
// 4. Indentation and line ends are the text's own (`with_indentation_of_text`).
// 5. Lines that are the next lines of the text are cut (`where_next_lines_begin`).
// 6. What the rest of the cursor's line says already is taken up or cut (`meet_rest_of_line`).
// 7. Nothing is shown that changes nothing, or makes the cursor's line a copy of the next one.
//
// They are applied until none of them changes anything, so that what has been fitted fits.

namespace nextline::lsp {

/// A completion as it is to be shown.
struct FittedText {
  std::string text;                 ///< What is inserted at the cursor.
  std::size_t replaced_behind = 0;  ///< Bytes behind the cursor that it takes the place of; they
                                    ///< are on the cursor's line, and the text says them again.
  bool operator==(const FittedText&) const = default;
};

/// Why nothing is shown.
enum class Unfit : std::uint8_t {
  kBlank,               ///< It says nothing but blanks.
  kUnwanted,            ///< It begins with what nobody wants in a text.
  kRepeatsRestOfLine,   ///< It says what stands behind the cursor.
  kRepeatsNextLine,     ///< It makes the cursor's line a copy of the next one.
  kClosesNothing,       ///< It begins by closing what nobody opened, or what is closed already.
  kRunsIntoRestOfLine,  ///< What is left of it would make one word with what stands behind.
};

/// A few words on why nothing is shown.
std::string_view to_string(Unfit why);

struct FittingOptions {
  /// The strings and comments of the file's language; see `lexis_of`.
  Lexis lexis = {};
};

/// A completion longer than this is cut at the end of a line: nobody reads one of some hundred
/// lines before accepting it, and so its work is bounded.
inline constexpr std::size_t kLongestCompletion = 16384;

using Fitted = tl::expected<FittedText, Unfit>;

/// `before` and `behind` are the document's text on both sides of the cursor, in any bytes;
/// `completion` is what the model says at the cursor. The work is linear in the completion, and
/// bounded in the text around it. Any thread may call it.
Fitted fit(std::string_view before, std::string_view behind, std::string_view completion,
           const FittingOptions& options);

}  // namespace nextline::lsp
