#include "lsp/statistics/statistics_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;

Statistics sample() {
  Statistics statistics;
  statistics.add(2026y / 11 / 27, "python", {.asked = 3, .answered = 2, .kept_whole = 1});
  statistics.add(2026y / 11 / 27, "cpp", {.accepted_characters = 40});
  statistics.add(2026y / 11 / 28, "python", {.gone = 1});
  return statistics;
}

class StatisticsFileTest : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(folder_.path() / "statistics.json") << text; }
  const test::TemporaryFolder top_;
  const PrivateFolder folder_ = PrivateFolder::create(top_.path() / "statistics").value();
  const FileCalls calls_ = FileCalls::of_the_system();
};

TEST(StatisticsText, IsReadAsItWasWritten) {
  for (const Statistics& statistics : {sample(), Statistics()}) {
    EXPECT_EQ(parse_statistics(to_text(statistics)), statistics);
  }
}

TEST(StatisticsText, CanBeReadByItsOwner) {
  Statistics statistics;
  statistics.add(2026y / 11 / 27, "python", {.asked = 3});
  EXPECT_EQ(to_text(statistics),
            "{\"version\":1,\"days\":{\"2026-11-27\":{\"python\":{\"asked\":3}}}}\n");
}

TEST(StatisticsText, IsNotReadWhereItIsCut) {
  const std::string text = to_text(sample());
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    EXPECT_EQ(parse_statistics(text.substr(0, length)), std::nullopt) << length;
  }
}

TEST(StatisticsText, IsNotReadWhereItSaysSomethingElse) {
  for (const char* text :
       {"[]", "{}", R"({"version":2,"days":{}})", R"({"version":1,"days":[]})",
        R"({"version":1,"days":{"yesterday":{}}})",
        R"({"version":1,"days":{"2026-11-27":{"python":1}}})",
        R"({"version":1,"days":{"2026-11-27":{"python":{"asked":-1}}}})",
        R"({"version":1,"days":{"2026-11-27":{"python":{"asked":1.5}}}})",
        R"({"version":1,"days":{"2026-11-27":{"python":{"asked":"1"}}}})",
        R"({"version":1,"days":{"2026-11-27":{"python":{"asked":18446744073709551615}}}})",
        R"({"version":1,"days":{"2026-11-27":{"a text":{"asked":1}}}})"}) {
    EXPECT_EQ(parse_statistics(text), std::nullopt) << text;
  }
}

TEST_F(StatisticsFileTest, TakesThePlaceOfTheEarlierOne) {
  ASSERT_TRUE(write_statistics(folder_, {}, calls_));
  ASSERT_TRUE(write_statistics(folder_, sample(), calls_));
  const auto read = read_statistics(folder_);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->statistics, sample());
  EXPECT_FALSE(read->is_damaged);
}

TEST_F(StatisticsFileTest, DamageIsToldFromAbsence) {
  EXPECT_FALSE(read_statistics(folder_)->is_damaged);
  write("no statistics");
  const auto read = read_statistics(folder_);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->is_damaged);
  EXPECT_TRUE(read->statistics.empty());
}

TEST_F(StatisticsFileTest, AFileThatIsFarTooLargeIsDamaged) {
  write(std::string(std::size_t{17} << 20U, ' ') + to_text(sample()));
  EXPECT_TRUE(read_statistics(folder_)->is_damaged);
}

TEST_F(StatisticsFileTest, ADamagedOneStaysUnderAnotherName) {
  write("no statistics");
  ASSERT_TRUE(put_aside(folder_, calls_));
  EXPECT_FALSE(read_statistics(folder_)->is_damaged);
  std::ifstream aside(folder_.path() / "statistics.json.damaged");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(aside), {}), "no statistics");
}

TEST_F(StatisticsFileTest, NothingIsLeftWhereItIsRemoved) {
  write("no statistics");
  ASSERT_TRUE(put_aside(folder_, calls_));
  ASSERT_TRUE(write_statistics(folder_, sample(), calls_));
  ASSERT_TRUE(remove_statistics(folder_));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  EXPECT_TRUE(remove_statistics(folder_));
}

}  // namespace
}  // namespace nextline::lsp
