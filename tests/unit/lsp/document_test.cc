#include "lsp/documents/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Changes = std::vector<TextDocumentContentChangeEvent>;
using enum PositionEncoding;

constexpr std::uint32_t kFarOut = std::numeric_limits<std::uint32_t>::max();
// The halves of 😀 in WTF-8.
const std::string kHigh = "\xED\xA0\xBD";
const std::string kLow = "\xED\xB8\x80";

Document document_of(std::string text) {
  return Document({"file:///a.c", "c", 1, std::move(text)});
}

TextDocumentContentChangeEvent replacement(Position start, Position end, std::string text) {
  return {Range{start, end}, std::move(text)};
}

Result<std::vector<ByteEdit>> change(Document& document, const Changes& changes,
                                     PositionEncoding encoding = kUtf16) {
  return document.change({document.uri(), document.version() + 1}, changes, encoding);
}

/// What a text becomes by one change.
std::string changed(std::string text, const TextDocumentContentChangeEvent& event,
                    PositionEncoding encoding = kUtf16) {
  Document document = document_of(std::move(text));
  const auto edits = change(document, {event}, encoding);
  return edits ? document.text().bytes() : edits.error().message;
}

TEST(Document, ChangesReferToTheTextThatTheOneBeforeLeft) {
  Document document = document_of("one\ntwo\n");
  const auto edits =
      change(document, {replacement({0, 0}, {0, 0}, "zero\n"), replacement({1, 0}, {1, 3}, "1"),
                        replacement({2, 3}, {3, 0}, "")});
  EXPECT_EQ(document.text().bytes(), "zero\n1\ntwo");
  EXPECT_THAT(edits.value(),
              ElementsAre(ByteEdit{0, 0, "zero\n"}, ByteEdit{5, 3, "1"}, ByteEdit{10, 1, ""}));
}

TEST(Document, KnowsEachKindOfLineEnd) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    EXPECT_EQ(changed("a" + end + "bc" + end, replacement({1, 1}, {1, 2}, "x")),
              "a" + end + "bx" + end);
  }
}

TEST(Document, ClampsRangesBehindTheEnd) {
  EXPECT_EQ(changed("ab\r\nc", replacement({0, 1}, {0, kFarOut}, "x")), "ax\r\nc");
  EXPECT_EQ(changed("ab\nc", replacement({0, 2}, {kFarOut, 0}, "")), "ab");
  EXPECT_EQ(changed("ab\nc", replacement({7, 7}, {8, 8}, "d")), "ab\ncd");
}

TEST(Document, AChangeWithoutRangeIsReportedAsWhatDiffers) {
  Document document = document_of("int é;\nint b;\n");
  EXPECT_THAT(change(document, {{std::nullopt, "int è;\nint b;\n"}}).value(),
              ElementsAre(ByteEdit{4, 2, "è"}));
  EXPECT_THAT(change(document, {{std::nullopt, "int è;\nint b;\nint b;\n"}}).value(),
              ElementsAre(ByteEdit{15, 0, "int b;\n"}));
  EXPECT_THAT(change(document, {{std::nullopt, "int è;\nint b;\nint b;\n"}}).value(), IsEmpty());
  EXPECT_THAT(change(document, {{std::nullopt, ""}}).value(), ElementsAre(ByteEdit{0, 22, ""}));
}

TEST(Document, WhatDiffersIsWholeCharacters) {
  Document document = document_of("aéb");                         // C3 A9
  EXPECT_THAT(change(document, {{std::nullopt, "aèb"}}).value(),  // C3 A8
              ElementsAre(ByteEdit{1, 2, "è"}));
  EXPECT_THAT(change(document, {{std::nullopt, "a¨b"}}).value(),  // C2 A8
              ElementsAre(ByteEdit{1, 2, "¨"}));
}

