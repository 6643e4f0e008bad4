#include "lsp/completion/completion_end.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lsp/syntax/document_syntax.h"
#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

struct Outcome {
  std::string text;
  bool ended;  ///< By the condition, not by the model.
  bool breaks_syntax;
  bool operator==(const Outcome&) const = default;
};

/// The text before and behind a cursor, "|".
struct Place {
  explicit Place(std::string marked) : text(std::move(marked)), cursor(text.find('|')) {
    text.erase(cursor, 1);
  }
  Place(std::string before, const std::string& behind)
      : text(before + behind), cursor(before.size()) {}
  CompletionEnd end(const std::string& path, const CompletionEndOptions& options) const {
    return {DocumentSyntax(path, text).completion_at(text, {cursor, cursor}), options};
  }

  std::string text;
  std::size_t cursor;
};

/// What a completion has of what a model says, which comes in pieces of so many bytes at the most.
Outcome outcome(const std::string& path, const Place& place, std::string_view said,
                const CompletionEndOptions& options = {}, std::size_t piece = 1) {
  CompletionEnd end = place.end(path, options);
  for (std::size_t size = 0; size < said.size();) {
    size = std::min(size + piece, said.size());
    if (const auto ended = end.end_of(said.substr(0, size))) {
      const FinishedCompletion finished = end.finish(said.substr(0, *ended));
      return {std::string(said.substr(0, finished.size)), true, finished.breaks_syntax};
    }
  }
  const FinishedCompletion finished = end.finish(said);
  return {std::string(said.substr(0, finished.size)), false, finished.breaks_syntax};
}

std::string left_of(const std::string& path, const std::string& marked, std::string_view said,
                    const CompletionEndOptions& options = {}) {
  return outcome(path, Place(marked), said, options).text;
}

constexpr CompletionEndOptions kLine{.extent = CompletionExtent::kLine};
constexpr CompletionEndOptions kBlock{.extent = CompletionExtent::kBlock};

TEST(CompletionEnd, ALineEndsAtItsBreak) {
  EXPECT_EQ(left_of("a.py", "a = |\nb = 1\n", "1\nc = 2\n"), "1");
  EXPECT_EQ(left_of("a.py", "a = 1|\r\nb = 1\r\n", "\r\nc = 2\r\nd"), "\r\nc = 2");
  EXPECT_EQ(left_of("a.xyz", "f(|", "a,\nb)\n"), "a,");
}

TEST(CompletionEnd, ALineEndsThoughItLeavesOpenWhatTheTextOpened) {
  EXPECT_EQ(left_of("a.py", "f(|\n", "a,\n  b)\n"), "a,");
}

TEST(CompletionEnd, AnOpenStatementIsFinished) {
  EXPECT_EQ(left_of("a.py", "a = |\nb = 1\n", "f(\n    1,\n    2,\n)\nc = 2\n"),
            "f(\n    1,\n    2,\n)");
  EXPECT_EQ(
      left_of("a.py", "def f():\n    \"\"\"Doc.\"\"\"\n    |\n", "a = \"\"\"b\nc\n\"\"\"\nd\n"),
      "a = \"\"\"b\nc\n\"\"\"");
  EXPECT_EQ(left_of("a.java", "class A {\n  int a = 1;\n  |\n}\n",
                    "int[] b = {\n    1,\n    2\n  };\n  int c;\n"),
            "int[] b = {\n    1,\n    2\n  };");
}

TEST(CompletionEnd, AStatementIsCompleteOnlyIfItCanBeParsed) {
  EXPECT_EQ(
      left_of("a.cc", "void f() {\n  int a = 1;\n  |\n}\n", "g(a,\n    b)\n      .h();\n  i();\n"),
      "g(a,\n    b)\n      .h();");
}

TEST(CompletionEnd, WhatStandsBehindTheCursorInItsLineOpensNothing) {
  EXPECT_EQ(left_of("a.py", "print(f(|)\nb = 1\n", "10))  # 20\nprint(f(20))\n"), "10))  # 20");
  EXPECT_EQ(left_of("a.py", "print(|\")\nb = 1\n", "\"a\nprint(f(20))\n"), "\"a");
}

