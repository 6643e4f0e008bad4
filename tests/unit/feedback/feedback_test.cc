#include "lsp/feedback/feedback.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;

constexpr DocumentId kA{1};
constexpr DocumentId kB{2};
constexpr Day kToday = 2026y / 11 / 27;

/// A user who is suggested something in a document of Python.
class FeedbackTest : public testing::Test {
 protected:
  void SetUp() override { open(kA, text_); }

  void open(DocumentId document, const std::string& text) {
    feedback_.open(document, "python", std::make_shared<const Text>(text));
  }
  /// Makes an edit in the document.
  void edit(std::size_t offset, std::size_t removed, const std::string& inserted) {
    text_.replace(offset, removed, inserted);
    const std::vector<ByteEdit> edits = {{offset, removed, inserted}};
    feedback_.change(kA, std::make_shared<const Text>(text_), edits);
  }
  /// A suggestion at the end of the document.
  Feedback::SuggestionNumber suggest(const std::string& text) {
    return feedback_.answered(kA, {text_.size(), text, 0});
  }
  /// Half a minute later.
  void wait() {
    for (const auto& function : std::exchange(later_, {})) function();
  }
  SuggestionCounts counts() {
    CountsByLanguage all = store_.read()->between(kToday, kToday);
    return all["python"];
  }

  const nextline::test::TemporaryFolder folder_;
  StatisticsStore store_{{folder_.path() / "statistics", 24h}, [] { return kToday; }};
  std::vector<std::function<void()>> later_;
  std::vector<std::string> kept_;  // The texts that were handed on.
  std::string text_ = "x = ";
  Feedback feedback_{{[this](std::chrono::milliseconds after, std::function<void()> function) {
                        EXPECT_EQ(after, Feedback::kPatience);
                        later_.push_back(std::move(function));
                      },
                      &store_},
                     [this](DocumentId document, std::size_t first, std::size_t last) {
                       EXPECT_EQ(document, kA);
                       kept_.push_back(text_.substr(first, last - first));
                     }};
};

TEST_F(FeedbackTest, CountsWhatIsAskedAnsweredAndShown) {
  feedback_.asked(kA);
  feedback_.asked(kA);
  const auto number = suggest("1");
  feedback_.shown(number);
  feedback_.shown(number);
  EXPECT_EQ(counts(), (SuggestionCounts{.asked = 2, .answered = 1, .shown = 1}));
}

TEST_F(FeedbackTest, EachSuggestionHasANumberOfItsOwn) {
  const auto first = suggest("1");
  EXPECT_NE(first, suggest("1"));
}

TEST_F(FeedbackTest, WhatIsAcceptedAndStaysIsKept) {
  const auto number = suggest("compute(1)");
  edit(4, 0, "compute(1)");
  feedback_.accepted(number);
  edit(0, 0, "import math\n");
  edit(text_.size(), 0, " + 2");
  EXPECT_EQ(counts().kept_whole, 0U);
  wait();
  EXPECT_EQ(counts(), (SuggestionCounts{.answered = 1,
                                        .accepted = 1,
                                        .accepted_whole = 1,
                                        .accepted_characters = 10,
                                        .kept_whole = 1}));
  EXPECT_EQ(kept_, std::vector<std::string>{"compute(1)"});
}

TEST_F(FeedbackTest, TheEditorMayTellBeforeItInserts) {
  feedback_.accepted(suggest("compute(1)"));
  edit(4, 0, "compute(1)");
  wait();
  EXPECT_EQ(counts().kept_whole, 1U);
}

TEST_F(FeedbackTest, WhatIsTypedAlongIsFoundInItsPlace) {
  const auto number = suggest("compute(1)");
  edit(4, 0, "com");
  edit(7, 0, "pute(1)");
  feedback_.accepted(number);
  wait();
  EXPECT_EQ(counts().kept_whole, 1U);
}

TEST_F(FeedbackTest, WhatIsChangedALittleIsKeptInPart) {
  const auto number = suggest("compute(1)");
  edit(4, 0, "compute(1)");
  feedback_.accepted(number);
  edit(12, 1, "2");
  wait();
  EXPECT_EQ(counts().kept_partly, 1U);
  EXPECT_EQ(kept_, std::vector<std::string>{"compute(2)"});
}

TEST_F(FeedbackTest, WhatIsTakenBackIsGone) {
  const auto number = suggest("compute(1)");
  edit(4, 0, "compute(1)");
  feedback_.accepted(number);
  edit(4, 10, "");
  edit(4, 0, "7");
  wait();
  EXPECT_EQ(counts().gone, 1U);
  EXPECT_TRUE(kept_.empty());
}

TEST_F(FeedbackTest, WhatIsNeverInsertedIsGone) {
  feedback_.accepted(suggest("compute(1)"));
  wait();
  EXPECT_EQ(counts().gone, 1U);
}

TEST_F(FeedbackTest, IndentationThatTheEditorAdjustsDoesNotMatter) {
  const auto number = suggest("(\n    1)");
  edit(4, 0, "(\n\t1)");
  feedback_.accepted(number);
  wait();
  EXPECT_EQ(counts().kept_whole, 1U);
}

