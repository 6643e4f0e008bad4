#include "lsp/syntax/opened_block.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// What the cursor "|" of a text opens.
std::optional<OpenedBlock> opened(const std::string& path, std::string text) {
  const std::size_t cursor = text.find('|');
  text.erase(cursor, 1);
  std::unique_ptr<SyntaxTree> tree;
  if (const Grammar* const grammar = Grammar::of_file(path)) {
    tree = std::make_unique<SyntaxTree>(*grammar, text);
  }
  return block_opened_at(tree.get(), text, {cursor, cursor});
}

OpenedBlock indented(std::size_t header, bool in_header_line = false) {
  return {BlockEnd::kIndentation, false, header, in_header_line};
}
OpenedBlock braced(std::size_t header, bool is_closed, bool in_header_line = false) {
  return {BlockEnd::kBrace, is_closed, header, in_header_line};
}

TEST(OpenedBlock, BeginsBehindAHeaderOfPython) {
  EXPECT_EQ(opened("a.py", "def f():\n    |\n"), indented(0));
  EXPECT_EQ(opened("a.py", "def f():|\n"), indented(0, true));
  EXPECT_EQ(opened("a.py", "class A:\n    def f(self,\n          b):  # text\n        |"),
            indented(4));
  EXPECT_EQ(opened("a.py", "if a:\n    b()\nelse:\n    |\nc()\n"), indented(0));
  EXPECT_EQ(opened("a.py", "for a in b:\n    |\n\nc = [\n"), indented(0));
}

TEST(OpenedBlock, OtherColonsOfPythonOpenNone) {
  EXPECT_EQ(opened("a.py", "a = {1:|}\n"), std::nullopt);
  EXPECT_EQ(opened("a.py", "a = b[1:|"), std::nullopt);
  EXPECT_EQ(opened("a.py", "a:|"), std::nullopt);
  EXPECT_EQ(opened("a.py", "# def f():\n|"), std::nullopt);
  EXPECT_EQ(opened("a.py", "a = 'def f():|'"), std::nullopt);
}

TEST(OpenedBlock, BeginsBehindABrace) {
  EXPECT_EQ(opened("a.java", "class A {\n  void f() {\n    |\n  }\n}\n"), braced(2, true));
  EXPECT_EQ(opened("a.cc", "int f() {|}\n"), braced(0, true, true));
  EXPECT_EQ(opened("a.cc", "void f() {\n  if (a) {  // text\n    |\n  }\n}\n"), braced(2, true));
  EXPECT_EQ(opened("a.cc", "namespace a {|\n"), braced(0, false, true));
}

TEST(OpenedBlock, ABraceThatIsIndentedLessClosesAnotherBlock) {
  EXPECT_EQ(opened("a.cc", "void f() {\n  if (a) {\n    |\n}\n"), braced(2, false));
  EXPECT_EQ(opened("a.java", "class A {\n  void f() {\n    |\n}\n"), braced(2, false));
}

TEST(OpenedBlock, BracesOfValuesOpenNone) {
  EXPECT_EQ(opened("a.cc", "int a[] = {\n  |\n};\n"), std::nullopt);
  EXPECT_EQ(opened("a.java", "class A {\n  int[] a = {\n    |\n"), std::nullopt);
  EXPECT_EQ(opened("a.py", "a = {\n    |\n}\n"), std::nullopt);
}

TEST(OpenedBlock, WhereStatementsFollowAlreadyNoneIsOpened) {
  EXPECT_EQ(opened("a.py", "def f():\n    |\n    return 1\n"), std::nullopt);
  EXPECT_EQ(opened("a.cc", "int f() {\n  |\n  return 1;\n}\n"), std::nullopt);
  EXPECT_EQ(opened("a.cc", "namespace a {\n|\nint b;\n}\n"), std::nullopt);
  EXPECT_EQ(opened("a.py", "if a:| b\n"), std::nullopt);
}

TEST(OpenedBlock, WithoutAGrammarTheLastByteTells) {
  EXPECT_EQ(opened("a.xyz", "  proc f {\n|"), indented(2));
  EXPECT_EQ(opened("a.xyz", "proc f\n  |"), std::nullopt);
  EXPECT_EQ(opened("a.xyz", "|"), std::nullopt);
}

}  // namespace
}  // namespace nextline::lsp
