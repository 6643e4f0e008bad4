#include "lsp/completion/look_ahead.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace nextline::lsp {
namespace {

/// "x = foo" is to become "x = foo(a, b)"; behind it stands another line.
const std::string kBehind = "\ny = 2\n";

LookAhead call() {
  const std::string accepted = "x = foo(a, b)";
  return {1, DocumentId{1}, std::make_shared<const std::string>(accepted + kBehind), 7,
          accepted.size()};
}

/// What is put in the place of what, of a text with the cursor behind `before`.
std::string way_from(const std::string& before, const std::string& behind = kBehind) {
  const LookAhead ahead = call();
  const std::string text = before + behind;
  const auto way = ahead.way_from(text, before.size());
  if (!way) return "none";
  std::string made = text;
  made.replace(way->old_first, way->old_last - way->old_first, *ahead.text, way->new_first,
               way->new_last - way->new_first);
  EXPECT_EQ(made, *ahead.text);
  return text.substr(way->old_first, way->old_last - way->old_first) + "|" +
         ahead.text->substr(way->new_first, way->new_last - way->new_first);
}

TEST(LookAhead, WhatIsLeftOfTheSuggestionIsTheWay) {
  EXPECT_EQ(way_from("x = foo"), "|(a, b)");
  EXPECT_EQ(way_from("x = foo(a"), "|, b)");
}

TEST(LookAhead, ClosersThatTheEditorHasPutBehindGoAgain) {
  EXPECT_EQ(way_from("x = foo(", ")" + kBehind), ")|a, b)");
  EXPECT_EQ(way_from("x = foo()"), ")|a, b)") << "as if the cursor were behind them";
}

TEST(LookAhead, ThereIsNoWayWhereSomethingElseIsTyped) {
  EXPECT_EQ(way_from("x = foo(c"), "none");
  EXPECT_EQ(way_from("x = fo"), "none") << "the suggestion begins behind";
  EXPECT_EQ(way_from("x = foo(a", "\ny = 3\n"), "none");
  EXPECT_EQ(way_from("", ""), "none");
}

TEST(LookAhead, ThereIsNoneLeftWhereItHasBeenAccepted) {
  EXPECT_EQ(way_from("x = foo(a, b)"), "none");
}

}  // namespace
}  // namespace nextline::lsp
