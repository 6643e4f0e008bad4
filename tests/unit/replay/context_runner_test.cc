#include "server/replay/context_runner.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/session/session.h"
#include "tests/support/engine_fixture.h"

namespace nextline::replay {
namespace {

const std::string kHeads = "# b.py\ndef helper(a): ...\n";
const std::string kOtherHeads = "# b.py\ndef helper(a): ...\ndef other(b): ...\n";

/// A line of a small file, without context, with some, and with some that changes behind the line.
ContextCase sample() {
  const std::string before = "import b\n\ndef first():\n    return 1\n";
  const std::string behind = "\n\nprint(first())\n";
  return {"case",
          RowSetting::kCrossFileFirst,
          {Language::kPython, "a.py", before + behind, before.size(), "    b.helper(1)"},
          {{"", "", false}, {kHeads, kHeads, true}, {kHeads, kOtherHeads, true}}};
}

class ContextRunnerTest : public ::testing::Test {
 protected:
  static test::RandomModelOptions with_room() {
    test::RandomModelOptions options = test::every_type("qwen2");
    options.context_length = 2048;
    return options;
  }
  std::vector<ContextOutcome> run(const ContextCase& context_case, std::uint32_t edited_share) {
    const ContextRunner runner(
        *backend_, {.budgets = {0, 64, 64}, .tokens = 400, .edited_share = edited_share});
    auto outcomes = runner.run(context_case, {});
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    return outcomes ? *outcomes : std::vector<ContextOutcome>();
  }

  test::TestModel model_{with_room()};
  std::unique_ptr<Backend> backend_ = test::cpu_backend(*model_, 2);
};

TEST_F(ContextRunnerTest, SaysHowLikelyTheLineWasBehindEachContext) {
  const auto outcomes = run(sample(), 1);
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[1].nats, outcomes[2].nats);
  EXPECT_EQ(outcomes[1].line, outcomes[2].line);
  EXPECT_NE(outcomes[0].nats, outcomes[1].nats);

  auto fresh = Session::create(*backend_, {.context_length = 1024, .preamble_tokens = 64});
  ASSERT_TRUE(fresh) << fresh.error().message;
  const Document document = sample().document;
  fresh->open(document.text, {document.cursor, document.cursor});
  fresh->set_preamble(kHeads);
  ASSERT_TRUE(fresh->recompute());
  EXPECT_EQ(fresh->complete({})->text, outcomes[1].line);
}

TEST_F(ContextRunnerTest, CountsTokens) {
  const auto outcomes = run(sample(), 1);
  EXPECT_EQ(outcomes[0].context_tokens, 0U);
  EXPECT_EQ(outcomes[1].context_tokens, model_->tokenizer().encode(kHeads).size());
  EXPECT_EQ(outcomes[1].prompt_tokens - outcomes[0].prompt_tokens, outcomes[1].context_tokens);
  for (const ContextOutcome& outcome : outcomes) {
    EXPECT_GT(outcome.nats, 0);
    EXPECT_EQ(outcome.line_tokens, outcomes[0].line_tokens);
  }
}

TEST_F(ContextRunnerTest, AContextCostsAnEditNothingUnlessItIsAnother) {
  const auto outcomes = run(sample(), 1);
  for (const ContextOutcome& outcome : outcomes) {
    ASSERT_TRUE(outcome.editing);
    EXPECT_EQ(outcome.editing->keys, std::string("b.helper(1)").size());
    EXPECT_GE(outcome.editing->typed, outcome.editing->keys);
    EXPECT_EQ(outcome.editing->typed, outcomes[0].editing->typed);
    EXPECT_EQ(outcome.editing->line_above, outcomes[0].editing->line_above);
  }
  EXPECT_EQ(outcomes[1].editing->chosen_anew, 0U);
  // All but the sink and what both contexts begin with.
  const auto grown = model_->tokenizer().encode(kOtherHeads).size() - outcomes[2].context_tokens;
  EXPECT_GE(outcomes[2].editing->chosen_anew,
            outcomes[0].prompt_tokens + grown + outcomes[0].line_tokens - 8);
}

TEST_F(ContextRunnerTest, OneOfSoManyCasesIsEdited) {
  int edited = 0;
  for (int i = 0; i < 24; ++i) {
    ContextCase each = sample();
    each.id = "case " + std::to_string(i);
    each.contexts.resize(1);
    edited += run(each, 4)[0].editing ? 1 : 0;
  }
  EXPECT_GT(edited, 1);
  EXPECT_LT(edited, 16);
}

TEST_F(ContextRunnerTest, AContextThatGivesTheLineAwayIsFoundOut) {
  ContextCase given = sample();
  given.contexts[1].text = "# b.py\n  b.helper(1)\n";
  const auto outcomes = run(given, 1);
  EXPECT_TRUE(outcomes[1].has_line);
  EXPECT_FALSE(outcomes[2].has_line);
}

TEST_F(ContextRunnerTest, StopsWhenItIsAsked) {
  const ContextRunner runner(*backend_, {.budgets = {0, 64, 64}, .tokens = 400});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(runner.run(sample(), stop.get_token()));
}

}  // namespace
}  // namespace nextline::replay