TEST(Document, RefusesARangeThatEndsBeforeItStartsAndStaysAsItWas) {
  Document document = document_of("abc");
  const auto edits =
      change(document, {replacement({0, 0}, {0, 1}, "x"), replacement({0, 2}, {0, 1}, "y")});
  ASSERT_FALSE(edits);
  EXPECT_EQ(edits.error().message, "The range of a change ends at 0:1, before its start at 0:2.");
  EXPECT_EQ(document.text().bytes(), "abc");
  EXPECT_EQ(document.version(), 1);
  EXPECT_EQ(document.revision(), 0u);
}

TEST(Document, RoundsDownARangeWithinACharacter) {
  EXPECT_EQ(changed("aéb", replacement({0, 2}, {0, 3}, "x"), kUtf8), "axb");
}

TEST(Document, InUtf16ARangeMayPartACharacter) {
  EXPECT_EQ(changed("a😀b", replacement({0, 2}, {0, 3}, "")), "a" + kHigh + "b");
  EXPECT_EQ(changed("a😀b", replacement({0, 1}, {0, 2}, "")), "a" + kLow + "b");
  EXPECT_EQ(changed("a😀b", replacement({0, 2}, {0, 2}, "x")), "a" + kHigh + "x" + kLow + "b");
}

TEST(Document, HalvesThatComeTogetherAreOneCharacter) {
  Document document = document_of("a" + kHigh);
  EXPECT_THAT(change(document, {replacement({0, 2}, {0, 2}, kLow)}).value(),
              ElementsAre(ByteEdit{1, 3, "😀"}));
  EXPECT_EQ(changed(kHigh + "x" + kLow, replacement({0, 1}, {0, 2}, "")), "😀");
  EXPECT_EQ(changed(kLow, replacement({0, 0}, {0, 0}, kHigh)), "😀");
  EXPECT_EQ(changed("😀", replacement({0, 1}, {0, 1}, kLow + kHigh)), "😀😀");
}

TEST(Document, TakesVersionsAsTheyComeAndCountsRevisions) {
  Document document = document_of("");
  ASSERT_TRUE(document.change({document.uri(), 0}, {}, kUtf8));
  EXPECT_EQ(document.version(), 0);
  EXPECT_EQ(document.revision(), 1u);
  ASSERT_TRUE(document.change({document.uri(), std::nullopt}, {}, kUtf8));
  EXPECT_EQ(document.version(), 0);
  EXPECT_EQ(document.revision(), 2u);
}

TEST(Document, ASnapshotStaysAsItWas) {
  Document document = document_of("before");
  const DocumentSnapshot snapshot = document.snapshot();
  ASSERT_TRUE(change(document, {{std::nullopt, "after"}}));
  EXPECT_EQ(snapshot.text->bytes(), "before");
  EXPECT_EQ(snapshot.version, 1);
  EXPECT_EQ(document.snapshot().text->bytes(), "after");
}

TEST(Document, PositionsAndOffsetsAreInverse) {
  const Text text("aé\r\n😀z\n\n" + kHigh);
  for (const auto encoding : {kUtf8, kUtf16, kUtf32}) {
    for (const std::size_t offset : {0, 1, 3, 5, 9, 10, 11, 12, 15}) {
      EXPECT_EQ(text.offset_of(text.position_of(offset, encoding), encoding), offset);
    }
  }
  EXPECT_EQ(text.position_of(4, kUtf16), (Position{0, 2}));  // Between "\r" and "\n".
}

TEST(Document, AKeystrokeInFiveThousandLinesTakesFarLessThanAMillisecond) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "    return value_of(expression, i);\n";
  Document document = document_of(text);
  std::vector<double> milliseconds;
  for (std::uint32_t i = 0; i < 101; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(change(document, {replacement({i, 4}, {i, 4}, "x")}));
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    milliseconds.push_back(taken.count());
  }
  std::ranges::nth_element(milliseconds, milliseconds.begin() + 50);
  RecordProperty("median_us", std::to_string(milliseconds[50] * 1000));
  EXPECT_LT(milliseconds[50], 1.0);
}

}  // namespace
}  // namespace nextline::lsp
