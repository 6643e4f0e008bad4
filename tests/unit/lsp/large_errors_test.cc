#include "lsp/syntax/large_errors.h"

#include <gtest/gtest.h>

#include <string>

#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

bool has_large_error_in(const std::string& text, std::size_t first, std::size_t last) {
  const SyntaxTree tree(*Grammar::of_file("a.py"), text);
  return has_large_error(tree.root(), first, last);
}

TEST(LargeErrors, AnErrorOfThousandsOfPartsIsLarge) {
  const std::string text = "\ndef f(a): return a\n" + std::string(60'000, '(');
  EXPECT_TRUE(has_large_error_in(text, 0, text.size()));
  EXPECT_TRUE(has_large_error_in(text, 30'000, 30'001));
}

TEST(LargeErrors, AnErrorOfAStatementIsNot) {
  const std::string text = "def f(a): return (a\n\ndef g(a: return a\n";
  EXPECT_FALSE(has_large_error_in(text, 0, text.size()));
  EXPECT_FALSE(has_large_error_in("", 0, 1));
}

TEST(LargeErrors, CodeHasNoneHoweverManyPartsItHas) {
  std::string text = "a = [";
  for (int i = 0; i < 10'000; ++i) text += "1, ";
  EXPECT_FALSE(has_large_error_in(text + "]\n", 0, text.size()));
}

TEST(LargeErrors, OnlyThoseThatMeetTheBytesCount) {
  std::string text = "a = 1\nb = 2\n";
  const std::size_t code = text.size();
  text += "x = (" + std::string(6'000, '?');
  for (int i = 0; i < 6'000; ++i) text += " 1 )";
  const SyntaxTree tree(*Grammar::of_file("a.py"), text);
  ASSERT_TRUE(tree.has_tree());
  ASSERT_FALSE(ts_node_is_error(tree.root()));
  EXPECT_TRUE(has_large_error(tree.root(), 0, text.size()));
  EXPECT_FALSE(has_large_error(tree.root(), 0, code - 1));
}

}  // namespace
}  // namespace nextline::lsp
