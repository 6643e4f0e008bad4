#include "lsp/completion/suggestion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Suggestion ended_by(FinishReason reason, std::optional<WhyNothing> why = std::nullopt) {
  Suggestion suggestion{.why_nothing = why};
  suggestion.completion.finish_reason = reason;
  return suggestion;
}

TEST(SuggestionSentence, SaysWhatCameOfARequest) {
  EXPECT_THAT(sentence_of(ended_by(FinishReason::kStopRule)),
              AllOf(HasSubstr("answered with a suggestion"), Not(HasSubstr("limit"))));
  EXPECT_THAT(sentence_of(ended_by(FinishReason::kEndOfText, Unfit::kBlank)),
              HasSubstr("nothing to say"));
  EXPECT_THAT(sentence_of(Suggestion{.why_nothing = Unasked::kInComment}),
              HasSubstr("in a comment"));
  EXPECT_EQ(sentence_of(Suggestion{.why_nothing = Unavailable{"Nobody is there."}}),
            "Nobody is there.");
}

TEST(SuggestionSentence, SaysWhichLimitCutTheModelShort) {
  EXPECT_THAT(sentence_of(ended_by(FinishReason::kTokenLimit, Unfit::kBlank)),
              AllOf(HasSubstr("nothing to say"), HasSubstr("limit of tokens")));
  EXPECT_THAT(sentence_of(ended_by(FinishReason::kContextFull)), HasSubstr("no room"));
}

}  // namespace
}  // namespace nextline::lsp
