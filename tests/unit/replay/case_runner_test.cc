#include "server/replay/case_runner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace nextline::replay {
namespace {

Variant variant_of(Mode mode, KvType type = KvType::kFloat16) {
  Variant variant;
  variant.mode = mode;
  variant.kv_type = type;
  variant.layout = Layout::kPlain;
  return variant;
}

/// A text whose second line is missing at first.
EditCase inserted_line() {
  const std::string head = "def first(a, b):\n";
  const std::string line = "    total = a + b\n";
  const std::string rest = "    return total\n\n\ndef second():\n    return 2\n\n\n";
  return {"case",
          Language::kPython,
          EditKind::kInsert,
          "1 line",
          "a.py",
          head + rest,
          head.size() + rest.size(),
          {{{{head.size(), 0, line}}, head.size() + line.size() + rest.size()}},
          "def third():"};
}

class CaseRunnerTest : public ::testing::Test {
 protected:
  std::vector<Outcome> run(const EditCase& edit_case, std::vector<Variant> variants) {
    const CaseRunner runner(*backend_, std::move(variants), 1024);
    auto outcomes = runner.run(edit_case, {});
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    return outcomes ? *outcomes : std::vector<Outcome>();
  }

  test::TestModel model_{test::every_type("qwen2")};
  std::unique_ptr<Backend> backend_ = test::cpu_backend(*model_, 2);
};

TEST_F(CaseRunnerTest, FullIsTheMeasureOfAllOthers) {
  const auto outcomes = run(inserted_line(), {variant_of(Mode::kFull), variant_of(Mode::kPrefix),
                                              variant_of(Mode::kPie), variant_of(Mode::kIgnore)});
  ASSERT_EQ(outcomes.size(), 4U);
  const auto& [full, prefix, pie, ignore] =
      std::tie(outcomes[0], outcomes[1], outcomes[2], outcomes[3]);
  EXPECT_EQ(full.kl, 0);
  EXPECT_EQ(full.encoded, full.full);
  // What stands before the edit is what a fresh session computes, bit for bit.
  EXPECT_EQ(prefix.kl, 0);
  EXPECT_EQ(prefix.line, full.line);
  EXPECT_LT(prefix.encoded, full.full);
  EXPECT_GT(pie.kl, 0);
  EXPECT_LT(pie.encoded, prefix.encoded);
  EXPECT_GT(pie.encoded, 0U);
  EXPECT_GT(ignore.kl, 0);
  EXPECT_EQ(ignore.encoded, 0U);
}

TEST_F(CaseRunnerTest, DraftsChangeNothingHoweverTheCacheMetTheEdit) {
  std::vector<Variant> variants;
  for (const Mode mode : kModes) variants.push_back(variant_of(mode));
  const CaseRunner runner(*backend_, variants, 1024, true);
  const auto outcomes = runner.run(inserted_line(), {});
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  for (const Outcome& outcome : *outcomes) EXPECT_EQ(outcome.differing, 0U);
  EXPECT_FALSE(run(inserted_line(), variants)[0].differing);
}

TEST_F(CaseRunnerTest, TheOrderOfVariantsDoesNotMatter) {
  const auto there = run(inserted_line(), {variant_of(Mode::kPie), variant_of(Mode::kConflict)});
  const auto back = run(inserted_line(), {variant_of(Mode::kConflict), variant_of(Mode::kPie)});
  EXPECT_EQ(there[0].kl, back[1].kl);
  EXPECT_EQ(there[1].kl, back[0].kl);
  EXPECT_NE(there[0].kl, there[1].kl);
}

TEST_F(CaseRunnerTest, KeysThatStayInTheirPlacesLoseNothingByEditsElsewhere) {
  Variant anchored = variant_of(Mode::kPie, KvType::kBFloat16);
  Variant turned = variant_of(Mode::kEager, KvType::kBFloat16);
  anchored.edits_before = turned.edits_before = 64;
  const auto outcomes = run(inserted_line(), {variant_of(Mode::kPie, KvType::kBFloat16), anchored,
                                              variant_of(Mode::kEager, KvType::kBFloat16), turned});
  EXPECT_NEAR(outcomes[1].kl, outcomes[0].kl, 1e-3 * outcomes[0].kl);
  EXPECT_GT(std::abs(outcomes[3].kl - outcomes[2].kl), std::abs(outcomes[1].kl - outcomes[0].kl));
}

TEST_F(CaseRunnerTest, TurningKeysAgainAndAgainLosesWhatTheirTypeCannotHold) {
  const auto error_of = [&](Mode mode, KvType type, std::uint32_t edits_before) {
    Variant variant = variant_of(mode, type);
    variant.edits_before = edits_before;
    return run(inserted_line(), {variant})[0].key_error.value_or(-1);
  };
  EXPECT_EQ(error_of(Mode::kPie, KvType::kBFloat16, 15), 0);
  const double once = error_of(Mode::kEager, KvType::kBFloat16, 0);
  EXPECT_GT(once, 1e-4);
  EXPECT_LT(once, 1e-2);
  const double often = error_of(Mode::kEager, KvType::kBFloat16, 15);
  EXPECT_GT(often, 3 * once);
  EXPECT_GT(error_of(Mode::kEager, KvType::kBFloat16, 63), often);
  EXPECT_GT(error_of(Mode::kEager, KvType::kFloat16, 15), 0);
  EXPECT_LT(error_of(Mode::kEager, KvType::kFloat16, 15), often / 4);
  EXPECT_LT(error_of(Mode::kEager, KvType::kFloat32, 15), 1e-5);
}

TEST_F(CaseRunnerTest, EachStepIsComputed) {
  EditCase typed = inserted_line();
  const std::string line = typed.steps[0].edits[0].inserted;
  const std::size_t first = typed.steps[0].edits[0].offset;
  const std::size_t cursor = typed.steps[0].cursor;
  typed.steps.clear();
  for (std::size_t i = 0; i < line.size(); ++i) {
    typed.steps.push_back({{{first + i, 0, line.substr(i, 1)}}, first + i + 1});
  }
  typed.steps.push_back({{}, cursor});
  EXPECT_EQ(new_text(typed), new_text(inserted_line()));
  const auto once = run(inserted_line(), {variant_of(Mode::kPie)});
  const auto keys = run(typed, {variant_of(Mode::kPie)});
  EXPECT_GT(keys[0].encoded, once[0].encoded);
}

TEST_F(CaseRunnerTest, AStoppedRunHasNoOutcome) {
  std::stop_source stop;
  stop.request_stop();
  const CaseRunner runner(*backend_, {variant_of(Mode::kPie)}, 1024);
  const auto outcomes = runner.run(inserted_line(), stop.get_token());
  ASSERT_FALSE(outcomes);
  EXPECT_NE(outcomes.error().message.find("interrupted"), std::string::npos);
}

TEST(ReplayMode, NamesGoThereAndBack) {
  for (const Mode mode : kModes) EXPECT_EQ(mode_from_name(name_of(mode)), mode);
  for (const EditKind kind : kEditKinds) EXPECT_EQ(edit_kind_from_name(name_of(kind)), kind);
  for (const KvType type : {KvType::kFloat32, KvType::kFloat16, KvType::kBFloat16}) {
    EXPECT_EQ(kv_type_from_name(short_name_of(type)), type);
  }
  EXPECT_FALSE(mode_from_name("none"));
}

}  // namespace
}  // namespace nextline::replay