TEST(CompletionEnd, AnOpenStatementIsCutWhereThatIsWanted) {
  EXPECT_EQ(left_of("a.py", "a = |\nb = 1\n", "f(\n    1,\n)\nc = 2\n",
                    {.open_statement = OpenStatement::kCut}),
            "f(");
}

TEST(CompletionEnd, AStatementThatDoesNotEndIsCutToItsLine) {
  EXPECT_EQ(left_of("a.py", "a = |\nb = 1\n", "[\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n9,\n]\n"), "[");
  EXPECT_EQ(left_of("a.py", "a = |\nb = 1\n", "[\n1,\n2,"), "[");  // The model ends it.
}

TEST(CompletionEnd, ABlockThatALineBeginsIsNotItsStatement) {
  EXPECT_EQ(left_of("a.cc", "void f() {\n  a();\n  |\n}\n", "if (b) {\n    c();\n  }\n"),
            "if (b) {");
}

TEST(CompletionEnd, ABlockOfPythonEndsWhereALineIsIndentedLess) {
  const std::string body = "a = 1\n    if a:\n        return [\n1]\n\n    return 2";
  EXPECT_EQ(left_of("a.py", "def f():\n    |\n", body + "\n\n\ndef g():\n    pass\n"), body);
  EXPECT_EQ(left_of("a.py", "def f():|\n\nx = 1\n", "\n    " + body + "\nx = 3\n"),
            "\n    " + body);
  EXPECT_EQ(
      left_of("a.py", "class A:\n    def f(self):\n        |\n\n    def g(self):\n        pass\n",
              "pass\n\n    def h(self):\n"),
      "pass");
}

TEST(CompletionEnd, ABlockInTheLineOfItsHeaderIsThatLine) {
  EXPECT_EQ(left_of("a.py", "if a:|\n", " return 1\n    return 2\n"), " return 1");
  EXPECT_EQ(left_of("a.py", "if a:|\n", "  # Text.\n    return 2\nb"), "  # Text.\n    return 2");
}

TEST(CompletionEnd, AStringThatIsIndentedLessDoesNotEndABlock) {
  EXPECT_EQ(left_of("a.py", "def f():\n    |\n", "\"\"\"A.\n\nB.\n    \"\"\"\n    return 1\nx\n"),
            "\"\"\"A.\n\nB.\n    \"\"\"\n    return 1");
}

TEST(CompletionEnd, ABlockEndsWithTheBraceThatClosesIt) {
  EXPECT_EQ(left_of("a.cc", "void f() {\n  |\n", "if (a) {\n    b(\"}\");\n  }\n}\n\nint c;\n"),
            "if (a) {\n    b(\"}\");\n  }\n}");
  EXPECT_EQ(left_of("a.java", "class A {\n  void f() {|\n}\n", "\n    g();\n  }\n\n  void h() {\n"),
            "\n    g();\n  }");
  EXPECT_EQ(left_of("a.cc", "struct A {\n  |\n", "int a;\n};\nint b;\n"), "int a;\n};");
  EXPECT_EQ(
      left_of("a.cc", "void f() {\n  if (a) {\n    |\n}\n", "b();\n  } else {\n    c();\n  }\n"),
      "b();\n  }");
}

TEST(CompletionEnd, HalfALineThatALimitCutOffGoesIfThereAreOthers) {
  const Place place("def f():\n    |\n");
  const std::string said = "a = 1\n    b = a\n    c = alph";
  EXPECT_EQ(place.end("a.py", {}).finish(said, true).size, said.rfind('\n'));
  EXPECT_EQ(place.end("a.py", {}).finish(said).size, said.size());
  EXPECT_EQ(place.end("a.py", {}).finish("alph", true).size, 4U);
}

