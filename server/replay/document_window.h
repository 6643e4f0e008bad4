#pragma once

#include <cstddef>

#include "engine/tokenizer/tokenizer.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// What surrounds the cursor of a document, in whole lines, at most `most_tokens` tokens: the
/// file's head from its first line of code on, which imports and declares, up to an eighth; behind
/// the cursor at most a quarter; the rest stands directly before it. What is left out is not cut
/// within a string, a comment or an import of several lines, so that what is left reads as code.
Document cut_to_window(const Document& document, const Tokenizer& tokenizer,
                       std::size_t most_tokens = 1200);

}  // namespace nextline::replay
