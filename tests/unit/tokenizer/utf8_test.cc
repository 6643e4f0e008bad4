#include "engine/tokenizer/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline {

inline void PrintTo(const Utf8Sequence& sequence, std::ostream* out) {
  *out << "kind " << static_cast<int>(sequence.kind) << ", length " << sequence.length;
}
inline bool operator==(const Utf8Sequence& a, const Utf8Sequence& b) {
  return a.kind == b.kind && a.length == b.length;
}

namespace {

using Kind = Utf8Sequence::Kind;

TEST(Utf8, TakesTheFirstAndLastCodePointOfEachLength) {
  for (const std::string text :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(first_utf8_sequence(text), (Utf8Sequence{Kind::kWellFormed, text.size()})) << text;
  }
}

TEST(Utf8, CountsMaximalSubpartsAsOne) {
  EXPECT_EQ(first_utf8_sequence("\x80"), (Utf8Sequence{Kind::kMalformed, 1}));          // Stray.
  EXPECT_EQ(first_utf8_sequence("\xC0\x80"), (Utf8Sequence{Kind::kMalformed, 1}));      // Overlong.
  EXPECT_EQ(first_utf8_sequence("\xE0\x9F\xBF"), (Utf8Sequence{Kind::kMalformed, 1}));  // Overlong.
  EXPECT_EQ(first_utf8_sequence("\xF0\x8F\xBF\xBF"), (Utf8Sequence{Kind::kMalformed, 1}));
  EXPECT_EQ(first_utf8_sequence("\xED\xA0\x80"),
            (Utf8Sequence{Kind::kMalformed, 1}));  // Surrogate.
  EXPECT_EQ(first_utf8_sequence("\xF4\x90\x80\x80"), (Utf8Sequence{Kind::kMalformed, 1}));
  EXPECT_EQ(first_utf8_sequence("\xF5"), (Utf8Sequence{Kind::kMalformed, 1}));
  EXPECT_EQ(first_utf8_sequence("\xF0\x9F\x99x"), (Utf8Sequence{Kind::kMalformed, 3}));
}

TEST(Utf8, TellsUnfinishedFromMalformed) {
  EXPECT_EQ(first_utf8_sequence("\xF0\x9F\x99"), (Utf8Sequence{Kind::kUnfinished, 3}));
  EXPECT_EQ(first_utf8_sequence("\xE2"), (Utf8Sequence{Kind::kUnfinished, 1}));
  EXPECT_EQ(first_utf8_sequence("\xED\xA0"), (Utf8Sequence{Kind::kMalformed, 1}));
}

TEST(Utf8, FindsTheWellFormedPrefixAcrossWords) {
  const std::string ascii = "0123456789abcdef";
  EXPECT_EQ(well_formed_utf8_prefix(""), 0u);
  EXPECT_EQ(well_formed_utf8_prefix(ascii), ascii.size());
  for (std::size_t position = 0; position <= ascii.size(); ++position) {
    const std::string text = ascii.substr(0, position) + "é\xFF" + ascii;
    EXPECT_EQ(well_formed_utf8_prefix(text), position + 2);
  }
}

}  // namespace
}  // namespace nextline