TEST(CompletionEnd, ABlockEndsWithTheWordThatClosesIt) {
  EXPECT_EQ(left_of("a.lua", "function f(x)\n  |\n", "if x then\n    g()\n  end\nend\n\nf(1)\n"),
            "if x then\n    g()\n  end\nend");
  EXPECT_EQ(left_of("a.lua", "for i = 1, 3 do|\n", "\n  f(i)\nend\ng()\n"), "\n  f(i)\nend");
  EXPECT_EQ(left_of("a.sh", "if test -f a; then\n  |\n", "rm a\nfi\necho b\n"), "rm a\nfi");
  EXPECT_EQ(left_of("a.sh", "for a in b; do\n  |\n", "echo \"$a\"\ndone\necho b\n"),
            "echo \"$a\"\ndone");
}

TEST(CompletionEnd, AWordThatStandsBehindIsNotDoubled) {
  EXPECT_EQ(left_of("a.lua", "function f(x)\n  |\nend\n", "g(x)\n  h(x)\nend\n\nf(1)\n"),
            "g(x)\n  h(x)");
  EXPECT_EQ(left_of("a.sh", "if test -f a; then\n  |\nfi\n", "rm a\nfi\necho b\n"), "rm a");
}

TEST(CompletionEnd, ALineThatClosesNoWordIsNoPartOfTheBlock) {
  EXPECT_EQ(left_of("a.lua", "function f(x)\n  |\n", "g(x)\nh(1)\n"), "g(x)");
}

TEST(CompletionEnd, ABraceThatStandsBehindIsNotDoubled) {
  EXPECT_EQ(left_of("a.cc", "void f() {\n  |\n}\n", "a();\n  b();\n}\nvoid g() {\n"),
            "a();\n  b();");
  EXPECT_EQ(left_of("a.cc", "void f() {|}\n", "\n  a();\n}\n\n"), "\n  a();\n");
  EXPECT_EQ(left_of("a.cc", "void f() {| }\n", " return; }\nint a;\n"), " return;");
}

TEST(CompletionEnd, ABlockWithBracesHasDirectivesAndEndsBeforeALineFurtherOut) {
  EXPECT_EQ(
      left_of("a.cc", "  void f() {\n    |\n  }\n", "#if A\n    b();\n#endif\n    c();\nint d;\n"),
      "#if A\n    b();\n#endif\n    c();");
}

TEST(CompletionEnd, TheRestOfABlockEndsWithIt) {
  EXPECT_EQ(
      left_of("a.py", "def f():\n    a = 1\n    |\n\nb\n", "b = 2\n    return b\n\nc\n", kBlock),
      "b = 2\n    return b");
  EXPECT_EQ(left_of("a.cc", "void f() {\n  a();\n  |\n}\n", "b();\n  c();\n}\n", kBlock),
            "b();\n  c();");
}

TEST(CompletionEnd, ALineIsALineAlsoWhereABlockBegins) {
  EXPECT_EQ(left_of("a.py", "def f():\n    |\n", "a = 1\n    b = 2\n", kLine), "a = 1");
}

TEST(CompletionEnd, WithoutAGrammarIndentationEndsABlock) {
  EXPECT_EQ(left_of("a.xyz", "proc f {\n  |\n", "a\n    b\n\n  c\n}\nd\n"), "a\n    b\n\n  c");
  EXPECT_EQ(left_of("a.xyz", "  f:\n    |\n", "a\n   b\n  c\n"), "a\n   b");
}

TEST(CompletionEnd, ABlockHasSoManyLinesAtTheMost) {
  EXPECT_EQ(
      left_of("a.py", "def f():\n    |\n", "a()\n\n    b()\n    c()\n    d()\n", {.most_lines = 3}),
      "a()\n\n    b()\n    c()");
}

TEST(CompletionEnd, BlankLinesWithoutEndEndIt) {
  EXPECT_EQ(left_of("a.py", "a = 1\n|\n", "\n\n\n\n\n\n"), "");
  EXPECT_EQ(left_of("a.py", "def f():\n    |\n", "a()\n\n\n\n\n\n"), "a()");
}