TEST_F(FeedbackTest, OfAMenuEntryOnlyWhatIsNewCounts) {
  edit(4, 0, "comp");
  const auto number = feedback_.answered(kA, {4, "compute(1)", 4});
  edit(4, 4, "compute(1)");
  feedback_.accepted(number);
  wait();
  EXPECT_EQ(counts().accepted_characters, 6U);
  EXPECT_EQ(counts().kept_whole, 1U);
  EXPECT_EQ(kept_, std::vector<std::string>{"ute(1)"});
}

TEST_F(FeedbackTest, WhatIsAcceptedPieceByPieceIsJudgedAfterTheLast) {
  const auto number = suggest("😀 ä b");
  edit(4, 0, "😀");
  feedback_.partly_accepted(number, 2);
  EXPECT_EQ(counts(), (SuggestionCounts{.answered = 1, .accepted = 1, .accepted_characters = 1}));
  const auto first = std::exchange(later_, {});
  edit(text_.size(), 0, " ä b");
  feedback_.partly_accepted(number, 6);
  feedback_.partly_accepted(number, 4);  // No longer than before.
  for (const auto& function : first) function();
  EXPECT_EQ(counts().kept_whole, 0U);
  wait();
  EXPECT_EQ(counts(), (SuggestionCounts{.answered = 1,
                                        .accepted = 1,
                                        .accepted_whole = 1,
                                        .accepted_characters = 5,
                                        .kept_whole = 1}));
}

TEST_F(FeedbackTest, APartIsKeptAsFarAsItWasAccepted) {
  const auto number = suggest("compute(1)");
  edit(4, 0, "compute");
  feedback_.partly_accepted(number, 7);
  wait();
  EXPECT_EQ(counts().kept_whole, 1U);
  EXPECT_EQ(counts().accepted_whole, 0U);
  EXPECT_EQ(kept_, std::vector<std::string>{"compute"});
}

TEST_F(FeedbackTest, IsJudgedWhenTheDocumentIsClosedBefore) {
  const auto number = suggest("compute(1)");
  edit(4, 0, "compute(1)");
  feedback_.accepted(number);
  feedback_.close(kA);
  EXPECT_EQ(counts().kept_whole, 1U);
  wait();
  feedback_.accepted(number);
  EXPECT_EQ(counts().kept_whole, 1U);
  EXPECT_EQ(counts().accepted, 1U);
}

TEST_F(FeedbackTest, WhatIsNoNumberOfASuggestionIsIgnored) {
  const auto number = suggest("1");
  for (const auto wrong : {number + 1, Feedback::SuggestionNumber{0},
                           std::numeric_limits<Feedback::SuggestionNumber>::min()}) {
    feedback_.shown(wrong);
    feedback_.accepted(wrong);
    feedback_.partly_accepted(wrong, 1);
  }
  feedback_.partly_accepted(number, 0);
  EXPECT_EQ(counts(), (SuggestionCounts{.answered = 1}));
}

TEST_F(FeedbackTest, AcceptedTwiceIsAcceptedOnce) {
  const auto number = suggest("1");
  feedback_.accepted(number);
  feedback_.accepted(number);
  feedback_.partly_accepted(number, std::numeric_limits<std::uint32_t>::max());
  wait();
  wait();
  EXPECT_EQ(counts().accepted, 1U);
  EXPECT_EQ(counts().gone, 1U);
}

TEST_F(FeedbackTest, TheOldestOfManyIsJudgedAndForgotten) {
  const auto first = suggest("1");
  edit(4, 0, "1");
  feedback_.accepted(first);
  for (std::size_t i = 0; i < Feedback::kMostKnown; ++i) suggest("2");
  EXPECT_EQ(counts().kept_whole, 1U);
  wait();
  EXPECT_EQ(counts().kept_whole, 1U);
}

TEST_F(FeedbackTest, DocumentsDoNotDisturbEachOther) {
  open(kB, "y");
  const auto number = suggest("compute(1)");
  edit(4, 0, "compute(1)");
  feedback_.accepted(number);
  const std::vector<ByteEdit> edits = {{0, 1, ""}};
  feedback_.change(kB, std::make_shared<const Text>(""), edits);
  feedback_.close(kB);
  wait();
  EXPECT_EQ(counts().kept_whole, 1U);
}

TEST_F(FeedbackTest, WhatIsForgottenIsNotJudged) {
  const auto number = suggest("1");
  feedback_.accepted(number);
  EXPECT_TRUE(store_.erase());
  feedback_.forget();
  wait();
  feedback_.accepted(number);
  EXPECT_TRUE(store_.read()->empty());
}

TEST_F(FeedbackTest, WithoutStatisticsWhatIsKeptIsHandedOnAllTheSame) {
  std::size_t kept = 0;
  Feedback feedback({}, [&](DocumentId, std::size_t, std::size_t) { ++kept; });
  feedback.open(kA, "python", std::make_shared<const Text>("x = "));
  feedback.asked(kA);
  const auto number = feedback.answered(kA, {4, "1", 0});
  const std::vector<ByteEdit> edits = {{4, 0, "1"}};
  feedback.change(kA, std::make_shared<const Text>("x = 1"), edits);
  feedback.shown(number);
  feedback.accepted(number);
  EXPECT_EQ(kept, 0U);
  feedback.close_all();
  EXPECT_EQ(kept, 1U);
}

}  // namespace
}  // namespace nextline::lsp
