#include "lsp/protocol/json_text.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <string>

namespace nextline::lsp {
namespace {

namespace json = boost::json;

/// The string that a JSON text of one string spells, or the sentence of the error.
std::string parsed_string(std::string_view text) {
  const auto value = parse_json(text);
  return value ? std::string(value->as_string()) : value.error().message;
}

TEST(JsonText, KeepsEscapedLoneSurrogatesAsWtf8) {
  EXPECT_EQ(parsed_string(R"("a\ud83d")"), "a\xED\xA0\xBD");
  EXPECT_EQ(parsed_string(R"("\uDE00b")"),
            "\xED\xB8\x80"
            "b");
  EXPECT_EQ(parsed_string(R"("\ud83d\n")"), "\xED\xA0\xBD\n");
  EXPECT_EQ(parsed_string(R"("\ude00\ud83d")"), "\xED\xB8\x80\xED\xA0\xBD");
}

TEST(JsonText, TakesTwoHalvesForOneCharacter) {
  EXPECT_EQ(parsed_string(R"("\ud83d\ude00")"), "😀");
  EXPECT_EQ(parsed_string(R"("\ud83d\ud83d\ude00\ude00")"), "\xED\xA0\xBD😀\xED\xB8\x80");
}

TEST(JsonText, DoesNotTakeAnEscapedBackslashForAnEscape) {
  EXPECT_EQ(parsed_string(R"("\\ud83d")"), R"(\ud83d)");
  EXPECT_EQ(parsed_string(R"("\\\ud83d")"), "\\\xED\xA0\xBD");
}

TEST(JsonText, PutsAQuestionMarkInThePlaceOfAMalformedByte) {
  for (const std::string bytes : {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\xBD", "\xF4\x90\x80\x80"}) {
    EXPECT_EQ(parsed_string("\"é" + bytes + "!\""), "é" + std::string(bytes.size(), '?') + "!");
  }
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const std::string text : {"", "{", "{}{}", "'a'", "[1,]", "\"\\ud8\"", "\"\\ud83", "\"\\",
                                 "\\ud83d", "nul", "\"\n\"", "\xEF\xBB\xBF{}"}) {
    EXPECT_EQ(parsed_string(text), "The message is not JSON that can be read.") << text;
  }
}

TEST(JsonText, LimitsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(kMaximumJsonDepth)));
  EXPECT_FALSE(parse_json(nested(kMaximumJsonDepth + 1)));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(JsonText, WritesWhatItReads) {
  for (const std::string text :
       {R"("\ud83d")", R"("x\ude00\ud83dy")", R"("é😀")", R"(["a",{"\ud800":null}])"}) {
    EXPECT_EQ(serialize_json(*parse_json(text)), text);
  }
}

TEST(JsonText, WritesUtf8WhateverAStringHolds) {
  EXPECT_EQ(serialize_json(json::value("a\xFF\xF0\x9F\x99z")), "\"a\uFFFD\uFFFDz\"");
}

}  // namespace
}  // namespace nextline::lsp
