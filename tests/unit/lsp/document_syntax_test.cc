#include "lsp/syntax/document_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/lsp/every_language.h"
#include "tests/unit/lsp/marked_edit.h"

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Stale {
  std::vector<std::string> behind;
  std::vector<std::string> naming;
};

/// The bytes that a marked edit makes stale.
Stale stale(const std::string& path, const std::string& marked) {
  const MarkedEdit edit(marked);
  DocumentSyntax syntax(path, edit.before);
  Stale found;
  for (const StaleSpan& span : syntax.update(edit.before, edit.after, edit.edits.list())) {
    auto& of_reason = span.reason == StaleReason::kBehindEdit ? found.behind : found.naming;
    of_reason.push_back(edit.after.substr(span.first, span.last - span.first));
    EXPECT_TRUE(span.reason == StaleReason::kNamesSymbol || found.naming.empty());
  }
  return found;
}

std::vector<const char*> with_unknown_languages() {
  std::vector<const char*> paths(kEveryLanguage.begin(), kEveryLanguage.end());
  paths.insert(paths.end(), {"a.xyz", ""});
  return paths;
}

TEST(DocumentSyntax, ARenamedFunctionMakesTheLinesStaleThatNameIt) {
  const auto [behind, naming] = stale("a.py",
                                      "def [-area-][+size+](a):\n"
                                      "    return a\n"
                                      "\n"
                                      "def main():\n"
                                      "    print('area')  # area\n"
                                      "    b = area(1)\n"
                                      "    c = size(2)\n");
  EXPECT_THAT(behind, ElementsAre("(a):\n    return a"));
  EXPECT_THAT(naming, ElementsAre("    b = area(1)", "    c = size(2)"));
}

TEST(DocumentSyntax, ARenamedFunctionMakesTheLinesStaleThatNameItInEveryLanguage) {
  struct Renamed {
    const char* path;
    const char* text;
    const char* behind;
    const char* use;
  };
  const std::vector<Renamed> table = {
      {"a.c", "int area[+s+](int a) {\n  return a;\n}\nint main() {\n  return areas(1);\n}\n",
       "(int a) {\n  return a;\n}", "  return areas(1);"},
      {"a.js", "function area[+s+](a) {\n  return a;\n}\n// areas\nf('areas');\ng(areas(1));\n",
       "(a) {\n  return a;\n}", "g(areas(1));"},
      {"a.ts", "function area[+s+](a: T) {\n  return a;\n}\n// areas\ng(areas(1));\n",
       "(a: T) {\n  return a;\n}", "g(areas(1));"},
      {"a.tsx", "function Area[+s+](a: T) {\n  return <a/>;\n}\nf(<p>\n<Areas/>\n</p>);\n",
       "(a: T) {\n  return <a/>;\n}", "<Areas/>"},
      {"a.go", "func area[+s+](a int) int {\n\treturn a\n}\nvar b = 1 // areas\nvar c = areas(1)\n",
       "(a int) int {\n\treturn a\n}", "var c = areas(1)"},
      {"a.rs", "fn area[+s+](a: u8) -> u8 {\n    a\n}\n/* areas */\nfn b() {\n    areas(1);\n}\n",
       "(a: u8) -> u8 {\n    a\n}", "    areas(1);"},
      {"a.lua", "function area[+s+](a)\n  return a\nend\n-- areas\nprint(areas(1))\n",
       "(a)\n  return a\nend", "print(areas(1))"},
      {"a.sh", "area[+s+]() {\n  echo 1\n}\n# areas\nareas \"$1\"\n", "() {\n  echo 1\n}",
       "areas \"$1\""},
  };
  for (const Renamed& row : table) {
    const auto [behind, naming] = stale(row.path, row.text);
    EXPECT_THAT(behind, ElementsAre(row.behind)) << row.path;
    EXPECT_THAT(naming, ElementsAre(row.use)) << row.path;
  }
}

TEST(DocumentSyntax, AChangedParameterMakesBodyAndCallsStale) {
  const auto [behind, naming] = stale("a.cc",
                                      "int area(int a[+, int b+]) {\n"
                                      "  return a * b;\n"
                                      "}\n"
                                      "int main() {\n"
                                      "  return area(1);\n"
                                      "}\n");
  EXPECT_THAT(behind, ElementsAre(") {\n  return a * b;\n}"));
  EXPECT_THAT(naming, ElementsAre("  return area(1);", "  return a * b;"));
}

TEST(DocumentSyntax, ANewConstantMakesTheLinesStaleThatWaitedForIt) {
  const auto [behind, naming] = stale("A.java",
                                      "class A {\n"
                                      "  [+static final int LIMIT = 1;+]\n"
                                      "  int f() {\n"
                                      "    return LIMIT;\n"
                                      "  }\n"
                                      "}\n");
  EXPECT_THAT(behind, ElementsAre("\n  int f() {\n    return LIMIT;\n  }\n}"));
  EXPECT_THAT(naming, ElementsAre("    return LIMIT;"));
}

