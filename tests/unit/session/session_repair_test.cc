// What of a session's cache an edit makes stale, what is computed again of it, and what comes back.

#include <gtest/gtest.h>

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

using SessionRepair = EditedSessionTest;

TEST_F(SessionRepair, AnEditThatIsTakenBackLeavesTheCacheExact) {
  std::string text = kProgram;
  Session edited = session(kMarkersOnly);
  open(edited, text, text.find("    return base"));
  encoded(edited);
  ASSERT_TRUE(edited.is_exact());
  const std::uint32_t exact = edited.prompt().exact_until();
  change_elsewhere(edited, text, text.find("import sys"), 0, "import re\n");
  encoded(edited);
  EXPECT_LT(edited.prompt().exact_until(), exact / 4);
  change_elsewhere(edited, text, text.find("import re"), 10, "");
  // The markers were computed meanwhile from the other text, and nothing else.
  EXPECT_EQ(encoded(edited), 2U);
  EXPECT_TRUE(edited.is_exact());
}

TEST_F(SessionRepair, TheLastTokensBeforeTheGapAreRepairedBehindAnEditAbove) {
  std::string text = kProgram;
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle, .repair = {.before_gap = 9}});
  open(edited, text, text.find("    return base"));
  encoded(edited);
  change_elsewhere(edited, text, 0, 0, "import re\n");
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBeforeGap], 9U);
  change(edited, text, edited.gap().before, 0, "    x = 1\n");
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBeforeGap], 9U) << "a key at the gap repairs nothing";
}

TEST_F(SessionRepair, WhatTheGapHasPassedIsRepairedOnBothOfItsSides) {
  for (const Layout layout : {Layout::kPrefixSuffixMiddle, Layout::kSuffixPrefixMiddle}) {
    std::string text = kProgram;
    Session edited =
        session({.layout = layout, .repair = {.before_gap = 5, .behind_gap = 9, .passed = 12}});
    open(edited, text, text.find("    return base"));
    encoded(edited);
    change(edited, text, edited.gap().before, 0, "    x = 1\n");
    encoded(edited);
    EXPECT_EQ(edited.repaired()[RepairStage::kBehindGap], 0U) << "a key at the gap repairs nothing";
    const std::size_t below = text.find("def main");
    edited.update(text, {}, {below, below});
    encoded(edited);
    EXPECT_EQ(edited.repaired()[RepairStage::kBeforeGap], 5U);
    EXPECT_EQ(edited.repaired()[RepairStage::kBehindGap], 9U);
    EXPECT_EQ(edited.repaired()[RepairStage::kPassed], 12U - 5U) << name_of(layout);
    const std::size_t above = text.find("def area");
    edited.update(text, {}, {above, above});
    const std::uint32_t before = edited.encoded_tokens();
    encoded(edited);
    // What was computed again below the gap is now behind it, so it has been passed once more.
    EXPECT_EQ(edited.repaired()[RepairStage::kBehindGap], 18U);
    EXPECT_GT(edited.encoded_tokens(), before);
  }
}

TEST_F(SessionRepair, ChangesAreComputedBeforeTheRepair) {
  std::string text = kProgram;
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle});
  open(edited, text, text.find("    return base"));
  encoded(edited);
  const std::uint32_t before = edited.encoded_tokens();
  change_elsewhere(edited, text, text.find("import sys"), 0, "import re\n");
  const auto missing = edited.prompt().missing();
  EXPECT_EQ(*edited.encode_changes(64), PassOutcome::kFinished);
  EXPECT_EQ(edited.encoded_tokens() - before, missing + 2U) << "and the markers";
  EXPECT_FALSE(edited.is_complete());
  EXPECT_GT(encoded(edited), edited.repaired()[RepairStage::kBeforeGap]);
  EXPECT_GT(edited.repaired()[RepairStage::kBeforeGap], 0U);
  EXPECT_TRUE(edited.is_complete());
}

