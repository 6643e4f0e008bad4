#include "lsp/syntax/parsed_completion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "lsp/syntax/document_syntax.h"
#include "lsp/syntax/open_brackets.h"
#include "lsp/syntax/syntax_tree.h"
#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

/// A completion parsed at the cursor "|" of a text.
ParsedCompletion parsed(const std::string& path, std::string text, std::string_view completion) {
  const std::size_t cursor = text.find('|');
  text.erase(cursor, 1);
  ParsedCompletion made = DocumentSyntax(path, text).completion_at(text, {cursor, cursor});
  made.parse(completion);
  return made;
}

TEST(ParsedCompletion, KnowsWhatItLeavesOpen) {
  const std::string text = "def f():\n    |\n\ndef g():\n    \"\"\"Text.\"\"\"\n";
  EXPECT_FALSE(parsed("a.py", text, "a = b(c)").is_open());
  EXPECT_TRUE(parsed("a.py", text, "a = b(c,").is_open());
  EXPECT_FALSE(parsed("a.py", text, "a = b(c,\n  [d])").is_open());
  EXPECT_TRUE(parsed("a.py", text, "\"\"\"Of several lines (").is_open());
  EXPECT_FALSE(parsed("a.py", text, "\"\"\"Of several lines (\n    \"\"\"").is_open());
  EXPECT_FALSE(parsed("a.py", text, "a = '('  # [").is_open());
}

TEST(ParsedCompletion, AStringThatNothingEndsIsOpenToo) {
  EXPECT_TRUE(parsed("a.py", "def f():\n    |\n\ndef g():\n    pass\n", "\"\"\"Text.").is_open());
}

TEST(ParsedCompletion, AStringThatWasOpenIsReadAnewOnceItEnds) {
  ParsedCompletion made = parsed("a.py", "def f():\n    |\n", "a = \"\"\"b");
  for (const auto* const completion : {"a = \"\"\"b\nc", "a = \"\"\"b\nc\n\"\"\""}) {
    made.parse(completion);
  }
  EXPECT_FALSE(made.is_open());
  EXPECT_EQ(made.errors(), SyntaxErrors{});
}

TEST(ParsedCompletion, ABlockThatBeginsIsNoOpenStatement) {
  const std::string text = "void f() {\n  |\n}\n";
  EXPECT_TRUE(parsed("a.cc", text, "if (a) {").is_open());
  EXPECT_FALSE(parsed("a.cc", text, "if (a) {").leaves_statement_open());
  EXPECT_TRUE(parsed("a.cc", text, "int a[] = {").leaves_statement_open());
  EXPECT_TRUE(parsed("a.cc", text, "g([] {").leaves_statement_open());
}

TEST(ParsedCompletion, ABackQuoteInAStringOpensNothing) {
  EXPECT_FALSE(parsed("a.py", "|\n", "a = f'`{b}'").is_open());
}

TEST(ParsedCompletion, KnowsTheBraceThatClosesWhatStandsBefore) {
  const std::string text = "void f() {\n  if (a) {\n    |\n}\n";
  EXPECT_EQ(parsed("a.cc", text, "b();").closing_brace(), std::nullopt);
  EXPECT_EQ(parsed("a.cc", text, "b({});\n  }").closing_brace(), 9U);
  EXPECT_EQ(parsed("a.cc", text, "b(\"}\"); // }").closing_brace(), std::nullopt);
}

TEST(ParsedCompletion, CountsErrorsBesideThoseThatAreThere) {
  const ParsedCompletion good = parsed("a.cc", "int a = |;\nint b = ;\n", "1");
  EXPECT_LT(good.errors(), good.errors_without());
  const ParsedCompletion bad = parsed("a.cc", "int a = 1;\n|\nint b;\n", "int c = );");
  EXPECT_GT(bad.errors(), bad.errors_without());
}

TEST(ParsedCompletion, AnErrorFromFurtherUpIsAround) {
  const ParsedCompletion lost = parsed("a.cc", "void f() {\n  g(a,\n  (;\n  |\n}\n", "h();");
  EXPECT_TRUE(lost.errors().is_around);
  EXPECT_FALSE(parsed("a.cc", "void f() {\n  |\n}\n", "h(;").errors().is_around);
}

