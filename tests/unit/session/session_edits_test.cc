// A session while its text is edited: after any edits and cursor moves, in every layout, the prompt
// is the text's, and a refresh makes the cache that of a fresh session.

#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <vector>

#include "tests/support/never_ends.h"
#include "tests/unit/session/edited_session.h"
#include "tests/unit/session/edited_text.h"

namespace nextline::test {
namespace {

using SessionEdits = EditedSessionTest;

TEST_F(SessionEdits, ALineFarAboveEncodesItselfAndTheMarkers) {
  std::string text = kProgram;
  Session edited = session(kMarkersOnly);
  open(edited, text, text.find("    return base"));
  encoded(edited);
  const std::string line = "import re\n";
  change_elsewhere(edited, text, text.find("import sys"), 0, line);
  EXPECT_LE(encoded(edited), model_->tokenizer().encode(line).size() + 4);
}

TEST_F(SessionEdits, AKeyWithinAWordEncodesNothing) {
  std::string text = kProgram;
  const std::size_t cursor = text.find("urn base");
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, cursor);
  encoded(edited);
  change(edited, text, cursor, 0, "u");
  EXPECT_EQ(encoded(edited), 0U);
}

TEST_F(SessionEdits, AWordThatIsDoneEncodesItselfAndTheMarkers) {
  std::string text = kProgram;
  const std::size_t cursor = text.find("    return base");
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, cursor);
  encoded(edited);
  change(edited, text, cursor, 0, "    depth =");
  EXPECT_LE(encoded(edited), model_->tokenizer().encode("    depth =").size() + 2);
}

TEST_F(SessionEdits, UndoEncodesMarkersOnly) {
  std::string text = kProgram;
  Session edited = session(kMarkersOnly);
  open(edited, text, text.find("    return base"));
  encoded(edited);
  const std::size_t first = text.find("def area");
  const std::size_t count = text.find("def volume") - first;
  const std::string removed = text.substr(first, count);
  change_elsewhere(edited, text, first, count, "");
  EXPECT_LE(encoded(edited), 6U);
  change_elsewhere(edited, text, first, 0, removed);
  EXPECT_LE(encoded(edited), 6U);
}

TEST_F(SessionEdits, ACursorMoveKeepsWhatItPasses) {
  const std::string& text = kProgram;
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle,
                            .repair = {.before_gap = 20, .behind_gap = 10, .passed = 0}});
  open(edited, text, text.find("def area"));
  encoded(edited);
  const std::size_t cursor = text.find("def main");
  edited.update(text, {}, {cursor, cursor});
  EXPECT_LE(encoded(edited), 20U + 10U + 8U);
  const std::size_t back = text.find("def area");
  edited.update(text, {}, {back, back});
  EXPECT_LE(encoded(edited), 10U + 8U);
}

TEST_F(SessionEdits, AMoveBetweenIndentationsKeepsWhatItPasses) {
  const std::string text = "def f(queue):\n            return queue.pop()\n        yield None\n";
  const std::size_t upper = text.find("return");
  const std::size_t lower = text.find("yield");
  Session edited =
      session({.layout = Layout::kPrefixSuffixMiddle, .repair = {.behind_gap = 0, .passed = 0}});
  open(edited, text, lower);
  encoded(edited);
  edited.update(text, {}, {upper, upper});
  EXPECT_LE(encoded(edited), 10U);
}

TEST_F(SessionEdits, AcceptedTextIsNotEncodedAgainWhereItFollowsThePrefix) {
  for (const Layout layout : {Layout::kPlain, Layout::kSuffixPrefixMiddle}) {
    std::string text = kProgram;
    const std::size_t cursor = text.find("    return base");
    Session edited = session({.layout = layout, .heals_tokens = false});
    open(edited, text, cursor);
    auto completion = edited.complete({.max_tokens = 8, .stop = &test::never_ends});
    ASSERT_TRUE(completion);
    if (model_->tokenizer().encode(completion->text).size() != 8) continue;  // Spelled otherwise.
    change(edited, text, cursor, 0, completion->text);
    EXPECT_LE(encoded(edited), 2U) << name_of(layout);
  }
}

TEST_F(SessionEdits, AFormattersNewTextKeepsWhatStayed) {
  std::string text = numbered("value_# = call( # )\n", 12);
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, text.size());
  encoded(edited);
  std::string formatted = text;
  for (std::size_t i = 0; (i = formatted.find("( ", i)) != std::string::npos;)
    formatted.erase(i + 1, 1);
  for (std::size_t i = 0; (i = formatted.find(" )", i)) != std::string::npos;)
    formatted.erase(i, 1);
  const std::uint32_t whole = edited.prompt().size();
  edited.open(formatted, {formatted.size(), formatted.size()});
  EXPECT_LT(encoded(edited), whole / 2);
}

