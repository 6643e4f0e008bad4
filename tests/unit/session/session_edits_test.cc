// A session while its text is edited: after any edits and cursor moves, in every layout, the prompt
// is the text's, and a refresh makes the cache that of a fresh session.

#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/session/session.h"
#include "tests/support/engine_fixture.h"
#include "tests/unit/session/edited_text.h"

namespace nextline {
namespace {

struct Case {
  Layout layout;
  bool heals_tokens = true;
  std::uint32_t context_length = 0;
  Reuse reuse = Reuse::kPieces;
  RepairOptions repair = {};
};

/// Nothing is repaired but the markers.
const Case kMarkersOnly = {.layout = Layout::kPrefixSuffixMiddle,
                           .repair = {.rest_of_line = 0, .before_gap = 0, .budget = 0}};

class SessionEdits : public ::testing::Test {
 protected:
  Session session(const Case& c) {
    return std::move(*Session::create(*backend_, {.context_length = c.context_length,
                                                  .prefill_rows = 64,
                                                  .layout = c.layout,
                                                  .heals_tokens = c.heals_tokens,
                                                  .reuse = c.reuse,
                                                  .reserved_tokens = 8,
                                                  .repair = c.repair}));
  }

  static void open(Session& session, const std::string& text, std::size_t cursor) {
    session.open(text, {cursor, cursor});
  }
  void encode(Session& session) {
    const auto outcome = session.encode(64);
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  /// One change of the text, as an editor makes it: the cursor is behind it.
  static void change(Session& session, std::string& text, std::size_t offset, std::size_t removed,
                     const std::string& inserted) {
    text.replace(offset, removed, inserted);
    Replacements replacements;
    replacements.add(offset, removed, inserted.size());
    const std::size_t cursor = offset + inserted.size();
    session.update(text, replacements.list(), {cursor, cursor});
  }

  /// Changes the text and puts the cursor back to where it stood.
  static void change_elsewhere(Session& session, std::string& text, std::size_t offset,
                               std::size_t removed, const std::string& inserted) {
    std::size_t cursor = session.gap().before;
    if (offset < cursor) cursor += inserted.size() - removed;
    change(session, text, offset, removed, inserted);
    session.update(text, {}, {cursor, cursor});
  }

  /// A few passes of a refresh; now and then another thread stops one of them, wherever it is.
  void refresh(Session& session, std::uint64_t passes) {
    for (; passes > 0; --passes) {
      std::stop_source stop;
      std::jthread other;
      if (random_.below(4) == 0) {
        other = std::jthread([&stop, turns = random_.below(30)] {
          for (std::uint64_t i = 0; i < turns; ++i) std::this_thread::yield();
          stop.request_stop();
        });
      }
      const auto outcome = session.refresh_some(16, stop.get_token());
      ASSERT_TRUE(outcome) << outcome.error().message;
    }
  }

  std::uint32_t encoded(Session& session) {
    auto completion = session.complete({.max_tokens = 1});
    EXPECT_TRUE(completion);
    return completion->tokens.encoded;
  }

  /// The logits behind the last token, and keys and values.
  static std::vector<float> cache_of(const Session& session, const Model& model) {
    std::vector<float> all = test::keys_and_values_of(session.sequence(), session.storage(), model);
    all.insert(all.end(), session.prompt_logits().begin(), session.prompt_logits().end());
    return all;
  }

  /// The sequence holds the prompt's tokens that are not missing, and nothing else.
  void expect_in_step(const Session& session) {
    const CachedPrompt& prompt = session.prompt();
    std::vector<TokenId> held;
    for (std::uint32_t i = 0; i < prompt.size(); ++i) {
      if (prompt.holds(i)) held.push_back(prompt.tokens()[i]);
    }
    ASSERT_EQ(held, std::vector<TokenId>(session.sequence().tokens().begin(),
                                         session.sequence().tokens().end()));
  }

  static std::vector<TokenId> tokens_of(const CachedPrompt& prompt) {
    return {prompt.tokens().begin(), prompt.tokens().end()};
  }

  std::vector<TokenId> expected_prompt(const Session& session, const std::string& text) {
    const Tokenizer& tokenizer = model_->tokenizer();
    const FillMarkers markers = *fill_markers(tokenizer);
    const Gap gap = session.gap();
    const TextAroundCursor::ByteRange elided = session.text().elided();
    const std::size_t end = gap.before - session.text().healed().size();
    const auto before = tokenizer.encode(text.substr(0, elided.first) +
                                         text.substr(elided.last, end - elided.last));
    const auto behind =
        tokenizer.encode(text.substr(gap.behind, session.text().behind().text().size()));
    std::vector<TokenId> tokens = {markers.prefix};
    const auto add = [&](const std::vector<TokenId>& more) {
      tokens.insert(tokens.end(), more.begin(), more.end());
    };
    switch (session.layout()) {
      case Layout::kPlain:
        add(before);
        break;
      case Layout::kPrefixSuffixMiddle:
        add(before);
        add({markers.suffix});
        add(behind);
        add({markers.middle});
        break;
      case Layout::kSuffixPrefixMiddle:
        add({markers.suffix});
        add(behind);
        add({markers.middle});
        add(before);
        break;
    }
    return tokens;
  }

  static test::RandomModelOptions small() {
    test::RandomModelOptions options;
    options.architecture = "qwen2";
    options.layers = 2;
    options.vocabulary_size = 284;
    options.context_length = 2048;
    options.pre_tokenizer = "qwen2";
    return options;
  }

  test::Random random_{19};
  test::TestModel model_{small()};
  std::unique_ptr<Backend> backend_ = test::cpu_backend(*model_);
};

/// `count` lines, which differ by a number in the place of "#".
std::string numbered(const std::string& line, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    for (const char c : line) {
      if (c == '#') {
        text += std::to_string(i);
      } else {
        text += c;
      }
    }
  }
  return text;
}

const std::string kProgram = R"(import os
import sys


def area(width, height):
    return width * height


def volume(width, height, depth):
    base = area(width, height)
    return base * depth


def main():
    print(volume(1, 2, 3))
)";

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

TEST_F(SessionEdits, AnEditThatIsTakenBackLeavesTheCacheExact) {
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

TEST_F(SessionEdits, TheLastTokensBeforeTheGapAreRepairedBehindAnEditAbove) {
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

TEST_F(SessionEdits, TheRestOfAChangedLineIsRepaired) {
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

TEST_F(SessionEdits, WhatIsMarkedIsRepairedNearestToTheEditFirst) {
  std::string text = kProgram;
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle,
                            .repair = {.rest_of_line = 0, .before_gap = 0, .behind_edit = 7}});
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

TEST_F(SessionEdits, WhatIsMarkedBehindTheGapIsRepairedOnceTheGapHasPassedIt) {
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

TEST_F(SessionEdits, ARepairKeepsToItsBudget) {
  std::string text = numbered("line # of many\n", 60);
  Session edited = session({.layout = Layout::kPrefixSuffixMiddle, .repair = {.before_gap = 30, .budget = 40}});
  open(edited, text, text.size() - 20);
  while (!edited.is_complete()) ASSERT_TRUE(edited.encode_some(64));
  change_elsewhere(edited, text, 0, 0, "import re\n");
  const StaleSpan rest{10, text.size(), StaleReason::kBehindEdit};
  edited.mark_stale(std::span(&rest, 1));
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBeforeGap], 30U);
  EXPECT_EQ(edited.repaired()[RepairStage::kBehindEdit], 10U);
  encoded(edited);
  EXPECT_EQ(edited.repaired()[RepairStage::kBehindEdit], 10U);
}

TEST_F(SessionEdits, ARefreshGoesOnFromWhereItWasStopped) {
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

TEST_F(SessionEdits, AReopenedDocumentIsExactToItsLastToken) {
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

TEST_F(SessionEdits, TextThatChangedWhileADocumentWasClosedIsOneMoreEdit) {
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

TEST_F(SessionEdits, WhatAnotherArithmeticComputedIsStale) {
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

TEST_F(SessionEdits, ACursorMoveKeepsWhatItPasses) {
  const std::string& text = kProgram;
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, text.find("def area"));
  encoded(edited);
  const std::size_t cursor = text.find("def main");
  edited.update(text, {}, {cursor, cursor});
  EXPECT_LE(encoded(edited), RepairOptions{}.before_gap + 8);
  const std::size_t back = text.find("def area");
  edited.update(text, {}, {back, back});
  EXPECT_LE(encoded(edited), 8U);
}

TEST_F(SessionEdits, AMoveBetweenIndentationsKeepsWhatItPasses) {
  const std::string text = "def f(queue):\n            return queue.pop()\n        yield None\n";
  const std::size_t upper = text.find("return");
  const std::size_t lower = text.find("yield");
  Session edited = session({Layout::kPrefixSuffixMiddle});
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
    auto completion = edited.complete({.max_tokens = 8, .stop = StopRule::kNever});
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

class RandomEdits : public SessionEdits, public ::testing::WithParamInterface<Case> {};

TEST_P(RandomEdits, AfterAllThePromptIsTheTextsAndARefreshMakesTheCacheAFreshSessions) {
  const Case& c = GetParam();
  test::EditedText edited(static_cast<std::uint64_t>(c.layout) * 10 + c.context_length, 700);
  test::Random random(9);
  std::optional<Session> kept(session(c));
  constexpr int kSteps = 4000;
  for (int step = 0; step < kSteps; ++step) {
    if (c.context_length > 0 && step % 100 == 0) {
      edited = test::EditedText(static_cast<std::uint64_t>(step), 3000, numbered("line #\n", 200));
      open(*kept, edited.text(), 0);
    }
    const test::EditedText::Step next = edited.random_step();
    kept->update(edited.text(), next.replacements.list(), next.gap);
    expect_in_step(*kept);
    if (HasFatalFailure()) FAIL() << "after step " << step;
    ASSERT_LE(kept->prompt().size() + 8, c.context_length == 0 ? 2048 : c.context_length);
    ASSERT_EQ(tokens_of(kept->prompt()), expected_prompt(*kept, edited.text()))
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
    } else if (kind == 19 && step % 3 == 0) {
      while (!kept->is_exact()) refresh(*kept, 1);
      Session fresh = session(c);
      fresh.open(edited.text(), next.gap);
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
                    Case{Layout::kPlain, true, 0, Reuse::kCommonPrefix},
                    Case{Layout::kPrefixSuffixMiddle, true, 0, Reuse::kNothing}),
    [](const auto& test_case) {
      std::string name(name_of(test_case.param.layout));
      if (!test_case.param.heals_tokens) name += "_unhealed";
      if (test_case.param.context_length > 0) name += "_window";
      if (test_case.param.reuse != Reuse::kPieces) {
        name += "_reuse" + std::to_string(static_cast<int>(test_case.param.reuse));
      }
      return name;
    });

}  // namespace
}  // namespace nextline
