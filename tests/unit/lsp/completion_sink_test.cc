#include "lsp/completion/completion_sink.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "lsp/completion/confidence.h"
#include "lsp/syntax/document_syntax.h"

namespace nextline::lsp {
namespace {

class CompletionSinkTest : public testing::Test {
 protected:
  /// A completion at the end of a Python text.
  void at_end_of(const std::string& text) {
    const DocumentSyntax syntax("a.py", text);
    sink_.emplace(CompletionEnd(syntax.completion_at(text, {text.size(), text.size()}), {}),
                  [this](Result<Completion> made) { made_ = std::move(made); });
  }
  bool say(const std::string& text, const std::vector<PieceToken>& tokens = {}) {
    return sink_->take({text, tokens});
  }
  std::string text() const { return made_ && *made_ ? (*made_)->text : "none"; }

  std::optional<CompletionSink> sink_;
  std::optional<Result<Completion>> made_;
};

TEST_F(CompletionSinkTest, EndsWithItsLineWhileTheTextComes) {
  at_end_of("x = ");
  EXPECT_TRUE(say("1 +"));
  EXPECT_FALSE(say(" 2\ny = 3\n"));
  EXPECT_EQ(text(), "1 + 2");
  EXPECT_EQ((*made_)->finish_reason, FinishReason::kStopRule);
}

TEST_F(CompletionSinkTest, FinishesAStatementThatALineLeavesOpen) {
  at_end_of("x = ");
  EXPECT_TRUE(say("f(1,\n"));
  EXPECT_FALSE(say("      2)\ny"));
  EXPECT_EQ(text(), "f(1,\n      2)");
}

TEST_F(CompletionSinkTest, TakesTheEndThatTheServerSays) {
  at_end_of("x = ");
  EXPECT_TRUE(say("1"));
  sink_->end(FinishReason::kEndOfText);
  EXPECT_EQ(text(), "1");
  EXPECT_EQ((*made_)->finish_reason, FinishReason::kEndOfText);
}

TEST_F(CompletionSinkTest, OfATextThatBreaksOffTheWholeLinesAreLeft) {
  at_end_of("def f():\n    ");
  EXPECT_TRUE(say("if x:\n"));
  EXPECT_TRUE(say("        return 1\n    retu"));
  sink_->end(failure("It broke off."));
  EXPECT_EQ(text(), "if x:\n        return 1");
}

TEST_F(CompletionSinkTest, AndNothingWhereNoneIsWhole) {
  at_end_of("x = ");
  EXPECT_TRUE(say("f("));
  sink_->end(failure("It broke off."));
  ASSERT_TRUE(made_);
  EXPECT_EQ(made_->error().message, "It broke off.");
}

TEST_F(CompletionSinkTest, KnowsHowSureTheServerIs) {
  at_end_of("x = ");
  EXPECT_TRUE(say("1", {{1, -0.5F}}));
  EXPECT_FALSE(say("0\n", {{1, -0.25F}, {1, -3.0F}}));
  const Completion& completion = **made_;
  EXPECT_EQ(completion.tokens.generated, 3U);
  EXPECT_NEAR(confidence_of(completion), std::exp(-0.75), 1e-6);
}

TEST_F(CompletionSinkTest, WhoDoesNotSayHowSureItIsIsBelieved) {
  at_end_of("x = ");
  EXPECT_FALSE(say("1\n"));
  EXPECT_EQ(confidence_of(**made_), 1);
}

TEST_F(CompletionSinkTest, DoesNotTakeATextWithoutEnd) {
  sink_.emplace(std::nullopt, [this](Result<Completion> made) { made_ = std::move(made); });
  int pieces = 0;
  while (say(std::string(1000, ' ')) && pieces < 1000) ++pieces;
  EXPECT_LT(pieces, 100);
  EXPECT_TRUE(made_);
}

}  // namespace
}  // namespace nextline::lsp