TEST(DocumentSyntax, AKeyInABodyOrACommentNamesNothing) {
  EXPECT_THAT(stale("a.py", "def f(a):\n    g(a[+b+])\n    f(a)\n").naming, IsEmpty());
  EXPECT_THAT(stale("a.py", "def f(a):  # s[+o+]\n    f(a)\n").naming, IsEmpty());
}

TEST(DocumentSyntax, AnEditAtTheEndMakesNothingStale) {
  const auto [behind, naming] = stale("a.py", "a = 1\n[+a = 2+]");
  EXPECT_THAT(behind, IsEmpty());
  EXPECT_THAT(naming, IsEmpty());
}

TEST(DocumentSyntax, EditsAtSeveralPlacesHaveASpanEach) {
  const auto [behind, naming] = stale("a.py",
                                      "def f(a):\n"
                                      "    b = [+a+]\n"
                                      "    c = [+b+]\n"
                                      "    return c\n"
                                      "\n"
                                      "def g(c):\n"
                                      "    return [-c-][+f+](c)\n");
  EXPECT_THAT(behind, ElementsAre("\n    c = ", "\n    return c", "(c)"));
  EXPECT_THAT(naming, ElementsAre("    c = b", "    return c", "def g(c):", "    return f(c)"));
}

TEST(DocumentSyntax, KnowsLineEndsOfBothKinds) {
  const auto [behind, naming] =
      stale("a.py", "def f[+2+]():\r\n    pass\r\n\r\nx = 1\r\ny = f()\r\n");
  EXPECT_THAT(behind, ElementsAre("():\r\n    pass"));
  EXPECT_THAT(naming, ElementsAre("y = f()"));
}

TEST(DocumentSyntax, OfAnUnknownLanguageIndentationTells) {
  const auto [behind, naming] = stale("a.xyz", "f {\n  a = [+b+]\n  c\n}\nuse a\n");
  EXPECT_THAT(behind, ElementsAre("\n  c"));
  EXPECT_THAT(naming, IsEmpty());
}

TEST(DocumentSyntax, AnEmptyDocumentIsADocument) {
  for (const auto* const path : with_unknown_languages()) {
    EXPECT_THAT(stale(path, "[+x+]").behind, IsEmpty());
    EXPECT_THAT(stale(path, "[-x-]").behind, IsEmpty());
  }
}

TEST(DocumentSyntax, FollowsOneEditAfterTheOther) {
  const std::string use = "\n\n\n\nb = area()\n";
  std::string text = "def area(): pass" + use;
  DocumentSyntax syntax("a.py", text);
  // The name is taken back key by key, and typed again.
  for (const std::string name : {"are", "ar", "a", "ar", "are", "area"}) {
    const std::string after = "def " + name + "(): pass" + use;
    const std::size_t old_end = text.find('(');
    const Replacement edit{4, old_end, 4, 4 + name.size()};
    const auto spans = syntax.update(text, after, {&edit, 1});
    const bool names_it = std::ranges::any_of(
        spans, [](const StaleSpan& span) { return span.reason == StaleReason::kNamesSymbol; });
    // When the name goes that the line has, and when it is there again.
    EXPECT_EQ(names_it, name == "area" || text.starts_with("def area("));
    text = after;
  }
}

TEST(DocumentSyntax, SpansLieWithinAnyText) {
  test::Random random(3);
  const std::string alphabet = "ab\n\n  (){}:;=,.'\"#/*\t\r\xC3\xED\xA0";
  for (const auto* const path : with_unknown_languages()) {
    std::string text;
    DocumentSyntax syntax(path, text);
    for (int i = 0; i < 400; ++i) {
      const std::string before = text;
      Replacements edits;
      for (std::size_t places = 1 + random.below(3); places > 0; --places) {
        const std::size_t offset = random.below(text.size() + 1);
        const std::size_t most = text.size() > 500 ? 300 : 3;
        const std::size_t removed = std::min(text.size() - offset, random.below(most));
        std::string inserted;
        for (std::size_t n = random.below(6); n > 0; --n) {
          inserted += alphabet[random.below(alphabet.size())];
        }
        text.replace(offset, removed, inserted);
        edits.add(offset, removed, inserted.size());
      }
      for (const StaleSpan& span : syntax.update(before, text, edits.list())) {
        ASSERT_LE(span.first, span.last);
        ASSERT_LE(span.last, text.size());
      }
    }
  }
}

}  // namespace
}  // namespace nextline::lsp
