#include "server/replay/awaited_line.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/replay/sample_row.h"

namespace nextline::replay {
namespace {

/// What is found in a file, cropped like this; "" if nothing.
std::string found(const std::string& all_code, const std::string& cropped_code,
                  const std::string& next_line) {
  RepoBenchRow row;
  row.cropped_code = cropped_code;
  row.all_code = all_code;
  row.next_line = next_line;
  const auto line = find_awaited_line(row);
  return line ? std::to_string(line->offset) + ":" + all_code.substr(line->offset, line->length)
              : "";
}

TEST(AwaitedLine, StandsBehindTheCroppedCode) {
  const RepoBenchRow row = test::sample_row();
  const auto line = find_awaited_line(row);
  ASSERT_TRUE(line);
  EXPECT_EQ(row.all_code.substr(line->offset, line->length), "    return side * side");
}

TEST(AwaitedLine, HasTheIndentationOfTheFile) {
  EXPECT_EQ(found("a\n  b\n", "a", "b"), "2:  b");
  EXPECT_EQ(found("a\n  b\n", "a\n", "  b\n"), "2:  b");
}

TEST(AwaitedLine, IsToldFromTheSameLineElsewhere) {
  EXPECT_EQ(found("x\na\nb\ny\na\nb\n", "x\na", "b"), "4:b");
  EXPECT_EQ(found("x\na\nb\ny\na\nb\n", "y\na", "b"), "10:b");
}

TEST(AwaitedLine, DoesNotMindBlanksThatWereRemoved) {
  EXPECT_EQ(found("a \r\n\r\nb\r\n  c\t\r\n", "a\nb\n\n", "c"), "9:  c");
}

TEST(AwaitedLine, IsFoundBehindImportsWithinTheCode) {
  EXPECT_EQ(found("a\nimport x\nb\nc\nd\n", "a\nb\nc", "d"), "15:d");
}

TEST(AwaitedLine, IsNotGuessed) {
  EXPECT_EQ(found("a\nb\na\nb\n", "a", "b"), "");  // Twice.
  EXPECT_EQ(found("a\nb\n", "a", "c"), "");        // Another line is there.
  EXPECT_EQ(found("a\nb\n", "", "b"), "");         // Nothing says where.
  EXPECT_EQ(found("a\nb\n", "x", "b"), "");        // The code above is not there.
  EXPECT_EQ(found("", "", "b"), "");
  EXPECT_EQ(found("\xFF\n\n", "\n\n", "\n"), "");
}

TEST(AwaitedLine, IsNotTakenFromElsewhereWhereTheFileEndsBeforeIt) {
  EXPECT_EQ(found("a\nb\nx\ny\na", "x\ny\na", "b"), "");
}

TEST(AwaitedLine, CountsNoFurtherThanItMust) {
  std::string many;
  for (int line = 0; line < 100'000; ++line) many += "a\n";
  EXPECT_EQ(found(many, many, "a"), "");  // In time: each place is compared with but some lines.
}

}  // namespace
}  // namespace nextline::replay
