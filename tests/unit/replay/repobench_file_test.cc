#include "server/replay/repobench_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/unit/replay/sample_row.h"

namespace nextline::replay {
namespace {

using test::sample_row;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string with_field(const char* key, const boost::json::value& value) {
  boost::json::value row = boost::json::parse(to_line(sample_row()));
  row.as_object()[key] = value;
  return boost::json::serialize(row);
}

std::string without_field(const char* key) {
  boost::json::value row = boost::json::parse(to_line(sample_row()));
  row.as_object().erase(key);
  return boost::json::serialize(row);
}

std::string complaint_about(std::string_view line) {
  const auto row = parse_row(line);
  return row ? "" : row.error().message;
}

TEST(RepoBenchRows, AreTheSameWhenTheyAreReadAgain) {
  RepoBenchRow row = sample_row();
  row.cropped_code = "\"\\\x01\x7F é €\t\xF0\x9F\x99\x82\xE2\x80\xA8";
  row.context.clear();
  row.gold_snippet_index = -1;
  for (const RepoBenchRow& written : {sample_row(), row}) {
    const std::string line = to_line(written);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto read = parse_row(line);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, written);
  }
}

TEST(RepoBenchRows, MayHaveFurtherFields) {
  const auto row = parse_row(with_field("created_at", "2023-11-29"));
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(*row, sample_row());
}

TEST(RepoBenchRows, WithoutAFieldAreDamaged) {
  for (const char* const key :
       {"repo_name", "file_path", "context", "import_statement", "cropped_code", "all_code",
        "next_line", "gold_snippet_index", "level"}) {
    EXPECT_EQ(complaint_about(without_field(key)),
              std::string("The field \"") + key + "\" is missing.");
  }
  EXPECT_EQ(complaint_about(with_field("context", {{{"path", "a.py"}, {"snippet", ""}}})),
            "The field \"identifier\" of snippet 1 is missing.");
}

TEST(RepoBenchRows, WithFieldsOfOtherTypesAreDamaged) {
  EXPECT_EQ(complaint_about(with_field("level", nullptr)), "The field \"level\" is no text.");
  EXPECT_EQ(complaint_about(with_field("context", "text")), "The field \"context\" is no array.");
  EXPECT_EQ(complaint_about(with_field("context", boost::json::array{1})),
            "The field \"identifier\" of snippet 1 is missing.");
  EXPECT_EQ(complaint_about(with_field("gold_snippet_index", 0.5)),
            "The field \"gold_snippet_index\" is no whole number.");
  EXPECT_EQ(complaint_about("[]"), "It is not a JSON object.");
}

TEST(RepoBenchRows, NameASnippetThatIsThereOrNone) {
  EXPECT_EQ(complaint_about(with_field("gold_snippet_index", -1)), "");
  EXPECT_EQ(complaint_about(with_field("gold_snippet_index", 1)), "");
  for (const std::int64_t index : {INT64_MIN, std::int64_t{-2}, std::int64_t{2}, INT64_MAX}) {
    EXPECT_THAT(complaint_about(with_field("gold_snippet_index", index)),
                HasSubstr("but there are 2 snippets"))
        << index;
  }
  EXPECT_THAT(complaint_about(with_field("gold_snippet_index", UINT64_MAX)),
              HasSubstr("no whole number"));
}

TEST(RepoBenchRows, AreTextWithoutNul) {
  EXPECT_EQ(complaint_about(with_field("all_code", boost::json::string("a\0b", 3))),
            "The field \"all_code\" holds the character U+0000.");
}

TEST(RepoBenchRows, AreJsonInUtf8) {
  for (const char* const line :
       {"", "{", "{} {}", "{\"level\": \"\\ud800\"}", "{\"level\": \"\t\"}"}) {
    EXPECT_EQ(complaint_about(line), "It is not JSON.") << line;
  }
  EXPECT_EQ(complaint_about("{\"level\": \"\xE9\"}"),
            "It is not UTF-8: byte 11 does not belong there.");
  EXPECT_EQ(complaint_about(std::string(100'000, '[')), "It is not JSON.");
}

TEST(RepoBenchRows, AreOfAKnownLanguageAndAwaitALine) {
  EXPECT_EQ(complaint_about(with_field("file_path", "a/B.java")), "");
  EXPECT_THAT(complaint_about(with_field("file_path", "a.txt")), HasSubstr("Python nor of Java"));
  EXPECT_EQ(complaint_about(with_field("next_line", "  pass\r\n")), "");
  for (const char* const line : {"", " \n", "a\nb"}) {
    EXPECT_THAT(complaint_about(with_field("next_line", line)), HasSubstr("not one line")) << line;
  }
}

class RepoBenchFileTest : public testing::Test {
 protected:
  RepoBenchFile open(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    auto file = RepoBenchFile::open(path_);
    EXPECT_TRUE(file);
    return std::move(*file);
  }

  static std::vector<std::size_t> numbers_of_rows(RepoBenchFile& file) {
    std::vector<std::size_t> numbers;
    while (true) {
      const auto row = file.next();
      EXPECT_TRUE(row) << row.error().message;
      if (!row || !*row) return numbers;
      numbers.push_back((*row)->number);
    }
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "rows.jsonl";
};

TEST_F(RepoBenchFileTest, GivesRowsWithTheirNumbersAndNamesTheDamagedOnes) {
  const std::string row = to_line(sample_row());
  RepoBenchFile file = open(row + "{\n\n \r\n" + row + "[]\n" + row.substr(0, row.size() - 1));
  EXPECT_THAT(numbers_of_rows(file), ElementsAre(1, 5, 7));
  EXPECT_THAT(file.damaged(), ElementsAre(DamagedRow{2, "It is not JSON."},
                                          DamagedRow{6, "It is not a JSON object."}));
}

TEST_F(RepoBenchFileTest, GivesTheRowsThatWereWritten) {
  RepoBenchRow long_row = sample_row();
  long_row.all_code.append(200'000, 'x');  // Longer than what is read at once.
  RepoBenchFile file = open(to_line(long_row) + to_line(sample_row()));
  EXPECT_EQ(file.next().value()->row, long_row);
  EXPECT_EQ(file.next().value()->row, sample_row());
  EXPECT_FALSE(file.next().value());
}

TEST_F(RepoBenchFileTest, GoesOnBehindALineThatIsTooLong) {
  const std::string row = to_line(sample_row());
  RepoBenchFile file = open(row + std::string(RepoBenchFile::kLongestLine + 1, ' ') + "\n" + row);
  EXPECT_THAT(numbers_of_rows(file), ElementsAre(1, 3));
  EXPECT_THAT(file.damaged(), ElementsAre(DamagedRow{2, "It is longer than 16 MiB."}));
}

TEST_F(RepoBenchFileTest, AnEmptyFileHasNoRows) {
  RepoBenchFile file = open("");
  EXPECT_THAT(numbers_of_rows(file), IsEmpty());
  EXPECT_THAT(file.damaged(), IsEmpty());
}

TEST_F(RepoBenchFileTest, GivesUpWhatHoldsNoRowsAtAll) {
  std::string text;
  for (std::size_t line = 0; line <= RepoBenchFile::kMostDamagedRows; ++line) text += "x\n";
  RepoBenchFile file = open(text);
  const auto row = file.next();
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().message, path_.string() +
                                     " does not seem to hold rows of RepoBench: "
                                     "100001 of 100001 are damaged.");
}

TEST_F(RepoBenchFileTest, WhatCannotBeReadIsAnError) {
  EXPECT_THAT(RepoBenchFile::open(path_).error().message,
              HasSubstr("rows.jsonl cannot be read: No such file or directory."));
  EXPECT_THAT(RepoBenchFile::open(folder_.path()).error().message,
              HasSubstr(" is not a regular file."));
}

}  // namespace
}  // namespace nextline::replay