TEST(CompletionEnd, RepetitionEndsIt) {
  EXPECT_EQ(left_of("a.py", "def f():\n    |\n", "a()\n    b()\n    b()\n    b()\n    b()\n"),
            "a()\n    b()\n    b()");
  std::string zeros;
  for (int i = 0; i < 60; ++i) zeros += "0, ";
  EXPECT_EQ(left_of("a.py", "a = |\n", "[" + zeros), "[0, ");
  EXPECT_EQ(left_of("a.py", "def f():\n    |\n", "a()\n    b = [" + zeros), "a()");
}

TEST(CompletionEnd, WhatBreaksTheSyntaxIsCut) {
  const Outcome cut = outcome("a.cc", Place("void f() {\n  |\n}\n"),
                              "a();\n  if (b) {\n    c();\n  }\n  int d = ;\n  e();");
  EXPECT_EQ(cut.text, "a();\n  if (b) {\n    c();\n  }");
  EXPECT_FALSE(cut.breaks_syntax);
  // A limit came in the middle of a block.
  EXPECT_EQ(
      left_of("a.java", "class A {\n  void f() {\n    |\n  }\n}\n", "a();\n    if (b) {\n   c"),
      "a();");
}

TEST(CompletionEnd, OneLineIsNeverCutForItsErrors) {
  const Outcome broken = outcome("a.cc", Place("void f() {\n  a();\n  |\n}\n"), "int b = );\n");
  EXPECT_EQ(broken, (Outcome{"int b = );", true, true}));
  const Outcome fine = outcome("a.cc", Place("void f() {\n  a();\n  |\n}\n"), "int b = 1;\n");
  EXPECT_EQ(fine, (Outcome{"int b = 1;", true, false}));
}

TEST(CompletionEnd, ErrorsElsewhereCutNothing) {
  EXPECT_EQ(left_of("a.cc", "int x = ;\nvoid f() {\n  |\n}\nint y = );\n", "a();\n  b();\n}\n"),
            "a();\n  b();");
}

TEST(CompletionEnd, WhereMacrosAreErrorsNothingIsCut) {
  const std::string body = "a();\n  REQUIRES(b)\n  REQUIRES(c)\n  d();";
  EXPECT_EQ(left_of("a.cc", "REQUIRES(x)\nREQUIRES(y)\nint f() {\n  |\n}\nint y = );\n", body),
            body);
}

TEST(CompletionEnd, AnUnfinishedHeaderIsNoReasonToCut) {
  EXPECT_EQ(left_of("a.py", "def f(a|):\n    pass\n", ", b\n"), ", b");
  EXPECT_EQ(left_of("a.py", "x = [|\ndef f():\n    pass\n", "1, 2]\n"), "1, 2]");
}

/// Texts with a cursor that lines are taken out behind, and what a model may say: the lines, and
/// sometimes something else.
class RandomCompletions : public testing::TestWithParam<const char*> {};

TEST_P(RandomCompletions, EndAtTheSamePlaceInWhateverPiecesTheyCome) {
  std::ifstream file(std::string(NEXTLINE_CODE_SAMPLES) + "/oracle/sources/" + GetParam());
  const std::string code{std::istreambuf_iterator<char>(file), {}};
  test::Random random(6);
  int ended = 0;
  for (int i = 0; i < 150; ++i) {
    std::size_t first = random.below(code.size());
    if (random.below(2) == 0) first = std::min(code.find('\n', first), code.size());
    const std::size_t last = std::min(code.size(), first + random.below(500));
    std::string said = code.substr(first, last - first);
    for (std::size_t n = random.below(3); n > 0 && !said.empty(); --n) {
      said.insert(random.below(said.size()), 1, "(){}[]\"'\n #:;"[random.below(13)]);
    }
    const Place place(code.substr(0, first), code.substr(last));
    const CompletionEndOptions options{.extent = static_cast<CompletionExtent>(random.below(3)),
                                       .most_lines = 12};
    const Outcome expected = outcome(GetParam(), place, said, options);
    for (const std::size_t piece : {std::size_t{3}, std::size_t{17}, said.size() + 1}) {
      ASSERT_EQ(outcome(GetParam(), place, said, options, piece), expected) << said;
    }
    ASSERT_TRUE(said.starts_with(expected.text));
    ended += expected.ended ? 1 : 0;
  }
  EXPECT_GT(ended, 50);
}

