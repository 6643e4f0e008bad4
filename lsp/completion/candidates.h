#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// Completes the place with a detour.
using CompleteDetour = std::function<Result<Completion>(const Detour& detour)>;
/// What is suggested there of what the model said.
using FitCompletion = std::function<Suggestion(Completion completion)>;

/// Whether two suggestions for one place, behind which the text is `behind`, lead to the same text.
bool lead_to_same_text(const Suggestion& a, const Suggestion& b, std::string_view behind);

/// Up to `count` suggestions for one place of a document, whose text behind it is `behind`: no two
/// lead to the same text. The first one is what the model says by itself, if that fits; the others
/// follow, those of which the model is more sure first. Where nothing fits, there is one
/// suggestion, which says why.
///
/// Each is a completion of its own, forked off those before it where what was not chosen is
/// likeliest (`Forks`). At most `count` + 2 are made, so that a few may come to nothing.
Result<std::vector<Suggestion>> find_candidates(std::size_t count, std::string_view behind,
                                                const CompleteDetour& complete,
                                                const FitCompletion& fit);

}  // namespace nextline::lsp
