#include "server/configuration/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "server/configuration/deep_names.h"

namespace nextline::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> keys(const TomlTable& table) {
  std::vector<std::string> names;
  for (const TomlEntry& entry : table) names.push_back(entry.key);
  return names;
}

FileProblem problem_of(std::string_view text) {
  const auto parsed = parse_toml(text);
  return parsed ? FileProblem{{0, 0}, "There is none."} : parsed.error();
}

TEST(Toml, HasItsEntriesInTheOrderOfTheFile) {
  const auto parsed = parse_toml("b = 1\na = 2\n[z]\n[c]\n");
  ASSERT_TRUE(parsed);
  EXPECT_THAT(keys(*parsed), ElementsAre("b", "a", "z", "c"));
}

TEST(Toml, SaysWhereNamesAndValuesBegin) {
  const auto parsed = parse_toml("# größe\n  threads  = 4\n[cache]\nsnapshots = true\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at(0).place, (FilePlace{2, 3}));
  EXPECT_EQ(parsed->at(0).value.place, (FilePlace{2, 14}));
  const auto& cache = std::get<TomlTable>(parsed->at(1).value.value);
  EXPECT_EQ(cache.at(0).place, (FilePlace{4, 1}));
  EXPECT_EQ(cache.at(0).value.place, (FilePlace{4, 13}));
}

TEST(Toml, CountsColumnsInCharacters) {
  const auto parsed = parse_toml("a = [ \"größe\", 1 ]");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<TomlArray>(parsed->at(0).value.value).at(1).place, (FilePlace{1, 16}));
}

TEST(Toml, HasValuesOfEachKind) {
  const auto parsed = parse_toml(
      "flag = true\nwhole = 0x10\nnumber = 0.25\ntext = \"a\\n\"\nlist = [1, \"b\"]\n"
      "table = {x = 1}\nday = 2024-02-29\nmost = 9223372036854775807\n");
  ASSERT_TRUE(parsed);
  const auto value = [&](std::size_t i) { return parsed->at(i).value.value; };
  EXPECT_EQ(std::get<bool>(value(0)), true);
  EXPECT_EQ(std::get<std::int64_t>(value(1)), 16);
  EXPECT_EQ(std::get<double>(value(2)), 0.25);
  EXPECT_EQ(std::get<std::string>(value(3)), "a\n");
  EXPECT_EQ(std::get<TomlArray>(value(4)).size(), 2U);
  EXPECT_THAT(keys(std::get<TomlTable>(value(5))), ElementsAre("x"));
  EXPECT_EQ(std::get<std::string>(value(6)), "2024-02-29");
  EXPECT_EQ(std::get<std::int64_t>(value(7)), std::numeric_limits<std::int64_t>::max());
}

TEST(Toml, MayBeginWithAByteOrderMarkAndHaveAnyLineEnds) {
  const auto parsed = parse_toml(
      "\xEF\xBB\xBF"
      "a = 1\r\nb = 2\r\n");
  ASSERT_TRUE(parsed);
  EXPECT_THAT(keys(*parsed), ElementsAre("a", "b"));
  EXPECT_EQ(parsed->at(1).place, (FilePlace{2, 1}));
}

TEST(Toml, ThatIsNoneSaysWhere) {
  EXPECT_EQ(problem_of("a = 1\nb = \n").place.line, 2U);
  EXPECT_THAT(problem_of("a = 1\nb = \n").sentence, HasSubstr("This is not TOML: "));
  EXPECT_EQ(problem_of("a = 1\na = 2\n").place.line, 2U);
  EXPECT_EQ(problem_of("a = 1\nb = \"ö\xFF\"").place, (FilePlace{2, 7}));
  EXPECT_EQ(problem_of("\xFF").sentence, "This is not UTF-8.");
  EXPECT_EQ(problem_of(std::string_view("a = 1\n\0", 7)).place.line, 2U);
  EXPECT_EQ(problem_of("a = \"x").place.line, 1U);
  EXPECT_EQ(problem_of("\n[$]").place, (FilePlace{2, 2}));
}

TEST(Toml, HasNoLettersWhereNoneBelong) {
  for (const char* const text : {"ё = 1", "a =ў.b", "a = é", "[ñ]", "a = 1 ü", "ł"}) {
    EXPECT_FALSE(parse_toml(text)) << text;
  }
  EXPECT_TRUE(parse_toml("'größe' = 'é'  # ё"));
}

TEST(Toml, GoesNoDeeperThanAConfigurationNeeds) {
  std::string name = "a";
  for (int i = 0; i < 10'000; ++i) name += ".a";
  EXPECT_EQ(problem_of("# one\n" + name + " = 1").place, (FilePlace{2, 34}));
  EXPECT_EQ(problem_of("[" + name + "]").place.line, 1U);
  EXPECT_EQ(problem_of("b = {" + name + " = 1}").place.line, 1U);
  EXPECT_EQ(problem_of("b = " + std::string(100, '[')).place.line, 1U);
  EXPECT_EQ(problem_of("\"x\" . 'y'" + name.substr(1) + " = 1").place.line, 1U);
}

TEST(DeepNames, AreNoDotsInStringsAndComments) {
  const std::string dots(100, '.');
  for (const std::string& text : {"# " + dots, "a = \"" + dots + "\"", "a = '" + dots + "'",
                                  "a = \"\"\"\n\"" + dots + "\"\n\"\"\"\"",
                                  "a = '''" + dots + "''''# " + dots, "a = \"\\\"" + dots + "\"",
                                  std::string("a = [1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1,"
                                              "1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1]")}) {
    EXPECT_FALSE(find_deep_name(text)) << text;
    EXPECT_TRUE(find_deep_name(text + "\n" + dots)) << text;
  }
}

TEST(FileProblem, IsOneShortLineWhateverItQuotes) {
  const std::string text = to_text("a.toml", {{3, 4}, "no\n\x1b[1mö" + std::string(1000, 'x')});
  EXPECT_THAT(text, testing::StartsWith("a.toml:3:4: no  [1mö"));
  EXPECT_LT(text.size(), 500U);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace nextline::server