TEST(ParsedCompletion, WhatIsFarCountsNothing) {
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "int b;\n";
  const std::string text = "int a = );\n" + lines + "int c = |;\n" + lines + "int a = );\n";
  const ParsedCompletion made = parsed("a.cc", text, "1");
  EXPECT_EQ(made.errors(), SyntaxErrors{});
}

TEST(ParsedCompletion, WhatIsTypedBelongsToTheTextBefore) {
  const std::string text = "x = pr\n";
  ParsedCompletion made = DocumentSyntax("a.py", text).completion_at(text, {4, 6}, "print");
  EXPECT_EQ(made.line_before(), "x = print");
  made.parse("(1)");
  EXPECT_EQ(made.errors(), SyntaxErrors{});
}

TEST(ParsedCompletion, WithoutAGrammarNothingIsOpenOrWrong) {
  const ParsedCompletion made = parsed("a.xyz", "f {\n  |\n", "g(((\n}");
  EXPECT_FALSE(made.has_tree());
  EXPECT_FALSE(made.is_open());
  EXPECT_EQ(made.closing_brace(), std::nullopt);
  EXPECT_EQ(made.errors(), SyntaxErrors{});
}

class CompletionsOfCode : public testing::TestWithParam<const char*> {};

// Lines of real code are taken out of it and come back one by one. What is known at the end of each
// is what a fresh parse of the whole text knows.
TEST_P(CompletionsOfCode, KnowWhatAFreshParseKnows) {
  std::ifstream file(std::string(NEXTLINE_CODE_SAMPLES) + "/oracle/sources/" + GetParam());
  const std::string code{std::istreambuf_iterator<char>(file), {}};
  const Grammar& grammar = *Grammar::of_file(GetParam());
  test::Random random(4);
  int lines = 0;
  for (int cut = 0; cut < 60; ++cut) {
    const std::size_t first = random.below(code.size());
    const std::size_t last = std::min(code.size(), first + random.below(600));
    const std::string before = code.substr(0, first);
    std::string behind = code.substr(last);
    if (random.below(2) == 0) behind.insert(behind.begin(), '\n');
    const std::string_view completion = std::string_view(code).substr(first, last - first);
    ParsedCompletion made =
        DocumentSyntax(GetParam(), before + behind).completion_at(before + behind, {first, first});
    for (std::size_t end = 0; end < completion.size(); ++end) {
      end = std::min(completion.find('\n', end), completion.size());
      made.parse(completion.substr(0, end));
      const std::string text = before + std::string(completion.substr(0, end)) + behind;
      const SyntaxTree fresh(grammar, text);
      const OpenBrackets brackets = open_brackets(fresh, text, {first, first + end});
      ASSERT_EQ(made.is_open(), brackets.ends_in_token || !brackets.opened.empty()) << text;
      const auto brace = std::ranges::find(brackets.closed, '}', &OpenBrackets::Bracket::kind);
      ASSERT_EQ(made.closing_brace().has_value(), brace != brackets.closed.end()) << text;
      ++lines;
    }
  }
  EXPECT_GT(lines, 300);
}

INSTANTIATE_TEST_SUITE_P(Languages, CompletionsOfCode,
                         testing::Values("interval_set.py", "TokenBucket.java",
                                         "topological_order.cc"),
                         [](const auto& language) {
                           const std::string name = language.param;
                           return name.substr(name.find('.') + 1);
                         });

TEST(ParsedCompletion, AnyBytesAreACompletion) {
  test::Random random(5);
  for (const auto* const path : {"a.py", "a.java", "a.cc", "a.xyz"}) {
    std::string text;
    for (int i = 0; i < 300; ++i) text += static_cast<char>(random.next());
    const std::size_t cursor = random.below(text.size());
    ParsedCompletion made = DocumentSyntax(path, text).completion_at(text, {cursor, cursor});
    std::string completion;
    for (int i = 0; i < 100; ++i) {
      completion.resize(random.below(completion.size() + 1));
      for (std::size_t n = random.below(20); n > 0; --n) {
        completion += static_cast<char>(random.next());
      }
      made.parse(completion);
      const auto brace = made.closing_brace();
      ASSERT_TRUE(!brace || completion[*brace] == '}');
    }
  }
}

}  // namespace
}  // namespace nextline::lsp
