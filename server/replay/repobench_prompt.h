#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/tokenizer/tokenizer.h"
#include "server/replay/edit_case.h"
#include "server/replay/repobench_row.h"

namespace nextline::replay {

/// What a comment to the end of the line begins with: "#", "//".
std::string_view comment_sign(Language language);

/// The text before the awaited line as RepoBench v1.1 lays it out: the repository's name, each
/// snippet under its path, then the file under its own: imports, code, and a line end. Runs of four
/// line ends or more are two.
std::string repobench_prompt(const RepoBenchRow& row, Language language);

/// The row as a document in which the line is awaited, of at most `max_tokens` tokens: those of the
/// text before the cursor, and those of the text behind it.
///
/// The text before the cursor is RepoBench's prompt. Where it is too long, whole lines of the other
/// files are dropped, the last ones first, and two line ends take their place, as RepoBench does
/// it. Where the file alone is too long, its lines are dropped, the first ones first; but its path
/// and imports stay if they fit in a quarter of the budget.
///
/// Behind the cursor stands what stands behind the awaited line in the file, in whole lines, at
/// most a quarter of the budget; nothing where `find_awaited_line` is not certain.
Document document_of(const RepoBenchRow& row, Language language, const Tokenizer& tokenizer,
                     std::size_t max_tokens);

}  // namespace nextline::replay