TEST_F(SessionEdits, AnOpenedDocumentIsServedBeforeItIsComplete) {
  std::string text = numbered("line #\n", 120);
  Session opened = session({Layout::kPrefixSuffixMiddle});
  open(opened, text, text.size() / 2);
  encode(opened);
  const std::uint32_t first = opened.prompt().held();
  EXPECT_LT(first, opened.prompt().size() / 2);
  ASSERT_TRUE(opened.complete({.max_tokens = 4}));
  // The rest follows pass by pass.
  std::uint32_t before = first;
  while (!opened.is_complete()) {
    ASSERT_TRUE(opened.encode_some(32));
    ASSERT_GE(opened.prompt().held(), before);
    ASSERT_LE(opened.prompt().held(), before + 32);
    before = opened.prompt().held();
  }
  EXPECT_EQ(opened.prompt().held(), opened.prompt().size());
  EXPECT_TRUE(opened.is_exact()) << "what was computed first has seen the rest";
  EXPECT_LE(opened.encoded_tokens(), first + opened.prompt().size()) << "and nothing else is new";
  EXPECT_EQ(tokens_of(opened.prompt()), expected_prompt(opened, text));
}

TEST_F(SessionEdits, AnEditWhileADocumentIsOpenedLosesNothing) {
  std::string text = numbered("line #\n", 120);
  Session opened = session({Layout::kPrefixSuffixMiddle});
  open(opened, text, text.size() / 2);
  encode(opened);
  ASSERT_TRUE(opened.encode_some(32));
  const std::uint32_t held = opened.prompt().held();
  change_elsewhere(opened, text, 0, 0, "import os\n");
  EXPECT_GE(opened.prompt().held() + 3, held);
}

