#include "server/replay/trace_runner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace nextline::replay {
namespace {

LineTrace sample() {
  const std::string text = "def first():\n    return 1\n\n\n";
  const std::string line = "def second():";
  return {
      "a",
      Language::kPython,
      "a.py",
      text,
      {{{}, text.size(), line, true},
       {{{text.size(), 0, line + "\n"}}, text.size() + line.size() + 1, "    return αβ", false}}};
}

class TraceRunnerTest : public ::testing::Test {
 protected:
  static nextline::test::RandomModelOptions talkative() {
    nextline::test::RandomModelOptions options = nextline::test::every_type("qwen2");
    options.vocabulary_size = 284;
    return options;
  }

  test::TestModel model_{talkative()};
  std::unique_ptr<Backend> backend_ = test::cpu_backend(*model_, 2);
};

TEST_F(TraceRunnerTest, EachVariantSaysTheSame) {
  const Sampling drawn{.temperature = 0.8F, .top_p = 0.95F, .seed = 5};
  std::vector<SpeculationVariant> variants;
  for (const Sampling& sampling : {Sampling{}, drawn}) {
    for (const Speculation speculation : kSpeculations) variants.push_back({speculation, sampling});
  }
  TraceRunner runner(*backend_, variants, 512);
  std::vector<TraceRunner::Recorded> recorded;
  std::uint32_t accepted = 0;
  for (int round = 0; round < 3; ++round) {
    const LineTrace trace = sample();
    const auto outcomes = runner.run(
        trace, {}, 0, [&](const TraceRunner::Recorded& made) { recorded.push_back(made); }, {});
    ASSERT_TRUE(outcomes) << outcomes.error().message;
    ASSERT_EQ(outcomes->size(), 2U);
    EXPECT_TRUE((*outcomes)[0].is_novel);
    EXPECT_FALSE((*outcomes)[1].is_novel);
    for (const LineOutcome& line : *outcomes) {
      for (const auto& made : {line.line, line.key}) {
        ASSERT_EQ(made.size(), variants.size());
        for (std::size_t i = 0; i < made.size(); ++i) {
          EXPECT_TRUE(made[i].is_same);
          EXPECT_EQ(made[i].generated,
                    made[i < kSpeculations.size() ? 0 : kSpeculations.size()].generated);
          EXPECT_LE(made[i].passes + made[i].accepted, made[i].generated + 1);
          if (variants[i].speculation == Speculation::kOff) {
            EXPECT_EQ(made[i].drafted, 0U);
          }
          accepted += made[i].accepted;
        }
      }
    }
  }
  EXPECT_GT(accepted, 0U);  // The second round has been said before.
  ASSERT_EQ(recorded.size(), 6U);
  const Tokenizer& tokenizer = model_->tokenizer();
  EXPECT_EQ(tokenizer.decode(recorded[0].before), sample().old_text);
  EXPECT_EQ(recorded[0].generated, recorded[2].generated);
}

TEST_F(TraceRunnerTest, StopsWhenItIsAsked) {
  TraceRunner runner(*backend_, {{Speculation::kOff, {}}}, 512);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(runner.run(sample(), {}, 0, {}, stop.get_token()));
}

TEST(Speculation, HasNames) {
  for (const Speculation speculation : kSpeculations) {
    EXPECT_EQ(speculation_from_name(name_of(speculation)), speculation);
  }
  EXPECT_FALSE(speculation_from_name("everything"));
}

}  // namespace
}  // namespace nextline::replay
