#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/session/completion.h"
#include "lsp/completion/drafted_text.h"
#include "lsp/completion/fitting.h"

namespace nextline::lsp {

/// Why a request that nobody made by hand is not answered.
enum class Unasked : std::uint8_t {
  kAmidWord,         ///< A letter stands right behind the cursor.
  kInComment,        ///< The cursor is in a comment.
  kInString,         ///< The cursor is in a string.
  kBehindStatement,  ///< What stands before the cursor on its line has ended.
  kSecret,           ///< The file looks like one that holds secrets.
  kIgnored,          ///< Git ignores the file, or the user's own patterns do.
  kOnlyWhenAsked,    ///< The user wants suggestions only where they are asked for.
};

/// Why nothing is answered at all, whoever asks.
enum class SwitchedOff : std::uint8_t {
  kEverywhere,
  kLanguage,  ///< For documents of this language.
};

/// The model was less sure of what it said than is wanted where nobody asked by hand.
struct Unconfident {
  double confidence;  ///< As `confidence_of` says it.
  double wanted;      ///< At the least.
  bool operator==(const Unconfident&) const = default;
};

/// Who was to say what comes next did not: a server elsewhere is not there, or says why it does
/// not.
struct Unavailable {
  std::string why;  ///< A sentence.
  bool operator==(const Unavailable&) const = default;
};

/// Why there is nothing to suggest: the request was not to be answered, what the model said did not
/// fit, it was not sure of it, or there was nobody to say anything.
using WhyNothing = std::variant<Unasked, Unfit, SwitchedOff, Unconfident, Unavailable>;

/// A sentence for the user.
std::string sentence_of(const WhyNothing& why);

/// What is suggested at a place of a document: what the model said, fitted into the text around it.
struct Suggestion {
  /// Takes the place of the bytes behind the cursor that `replaced_behind` counts. Empty if nothing
  /// is suggested.
  std::string text = {};
  std::size_t replaced_behind = 0;
  std::optional<WhyNothing> why_nothing = std::nullopt;
  /// As the model said it; of a request that was not to be answered, empty.
  Completion completion = {};
  /// What was drafted for it, if that is told.
  std::vector<DraftedText> drafts = {};
  /// What else could stand there, if others were wanted (`Place::wants_others`); none of them has
  /// others.
  std::vector<Suggestion> others = {};
};

/// The suggestion without its text, and why.
Suggestion held_back(Suggestion suggestion, WhyNothing why);

/// The same of whatever came of a request, and whether a limit ended it.
std::string sentence_of(const Suggestion& suggestion);

}  // namespace nextline::lsp
