#include "lsp/syntax/rest_of_block.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/lsp/marked_edit.h"

namespace nextline::lsp {
namespace {

/// What stands behind the marked insertion, to the end of its block.
std::string rest(const std::string& path, const std::string& marked) {
  const MarkedEdit edit(marked);
  const Replacement& one = edit.edits.list().front();
  const SyntaxTree tree(*Grammar::of_file(path), edit.after);
  const std::size_t end = end_of_block(tree, edit.after, one.new_first, one.new_last);
  return edit.after.substr(one.new_last, end - one.new_last);
}

std::string indented_rest(const std::string& marked) {
  const MarkedEdit edit(marked);
  const std::size_t last = edit.edits.list().front().new_last;
  return edit.after.substr(last, end_of_indented_block(edit.after, last) - last);
}

TEST(RestOfBlock, GoesToTheEndOfTheFunction) {
  EXPECT_EQ(rest("a.py", "def f(a):\n    b = [+a+] + 1\n    return b\n\nf(1)\n"),
            " + 1\n    return b");
  EXPECT_EQ(rest("a.py", "def f([+a+]):\n    return a\n\nf(1)\n"), "):\n    return a");
  EXPECT_EQ(rest("a.py", "def f(a):\n    g(\n        [+a+],\n        a)\n    return a\n"),
            ",\n        a)\n    return a");
  EXPECT_EQ(rest("A.java", "class A {\n  int f(int a) {\n    g([+a+]);\n    return a;\n  }\n}\n"),
            ");\n    return a;\n  }");
  EXPECT_EQ(rest("a.cc", "int f(int a) {\n  g([+a+]);\n  return a;\n}\nint b;\n"),
            ");\n  return a;\n}");
  EXPECT_EQ(rest("a.c", "int f(int a) {\n  g([+a+]);\n  return a;\n}\nint b;\n"),
            ");\n  return a;\n}");
  EXPECT_EQ(rest("a.js", "function f(a) {\n  g([+a+]);\n  return a;\n}\nf(1);\n"),
            ");\n  return a;\n}");
  EXPECT_EQ(rest("a.ts", "const f = (a: T) => {\n  g([+a+]);\n  return a;\n};\nf(1);\n"),
            ");\n  return a;\n}");
  EXPECT_EQ(rest("a.tsx", "function F() {\n  g([+a+]);\n  return <p/>;\n}\nlet b;\n"),
            ");\n  return <p/>;\n}");
  EXPECT_EQ(rest("a.go", "func f(a int) {\n\tg([+a+])\n\treturn\n}\n\nvar b int\n"),
            ")\n\treturn\n}");
  EXPECT_EQ(rest("a.rs", "fn f(a: u8) {\n    g([+a+]);\n    a\n}\nconst B: u8 = 1;\n"),
            ");\n    a\n}");
  EXPECT_EQ(rest("a.lua", "function f(a)\n  g([+a+])\n  return a\nend\nf(1)\n"),
            ")\n  return a\nend");
  EXPECT_EQ(rest("a.sh", "f() {\n  g [+a+]\n  return 1\n}\nf 1\n"), "\n  return 1\n}");
}

TEST(RestOfBlock, AtTheTopItIsTheNextStatements) {
  EXPECT_EQ(rest("a.py", "a = [+1+]\nb = 2\n\nc = 3\nd = 4\ne = 5\n"), "\nb = 2\n\nc = 3\nd = 4");
  EXPECT_EQ(rest("a.cc", "int a[+a+];\nint b;\nint c;\nint d;\nint e;\n"),
            ";\nint b;\nint c;\nint d;");
}

TEST(RestOfBlock, OfALongClassItIsTheNextMembers) {
  std::string text = "class A {\n  int a[+a+];\n";
  for (int i = 0; i < 1000; ++i) text += "  int b;\n";
  EXPECT_EQ(rest("A.java", text + "}\n"), ";\n  int b;\n  int b;\n  int b;");
}

TEST(RestOfBlock, IsNothingAtTheEndOfTheText) {
  EXPECT_EQ(rest("a.py", "def f(a):\n    return [+a+]"), "");
  EXPECT_EQ(rest("a.py", "[+a+]"), "");
  EXPECT_EQ(indented_rest("a[+b+]"), "");
}

TEST(RestOfBlock, FollowsIndentationWithoutATree) {
  EXPECT_EQ(indented_rest("proc f {\n  a [+b+]\n  c\n\n  d\n}\ne\n"), "\n  c\n\n  d");
  EXPECT_EQ(indented_rest("proc f {\n[+\n+]  c\n}\n"), "  c");
  EXPECT_EQ(indented_rest("\t[+a+]\n        b\n    c\n"), "\n        b");
}

TEST(RestOfBlock, OfUnindentedLinesItIsTheParagraph) {
  EXPECT_EQ(indented_rest("one [+two+] three\nfour\n\nfive\n"), " three\nfour");
  EXPECT_EQ(indented_rest("one [+two+] three\r\nfour\r\n\r\nfive\r\n"), " three\r\nfour");
}

TEST(RestOfBlock, IsBoundedWithoutATree) {
  std::string text = "  [+a+]\n";
  for (int i = 0; i < 1000; ++i) text += "  b\n";
  EXPECT_LT(indented_rest(text).size(), 300u);
  EXPECT_LT(indented_rest("[+a+]\n" + std::string(100'000, 'b')).size(), 5000u);
}

}  // namespace
}  // namespace nextline::lsp
