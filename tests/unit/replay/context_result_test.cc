#include "server/replay/context_result.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/temporary_folder.h"

namespace nextline::replay {
namespace {

ContextResult result() {
  ContextOutcome without{"return \"ä\";", false, 41, 15.862769F, 7, 0, 900, false, false};
  ContextOutcome with = without;
  with.exact_match = true;
  with.edit_similarity = 100;
  with.context_tokens = 512;
  with.has_name = true;
  with.has_line = true;
  with.editing = EditingCost{31, 40, 17, 1400};
  return {"package/a.py:3", Language::kJava, RowSetting::kCrossFileRandom, {without, with}};
}

TEST(ContextResult, ComesBackToTheLastDigit) {
  EXPECT_EQ(context_result_from_json(to_json(result()), 2), result());
}

TEST(ContextResult, IsKeptInAJournal) {
  const test::TemporaryFolder folder;
  const auto open = [&](bool resumes) {
    return ContextJournal::open(folder.path() / "results", {{"model", "m"}}, 2, resumes);
  };
  {
    auto journal = open(false);
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_TRUE(journal->append(result()));
  }
  const auto journal = open(true);
  ASSERT_TRUE(journal) << journal.error().message;
  ASSERT_EQ(journal->results().size(), 1U);
  EXPECT_EQ(journal->results().at("package/a.py:3"), result());
}

TEST(ContextResult, WhatIsNotOneIsNone) {
  const boost::json::object whole = to_json(result());
  EXPECT_FALSE(context_result_from_json(whole, 1));
  EXPECT_FALSE(context_result_from_json("text", 2));
  for (const auto& member : whole) {
    boost::json::object cut = whole;
    cut.erase(member.key());
    EXPECT_FALSE(context_result_from_json(cut, 2)) << member.key();
    cut[member.key()] = 7;
    EXPECT_FALSE(context_result_from_json(cut, 2)) << member.key();
  }
  for (const auto& member : whole.at("outcomes").at(1).as_object()) {
    boost::json::object changed = whole;
    changed["outcomes"].as_array()[1].as_object()[member.key()] = boost::json::array();
    EXPECT_FALSE(context_result_from_json(changed, 2)) << member.key();
  }
}

TEST(ContextResult, ALineWithoutTokensIsNone) {
  boost::json::object object = to_json(result());
  object["outcomes"].as_array()[0].as_object()["line_tokens"] = 0;
  EXPECT_FALSE(context_result_from_json(object, 2));
}

}  // namespace
}  // namespace nextline::replay
