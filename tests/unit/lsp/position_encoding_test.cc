#include "lsp/protocol/position_encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::lsp {

inline bool operator==(const Column& a, const Column& b) {
  return a.offset == b.offset && a.splits_pair == b.splits_pair;
}
inline void PrintTo(const Column& column, std::ostream* out) {
  *out << "offset " << column.offset << (column.splits_pair ? ", within a pair" : "");
}

namespace {

using enum PositionEncoding;

PositionEncoding chosen(const std::vector<std::string>& offered) {
  return negotiate_position_encoding(offered);
}

TEST(PositionEncodingNegotiation, PrefersUtf8AndFallsBackToUtf16) {
  EXPECT_EQ(chosen({"utf-16", "utf-8", "utf-32"}), kUtf8);
  EXPECT_EQ(chosen({"utf-32", "utf-16"}), kUtf16);
  EXPECT_EQ(chosen({"utf-32"}), kUtf32);
  EXPECT_EQ(chosen({"utf-7"}), kUtf16);
  EXPECT_EQ(chosen({}), kUtf16);
}

// 'a' is one byte, 'é' two, '€' three, '😀' four and in UTF-16 two units.
constexpr std::string_view kLine = "aé€😀z";

TEST(PositionEncoding, FindsTheBeginningOfEachCharacter) {
  const std::vector<std::size_t> offsets = {0, 1, 3, 6, 10, 11};
  const std::vector<std::uint32_t> utf16 = {0, 1, 2, 3, 5, 6};
  for (std::uint32_t i = 0; i < offsets.size(); ++i) {
    const auto bytes = static_cast<std::uint32_t>(offsets[i]);
    const Column column = {offsets[i], false};
    EXPECT_EQ(find_column(kLine, bytes, kUtf8), column);
    EXPECT_EQ(find_column(kLine, utf16[i], kUtf16), column);
    EXPECT_EQ(find_column(kLine, i, kUtf32), column);
    EXPECT_EQ(count_units(kLine.substr(0, offsets[i]), kUtf8), bytes);
    EXPECT_EQ(count_units(kLine.substr(0, offsets[i]), kUtf16), utf16[i]);
    EXPECT_EQ(count_units(kLine.substr(0, offsets[i]), kUtf32), i);
  }
}

TEST(PositionEncoding, ClampsBehindTheEndOfTheLine) {
  for (const auto encoding : {kUtf8, kUtf16, kUtf32}) {
    EXPECT_EQ(find_column(kLine, 12, encoding), (Column{kLine.size(), false}));
    EXPECT_EQ(find_column(kLine, 0xFFFFFFFF, encoding), (Column{kLine.size(), false}));
    EXPECT_EQ(find_column("", 1, encoding), (Column{0, false}));
  }
}

TEST(PositionEncoding, RoundsDownWithinACharacter) {
  EXPECT_EQ(find_column(kLine, 2, kUtf8), (Column{1, false}));
  for (const std::uint32_t inside : {7, 8, 9}) {
    EXPECT_EQ(find_column(kLine, inside, kUtf8), (Column{6, false}));
  }
  EXPECT_EQ(find_column(kLine, 4, kUtf16), (Column{6, true}));
}

TEST(PositionEncoding, CountsALoneSurrogateAsACharacter) {
  const std::string line = "\xED\xA0\xBDx";
  EXPECT_EQ(count_units(line, kUtf8), 4u);
  EXPECT_EQ(count_units(line, kUtf16), 2u);
  EXPECT_EQ(count_units(line, kUtf32), 2u);
  EXPECT_EQ(find_column(line, 1, kUtf16), (Column{3, false}));
}

TEST(PositionEncoding, ReadsNothingBehindBytesThatAreNoUtf8) {
  for (const std::string line : {"\x80", "\xF0", "\xF0\x9F\x98", "\xE2\x82", "a\xC3"}) {
    for (const auto encoding : {kUtf8, kUtf16, kUtf32}) {
      const auto units = count_units(line, encoding);
      EXPECT_EQ(find_column(line, units, encoding).offset, line.size());
    }
  }
}

}  // namespace
}  // namespace nextline::lsp