TEST_F(SessionRepair, TheRestOfAChangedLineIsRepaired) {
  std::string text = kProgram;
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle, .repair = {.before_gap = 0}});
  open(edited, text, text.find("    return base"));
  encoded(edited);
  change_elsewhere(edited, text, text.find(", height):"), 0, "_and_more");
  encoded(edited);
  const std::uint32_t rest = edited.repaired()[RepairStage::kRestOfLine];
  EXPECT_GE(rest, 4U);
  EXPECT_LE(rest, model_->tokenizer().encode(", height):\n    ").size());
  change_elsewhere(edited, text, text.find("import sys"), 0, "import re\n");
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kRestOfLine], rest) << "a whole line leaves no rest";
}

TEST_F(SessionRepair, WhatIsMarkedIsRepairedNearestToTheEditFirst) {
  std::string text = kProgram;
  Session edited =
      session({.layout = Layout::kPrefixSuffixMiddle,
               .repair = {.rest_of_line = 0, .before_gap = 0, .behind_gap = 0, .behind_edit = 7}});
  open(edited, text, text.find("    return base"));
  encoded(edited);
  const std::size_t place = text.find("def volume");
  change_elsewhere(edited, text, place, 0, "def mass(): pass\n");
  const StaleSpan behind{text.find("def volume"), text.size(), StaleReason::kBehindEdit};
  edited.mark_stale(std::span(&behind, 1));
  const CachedPrompt& prompt = edited.prompt();
  std::vector<TokenId> marked;
  for (std::uint32_t i = 0; i < prompt.size(); ++i) {
    if (prompt.stale(i) == RepairStage::kBehindEdit) marked.push_back(prompt.tokens()[i]);
  }
  EXPECT_EQ(marked.size(), 7U);
  EXPECT_LE(text.find(model_->tokenizer().decode(marked)), text.find("def volume") + 4);
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBehindEdit], 7U);
}

TEST_F(SessionRepair, WhatIsMarkedBehindTheGapIsRepairedOnceTheGapHasPassedIt) {
  std::string text = kProgram;
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle, .repair = {.before_gap = 0}});
  const std::size_t place = text.find(", depth");
  open(edited, text, place);
  encoded(edited);
  change(edited, text, place, 0, ", length");
  const std::size_t use = text.find("area(width, height)\n    return base");
  const StaleSpan naming{use, use + 19, StaleReason::kNamesSymbol};
  edited.mark_stale(std::span(&naming, 1));
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kNamesSymbol], 0U);
  const std::size_t below = text.find("    return base");
  edited.update(text, {}, {below, below});
  encoded(edited);
  EXPECT_GT(edited.repaired()[RepairStage::kNamesSymbol], 2U);
}

TEST_F(SessionRepair, WhatIsRepairedAboveTheCursorIsSeenByTheNextCompletion) {
  for (const Layout layout : {Layout::kPrefixSuffixMiddle, Layout::kBlend}) {
    std::string text = kProgram;
    const std::size_t place = text.find("urn base");
    Session edited = session({.layout = layout, .repair = {.rest_of_line = 0, .before_gap = 0}});
    open(edited, text, place);
    encoded(edited);
    change_elsewhere(edited, text, text.find("import sys"), 0, "import re\n");
    encoded(edited);
    // A key within a word changes no token, yet there is something to be repaired.
    change(edited, text, edited.gap().before, 0, "u");
    const StaleSpan naming{text.find("def area"), text.find("def volume"),
                           StaleReason::kNamesSymbol};
    edited.mark_stale(std::span(&naming, 1));
    const std::vector<float> before(edited.prompt_logits().begin(), edited.prompt_logits().end());
    encode(edited);
    EXPECT_GT(edited.repaired()[RepairStage::kNamesSymbol], 0U);
    EXPECT_FALSE(std::ranges::equal(edited.prompt_logits(), before)) << name_of(layout);
    EXPECT_TRUE(edited.is_complete());
  }
}

