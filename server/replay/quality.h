#pragma once

#include <string_view>

#include "engine/backend/divergence.h"  // mean_kl: how far the distributions of tokens are apart.
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// The line that RepoBench takes from what a model wrote: the first that is neither blank nor a
/// comment, indentation included, its end excluded; if there is none, the first that is not empty.
///
/// Its rules for comments go by lines: one that begins with a sign that opens a comment of several
/// lines (`"""`, `'''`; `/*`) is left out together with all up to the next that ends with one that
/// closes it, even where the first closes it itself.
std::string_view first_code_line(std::string_view generated, Language language);

/// Whether the two are the same words, as Python's `split()` tells words: blanks do not count.
bool exact_match(std::string_view prediction, std::string_view truth);

/// How alike the two are, from 0 to 100, as `fuzz.ratio` of thefuzz says it: the share of code
/// points that no insertion and no deletion touches, rounded to a whole number, halves to the even
/// one. Two empty texts are the same. What is not UTF-8 reads as U+FFFD.
int edit_similarity(std::string_view prediction, std::string_view truth);

}  // namespace nextline::replay
