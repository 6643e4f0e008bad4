// A session while its text is edited: after any edits and cursor moves, in every layout, the prompt
// is the text's, and once everything stale is computed again the cache is that of a fresh session.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/session/session.h"
#include "tests/support/engine_fixture.h"
#include "tests/unit/session/edited_text.h"

namespace nextline {
namespace {

using State = CachedPrompt::State;

struct Case {
  Layout layout;
  bool heals_tokens = true;
  std::uint32_t context_length = 0;
  Reuse reuse = Reuse::kPieces;
};

class SessionEdits : public ::testing::Test {
 protected:
  Session session(const Case& c) {
    return std::move(*Session::create(*backend_, {.context_length = c.context_length,
                                                  .prefill_rows = 64,
                                                  .layout = c.layout,
                                                  .heals_tokens = c.heals_tokens,
                                                  .reuse = c.reuse,
                                                  .reserved_tokens = 8}));
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

  /// The sequence holds the prompt's tokens that are not missing, and nothing else; the prompt's
  /// tokens are those of the text that it holds.
  void expect_in_step(const Session& session) {
    const CachedPrompt& prompt = session.prompt();
    std::vector<TokenId> held;
    for (std::uint32_t i = 0; i < prompt.size(); ++i) {
      if (prompt.state(i) != State::kMissing) held.push_back(prompt.tokens()[i]);
    }
    ASSERT_EQ(held, std::vector<TokenId>(session.sequence().tokens().begin(),
                                         session.sequence().tokens().end()));
  }

  std::vector<TokenId> expected_prompt(const Session& session, const std::string& text) {
    const Tokenizer& tokenizer = model_->tokenizer();
    const FillMarkers markers = *fill_markers(tokenizer);
    const Gap gap = session.gap();
    const std::size_t end = gap.before - session.text().healed().size();
    const auto before = tokenizer.encode(std::string_view(text).substr(0, end));
    const auto behind = tokenizer.encode(std::string_view(text).substr(gap.behind));
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
  Session edited = session({Layout::kPrefixSuffixMiddle});
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
  Session edited = session({Layout::kPrefixSuffixMiddle});
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
  Session edited = session({Layout::kPrefixSuffixMiddle});
  open(edited, text, text.find("def area"));
  encoded(edited);
  const std::size_t cursor = text.find("def main");
  edited.update(text, {}, {cursor, cursor});
  EXPECT_LE(encoded(edited), 32U + 8U);
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
  // The rest follows pass by pass, and nothing is computed twice but the markers.
  std::uint32_t before = first;
  while (!opened.is_complete()) {
    ASSERT_TRUE(opened.encode_some(32));
    ASSERT_GE(opened.prompt().held(), before);
    ASSERT_LE(opened.prompt().held(), before + 32);
    before = opened.prompt().held();
  }
  EXPECT_EQ(opened.prompt().held(), opened.prompt().size());
  EXPECT_EQ(std::vector<TokenId>(opened.prompt().tokens().begin(), opened.prompt().tokens().end()),
            expected_prompt(opened, text));
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

TEST_P(RandomEdits, AfterAllThePromptIsTheTextsAndARecomputeEqualsAFreshSession) {
  const Case& c = GetParam();
  test::EditedText edited(static_cast<std::uint64_t>(c.layout) * 10 + c.context_length, 700);
  test::Random random(9);
  Session kept = session(c);
  constexpr int kSteps = 4000;
  for (int step = 0; step < kSteps; ++step) {
    const test::EditedText::Step next = edited.random_step();
    kept.update(edited.text(), next.replacements.list(), next.gap);
    expect_in_step(kept);
    if (HasFatalFailure()) FAIL() << "after step " << step;
    ASSERT_LE(kept.prompt().size() + 8, 2048U);
    if (c.context_length == 0) {
      ASSERT_EQ(std::vector<TokenId>(kept.prompt().tokens().begin(), kept.prompt().tokens().end()),
                expected_prompt(kept, edited.text()))
          << "after step " << step;
    } else {
      ASSERT_LE(kept.prompt().size() + 8, c.context_length);
    }
    const std::size_t kind = random.below(40);
    if (kind < 8) {
      ASSERT_TRUE(kept.encode_some(16));
    } else if (kind < 12) {
      encode(kept);
    } else if (kind < 15) {
      ASSERT_TRUE(kept.complete({.max_tokens = 3}));
    } else if (kind == 15 && step % 4 == 0) {
      while (!kept.is_complete()) ASSERT_TRUE(kept.encode_some(64));
      ASSERT_TRUE(kept.recompute());
      Session fresh = session(c);
      fresh.open(edited.text(), next.gap);
      // A text longer than the context is held from where the edits have left it.
      if (!std::equal(fresh.prompt().tokens().begin(), fresh.prompt().tokens().end(),
                      kept.prompt().tokens().begin(), kept.prompt().tokens().end())) {
        ASSERT_NE(c.context_length, 0U);
        continue;
      }
      ASSERT_TRUE(fresh.recompute());
      ASSERT_EQ(cache_of(kept, *model_), cache_of(fresh, *model_)) << "after step " << step;
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