TEST_F(SessionEdits, AKeyAmidALongDocumentEncodesAFewTokens) {
  std::string text = numbered("line # of very many\n", 20'000);
  std::size_t cursor = text.find("line 9000");
  Session edited = session(kMarkersOnly);
  open(edited, text, cursor);
  while (!edited.is_complete()) ASSERT_TRUE(edited.encode_some(64));
  encoded(edited);
  EXPECT_GT(edited.prompt().size(), 1024U);
  for (const char* const key : {"x", " ", "=", "\n"}) {
    change(edited, text, cursor++, 0, key);
    EXPECT_LE(encoded(edited), 6U) << key;
    EXPECT_EQ(tokens_of(edited.prompt()), expected_prompt(edited, text));
  }
}

TEST_F(SessionEdits, AJumpWithinALongDocumentKeepsItsHeadCached) {
  const std::string text = "import os\n" + numbered("line # of very many\n", 20'000);
  Session edited = session(kMarkersOnly);
  open(edited, text, text.size() / 2);
  while (!edited.is_complete()) ASSERT_TRUE(edited.encode_some(64));
  const TextAroundCursor::ByteRange elided = edited.text().elided();
  ASSERT_GT(elided.first, 0U);
  edited.update(text, {}, {text.size(), text.size()});
  EXPECT_EQ(edited.text().elided().first, elided.first);
  const std::size_t head = edited.text().before().token_at(elided.first);
  EXPECT_GT(head, 100U);
  EXPECT_GE(edited.prompt().exact_until(), 1 + head) << "the sink and the head";
}

TEST_F(SessionEdits, MovingTheEndsComputesNothingForWhatStays) {
  std::string text = numbered("line # of very many\n", 20'000);
  std::size_t cursor = text.find("line 9000");
  Session edited = session(kMarkersOnly);
  open(edited, text, cursor);
  while (!edited.is_complete()) ASSERT_TRUE(edited.encode_some(64));
  encoded(edited);
  const std::size_t last = edited.text().elided().last;
  for (int typed = 0; typed < 60; ++typed) {
    const std::string line = "value = " + std::to_string(typed) + "\n";
    change(edited, text, cursor, 0, line);
    cursor += line.size();
    EXPECT_LE(encoded(edited), model_->tokenizer().encode(line).size() + 6);
  }
  EXPECT_GT(edited.text().elided().last, last);
}

TEST_F(SessionEdits, ACancelledPassKeepsThePassesBeforeIt) {
  std::string text = kProgram;
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, 40);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(*edited.encode(16, stop.get_token()), PassOutcome::kCancelled);
  expect_in_step(edited);
  encode(edited);
  Session fresh = session({Layout::kPrefixSuffixMiddle});
  open(fresh, text, 40);
  encode(fresh);
  EXPECT_EQ(cache_of(edited, *model_), cache_of(fresh, *model_));
}

/// Some of a few lines, often some of those of the last one; at times more than is held, or none.
std::string random_preamble(Random& random) {
  std::string preamble;
  for (const char* line : {"def a():\n", "class B:\n", "c = 1\n", "def d(e, f):\n"}) {
    if (random.below(2) == 0) preamble += line;
  }
  return preamble;
}

class RandomEdits : public SessionEdits, public ::testing::WithParamInterface<Case> {};

TEST_P(RandomEdits, AfterAllThePromptIsTheTextsAndARefreshMakesTheCacheAFreshSessions) {
  const Case& c = GetParam();
  EditedText edited(static_cast<std::uint64_t>(c.layout) * 10 + c.context_length, 700);
  Random random(9);
  std::optional<Session> kept(session(c));
  std::string preamble;
  for (int step = 0; step < kRandomSteps; ++step) {
    if (c.context_length > 0 && step % 100 == 0) {
      edited = EditedText(static_cast<std::uint64_t>(step), 3000, numbered("line #\n", 200));
      open(*kept, edited.text(), 0);
    }
    const EditedText::Step next = edited.random_step();
    kept->update(edited.text(), next.replacements.list(), next.gap);
    expect_in_step(*kept);
    if (HasFatalFailure()) FAIL() << "after step " << step;
    ASSERT_LE(kept->prompt().size() + 8, c.context_length == 0 ? 2048 : c.context_length);
    ASSERT_EQ(tokens_of(kept->prompt()), expected_prompt(*kept, edited.text(), preamble))
        << "after step " << step;
    if (random.below(4) == 0) {
      const std::size_t first = random.below(edited.text().size() + 1);
      const StaleSpan span{
          first, first + random.below(edited.text().size() + 1 - first),
          random.below(2) == 0 ? StaleReason::kBehindEdit : StaleReason::kNamesSymbol};
      kept->mark_stale(std::span(&span, 1));
    }
    const std::size_t kind = random.below(40);
    if (kind < 8) {
      ASSERT_TRUE(kept->encode_some(16));
    } else if (kind < 12) {
      encode(*kept);
    } else if (kind < 15) {
      ASSERT_TRUE(kept->complete({.max_tokens = 3}));
    } else if (kind < 18) {
      refresh(*kept, 1 + random.below(3));
    } else if (kind == 18) {
      const Snapshot snapshot = kept->snapshot();
      kept.emplace(session(c));
      kept->open(edited.text(), next.gap, snapshot);
      kept->set_preamble(preamble);
    } else if (kind == 20) {
      preamble = random_preamble(random);
      kept->set_preamble(preamble);
      expect_in_step(*kept);
    } else if (kind == 19 && step % 3 == 0) {
      while (!kept->is_exact()) refresh(*kept, 1);
      Session fresh = session(c);
      fresh.open(edited.text(), next.gap);
      fresh.set_preamble(preamble);
      // A text longer than the context is held from where the edits have left it.
      if (tokens_of(fresh.prompt()) != tokens_of(kept->prompt())) {
        ASSERT_NE(c.context_length, 0U);
        continue;
      }
      ASSERT_TRUE(fresh.recompute());
      ASSERT_EQ(cache_of(*kept, *model_), cache_of(fresh, *model_)) << "after step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, RandomEdits,
    testing::Values(Case{Layout::kPlain}, Case{Layout::kPrefixSuffixMiddle},
                    Case{Layout::kSuffixPrefixMiddle}, Case{Layout::kPrefixSuffixMiddle, false},
                    Case{Layout::kPrefixSuffixMiddle, true, 96},
                    Case{Layout::kSuffixPrefixMiddle, true, 96},
                    Case{Layout::kPrefixSuffixMiddle, true, 0, Reuse::kRotated},
                    Case{Layout::kPrefixSuffixMiddle, true, 0, Reuse::kUnrotated},
                    Case{.layout = Layout::kPrefixSuffixMiddle, .kv_type = KvType::kBFloat16},
                    Case{Layout::kPlain, true, 0, Reuse::kCommonPrefix},
                    Case{Layout::kPrefixSuffixMiddle, true, 0, Reuse::kNothing},
                    Case{Layout::kBlend}, Case{Layout::kBlend, true, 96},
                    Case{Layout::kBlend, true, 0, Reuse::kCommonPrefix},
                    Case{.layout = Layout::kBlend, .blend_weight = 0}),
    [](const auto& test_case) {
      std::string name(name_of(test_case.param.layout));
      if (!test_case.param.heals_tokens) name += "_unhealed";
      if (test_case.param.context_length > 0) name += "_window";
      if (test_case.param.blend_weight == 0) name += "_plain_alone";
      if (test_case.param.reuse != Reuse::kPieces) {
        name += "_" + std::string(name_of(test_case.param.reuse));
      }
      if (test_case.param.kv_type) name += "_" + std::string(name_of(*test_case.param.kv_type));
      return name;
    });

}  // namespace
}  // namespace nextline::test