TEST_F(SessionRepair, ARepairKeepsToItsBudget) {
  std::string text = numbered("line # of many\n", 60);
  Session edited =
      session({.layout = Layout::kPrefixSuffixMiddle,
               .repair = {.before_gap = 20, .behind_gap = 10, .behind_edit = 16, .budget = 40}});
  open(edited, text, text.size() - 20);
  while (!edited.is_complete()) ASSERT_TRUE(edited.encode_some(64));
  change_elsewhere(edited, text, 0, 0, "import re\n");
  const StaleSpan rest{10, text.size(), StaleReason::kBehindEdit};
  edited.mark_stale(std::span(&rest, 1));
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBeforeGap], 20U);
  EXPECT_EQ(edited.repaired()[RepairStage::kBehindGap], 10U);
  EXPECT_EQ(edited.repaired()[RepairStage::kBehindEdit], 10U);
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBehindEdit], 10U);
}

TEST_F(SessionRepair, ARefreshGoesOnFromWhereItWasStopped) {
  std::string text = numbered("line #\n", 60);
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, text.size() / 2);
  while (!edited.is_exact()) ASSERT_TRUE(edited.refresh_some(32));
  change_elsewhere(edited, text, 0, 0, "import os\n");
  encoded(edited);
  std::uint32_t exact = edited.prompt().exact_until();
  while (!edited.is_exact()) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(*edited.refresh_some(32, stop.get_token()), PassOutcome::kCancelled);
    EXPECT_EQ(edited.prompt().exact_until(), exact);
    ASSERT_TRUE(edited.refresh_some(32));
    EXPECT_GT(edited.prompt().exact_until(), exact);
    exact = edited.prompt().exact_until();
  }
  const std::uint32_t computed = edited.encoded_tokens();
  ASSERT_TRUE(edited.complete({.max_tokens = 1}));
  EXPECT_EQ(edited.encoded_tokens(), computed) << "nothing is left for a completion";
}

TEST_F(SessionRepair, AReopenedDocumentIsExactToItsLastToken) {
  const std::string& text = kProgram;
  Session before = session({Layout::kPrefixSuffixMiddle});
  open(before, text, text.find("def main"));
  encode(before);
  const Snapshot snapshot = before.snapshot();
  Session after = session({Layout::kPrefixSuffixMiddle});
  after.open(text, before.gap(), snapshot);
  EXPECT_EQ(after.prompt().exact_until(), after.prompt().size());
  EXPECT_EQ(encoded(after), 1U) << "the last token, for its logits";
  EXPECT_EQ(cache_of(after, *model_), cache_of(before, *model_));
}

TEST_F(SessionRepair, TextThatChangedWhileADocumentWasClosedIsOneMoreEdit) {
  std::string text = kProgram;
  Session before = session(kMarkersOnly);
  open(before, text, text.find("def main"));
  encode(before);
  const Snapshot snapshot = before.snapshot();
  const std::string line = "import re\n";
  text.insert(text.find("import sys"), line);
  Session after = session(kMarkersOnly);
  const std::size_t cursor = text.find("    print");
  after.open(text, {cursor, cursor}, snapshot);
  EXPECT_LE(encoded(after), model_->tokenizer().encode(line).size() + 12);
}

TEST_F(SessionRepair, WhatAnotherArithmeticComputedIsStale) {
  const std::string& text = kProgram;
  Session before = session({Layout::kPrefixSuffixMiddle});
  open(before, text, text.find("def main"));
  encode(before);
  Snapshot snapshot = before.snapshot();
  ++snapshot.arithmetic_version;
  Session after = session({Layout::kPrefixSuffixMiddle});
  after.open(text, before.gap(), snapshot);
  EXPECT_EQ(after.prompt().missing(), 0U);
  EXPECT_EQ(after.prompt().exact_until(), 0U);
  while (!after.is_exact()) ASSERT_TRUE(after.refresh_some(64));
  EXPECT_EQ(cache_of(after, *model_), cache_of(before, *model_));
}

}  // namespace
}  // namespace nextline::test
