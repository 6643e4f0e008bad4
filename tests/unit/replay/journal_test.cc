#include "server/replay/journal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace nextline::replay {
namespace {

const boost::json::object kDescription = {{"model", "m"}, {"seed", 1}};

CaseResult result_of(const std::string& id) {
  return {id,
          Language::kJava,
          EditKind::kMulti,
          "3 places",
          {{"return \"ä\\n\";", true, 97, 0.1234567890123456789, 17.25, 31, 1200}}};
}

class JournalTest : public ::testing::Test {
 protected:
  Result<Journal> open(bool resumes, const boost::json::object& description = kDescription) {
    return Journal::open(folder_.path() / "results", description, 1, resumes);
  }
  /// A journal with two results, closed.
  std::filesystem::path written() {
    auto journal = open(false);
    EXPECT_TRUE(journal) << journal.error().message;
    EXPECT_TRUE(journal->append(result_of("first")));
    EXPECT_TRUE(journal->append(result_of("second")));
    return journal->path();
  }
  static std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  test::TemporaryFolder folder_;
};

TEST_F(JournalTest, ResultsComeBackToTheLastDigit) {
  written();
  auto journal = open(true);
  ASSERT_TRUE(journal);
  ASSERT_EQ(journal->results().size(), 2U);
  EXPECT_EQ(journal->results().at("first"), result_of("first"));
  EXPECT_EQ(journal->results().at("second"), result_of("second"));
}

TEST_F(JournalTest, WithoutResumingItBeginsAnew) {
  written();
  EXPECT_TRUE(open(false)->results().empty());
  EXPECT_TRUE(open(true)->results().empty());
}

TEST_F(JournalTest, AnotherReplayHasAnotherFile) {
  const std::filesystem::path path = written();
  auto other = open(true, {{"model", "m"}, {"seed", 2}});
  ASSERT_TRUE(other);
  EXPECT_NE(other->path(), path);
  EXPECT_TRUE(other->results().empty());
}

TEST_F(JournalTest, ALineThatWasCutIsDroppedAndWrittenAgain) {
  const std::filesystem::path path = written();
  const std::string whole = content(path);
  for (const std::size_t cut : {1U, 2U, 40U}) {
    std::filesystem::resize_file(path, whole.size() - cut);
    auto journal = open(true);
    ASSERT_TRUE(journal);
    EXPECT_EQ(journal->results().size(), 1U);
    ASSERT_TRUE(journal->append(result_of("second")));
    EXPECT_EQ(content(path), whole);
  }
}

TEST_F(JournalTest, WhatStandsBehindDamageIsDropped) {
  const std::filesystem::path path = written();
  std::string text = content(path);
  text[text.find("\"first\"")] = '#';
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  EXPECT_TRUE(open(true)->results().empty());
}

TEST_F(JournalTest, ResultsWithOtherThanTheVariantsAreNotTaken) {
  written();
  const auto journal = Journal::open(folder_.path() / "results", kDescription, 2, true);
  ASSERT_TRUE(journal);
  EXPECT_TRUE(journal->results().empty());
}

TEST_F(JournalTest, ASecondProcessIsRefused) {
  const auto journal = open(false);
  ASSERT_TRUE(journal);
  const auto second = open(true);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("running already"), std::string::npos);
}

TEST(CaseResult, WhatIsNotOneIsNone) {
  const boost::json::object whole = to_json(result_of("x"));
  EXPECT_TRUE(case_result_from_json(whole, 1));
  for (const auto& member : whole) {
    boost::json::object cut = whole;
    cut.erase(member.key());
    EXPECT_FALSE(case_result_from_json(cut, 1)) << member.key();
    cut[member.key()] = 7;
    EXPECT_FALSE(case_result_from_json(cut, 1)) << member.key();
  }
  for (const auto& member : whole.at("outcomes").at(0).as_object()) {
    boost::json::object changed = whole;
    changed["outcomes"].as_array()[0].as_object()[member.key()] = boost::json::array();
    EXPECT_FALSE(case_result_from_json(changed, 1)) << member.key();
  }
  EXPECT_FALSE(case_result_from_json(7, 1));
}

}  // namespace
}  // namespace nextline::replay
