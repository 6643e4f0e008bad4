#include "lsp/completion/suggestion.h"

#include <cmath>
#include <utility>

namespace nextline::lsp {
namespace {

std::string sentence(Unasked why) {
  switch (why) {
    case Unasked::kAmidWord:
      return "The cursor stands amid a word.";
    case Unasked::kInComment:
      return "The cursor is in a comment.";
    case Unasked::kInString:
      return "The cursor is in a string.";
    case Unasked::kBehindStatement:
      return "What stands before the cursor on its line has ended.";
    case Unasked::kSecret:
      return "The file looks like one that holds secrets.";
    case Unasked::kIgnored:
      return "The file is one that git or the settings ignore.";
    case Unasked::kOnlyWhenAsked:
      return "The settings want suggestions only where they are asked for.";
  }
  return "";
}

std::string sentence(SwitchedOff why) {
  switch (why) {
    case SwitchedOff::kEverywhere:
      return "Nextline is switched off.";
    case SwitchedOff::kLanguage:
      return "Nextline is switched off for this language.";
  }
  return "";
}

std::string sentence(Unfit why) {
  switch (why) {
    case Unfit::kBlank:
      return "The model had nothing to say.";
    case Unfit::kUnwanted:
      return "What the model said is no text for a file.";
    case Unfit::kRepeatsRestOfLine:
      return "What the model said stands behind the cursor already.";
    case Unfit::kRepeatsNextLine:
      return "What the model said is what the next line says.";
    case Unfit::kClosesNothing:
      return "What the model said begins by closing a bracket that is not open.";
    case Unfit::kRunsIntoRestOfLine:
      return "What the model said does not go together with the rest of the line.";
  }
  return "";
}

std::string sentence(const Unconfident& why) {
  const auto percent = [](double share) { return std::to_string(std::lround(100 * share)) + " %"; };
  return "The model was only " + percent(why.confidence) +
         " sure of what it said; where nobody asks, it must be " + percent(why.wanted) + ".";
}

std::string sentence(const Unavailable& why) { return why.why; }

}  // namespace

std::string sentence_of(const WhyNothing& why) {
  return std::visit([](const auto& kind) { return sentence(kind); }, why);
}

Suggestion held_back(Suggestion suggestion, WhyNothing why) {
  suggestion.text.clear();
  suggestion.replaced_behind = 0;
  suggestion.why_nothing = std::move(why);
  return suggestion;
}

std::string sentence_of(const Suggestion& suggestion) {
  std::string told = suggestion.why_nothing ? sentence_of(*suggestion.why_nothing)
                                            : "The request was answered with a suggestion.";
  if (suggestion.completion.finish_reason == FinishReason::kTokenLimit) {
    told += " The model was cut short by the limit of tokens.";
  } else if (suggestion.completion.finish_reason == FinishReason::kContextFull) {
    told += " The document left the model no room to go on.";
  }
  return told;
}

}  // namespace nextline::lsp