INSTANTIATE_TEST_SUITE_P(Languages, RandomCompletions,
                         testing::Values("interval_set.py", "TokenBucket.java",
                                         "topological_order.cc", "../../../Makefile"),
                         [](const auto& language) {
                           const std::string name = language.param;
                           return name.ends_with("file") ? std::string("none")
                                                         : name.substr(name.find('.') + 1);
                         });

/// Real code, of which a block is taken out and said again.
class BlocksOfCode : public testing::TestWithParam<const char*> {};

/// Where the block ends that the line before `first` opens: by braces, or by indentation. Good for
/// code that is laid out well.
std::size_t end_of_block(const std::string& code, std::size_t first, std::size_t header) {
  std::size_t end = first;
  for (std::size_t line = first; line < code.size();) {
    const std::size_t next = std::min(code.find('\n', line), code.size() - 1) + 1;
    const std::size_t text = code.find_first_not_of(' ', line);
    if (text < next - 1) {
      if (text - line <= header) break;
      end = next - 1;
    }
    line = next;
  }
  return end;
}

TEST_P(BlocksOfCode, ComeBackWhole) {
  std::ifstream file(std::string(NEXTLINE_CODE_SAMPLES) + "/oracle/sources/" + GetParam());
  const std::string code{std::istreambuf_iterator<char>(file), {}};
  int blocks = 0;
  for (std::size_t line = 0; line < code.size(); line = code.find('\n', line) + 1) {
    const std::size_t break_place = code.find('\n', line);
    if (break_place == std::string::npos) break;
    const std::size_t header = code.find_first_not_of(' ', line) - line;
    const bool opens = break_place > line && std::string("{:").find(code[break_place - 1]) < 2;
    const std::size_t last = end_of_block(code, break_place + 1, header);
    if (!opens || last <= break_place + 1) continue;
    const Place place(code.substr(0, break_place), code.substr(last));
    if (!DocumentSyntax(GetParam(), place.text)
             .completion_at(place.text, {place.cursor, place.cursor})
             .opened_block()) {
      continue;
    }
    const std::string_view said = std::string_view(code).substr(break_place);
    const Outcome found = outcome(GetParam(), place, said, {.most_lines = 1000});
    EXPECT_EQ(found.text, said.substr(0, last - break_place));
    EXPECT_FALSE(found.breaks_syntax);
    ++blocks;
  }
  EXPECT_GT(blocks, 5);
}

INSTANTIATE_TEST_SUITE_P(Languages, BlocksOfCode,
                         testing::Values("interval_set.py", "TokenBucket.java",
                                         "topological_order.cc"),
                         [](const auto& language) {
                           const std::string name = language.param;
                           return name.substr(name.find('.') + 1);
                         });

TEST(CompletionEnd, AnyBytesEndSomewhere) {
  test::Random random(7);
  for (const auto* const path : {"a.py", "a.java", "a.cc", "a.xyz"}) {
    for (int i = 0; i < 15; ++i) {
      std::string text;
      for (std::size_t n = random.below(200); n > 0; --n) text += static_cast<char>(random.next());
      std::string said;
      for (std::size_t n = random.below(400); n > 0; --n) {
        said += random.below(8) == 0 ? '\n' : static_cast<char>(random.next());
      }
      const Place place(text, "");
      const Outcome found = outcome(path, place, said, kBlock, 1 + random.below(9));
      ASSERT_TRUE(said.starts_with(found.text));
    }
  }
}

TEST(CompletionEnd, MegabytesInOneLineAreNoTrouble) {
  std::string said;
  for (int i = 0; said.size() < (std::size_t{1} << 20); ++i)
    said.append("(").append(std::to_string(i)).append(", ");
  EXPECT_EQ(left_of("a.py", "a = |\n", said), said);
}

}  // namespace
}  // namespace nextline::lsp
