#include "lsp/syntax/changed_definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/lsp/marked_edit.h"

namespace nextline::lsp {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// The names whose definitions a marked edit changes; incidental ones in parentheses.
std::multiset<std::string> changed(const std::string& path, const std::string& marked) {
  const MarkedEdit edit(marked);
  const EditedTexts texts{edit.before, edit.after};
  std::vector<ChangedSymbol> symbols;
  SyntaxTree tree(*Grammar::of_file(path), edit.before);
  for (const Replacement& one : edit.edits.list()) {
    add_changed_definitions(tree, Side::kBefore, texts, one, symbols);
  }
  tree.update(edit.before, edit.after, edit.edits.list());
  for (const Replacement& one : edit.edits.list()) {
    add_changed_definitions(tree, Side::kAfter, texts, one, symbols);
  }
  std::multiset<std::string> names;
  for (const ChangedSymbol& symbol : symbols) {
    names.insert(symbol.is_incidental ? "(" + symbol.name + ")" : symbol.name);
  }
  return names;
}

TEST(ChangedDefinitions, ARenameConcernsTheOldAndTheNewName) {
  EXPECT_THAT(changed("a.py", "def [-area-][+size+](a):\n    return a\n"),
              UnorderedElementsAre("area", "size"));
  EXPECT_THAT(changed("a.py", "class Shape[+s+]:\n    pass\n"),
              UnorderedElementsAre("Shape", "Shapes"));
  EXPECT_THAT(changed("A.java", "class A { int [-area-][+size+]() { return 1; } }"),
              UnorderedElementsAre("area", "size"));
  EXPECT_THAT(changed("a.cc", "int [-area-][+size+]() { return 1; }"),
              UnorderedElementsAre("area", "size"));
}

TEST(ChangedDefinitions, OfEveryLanguageTheHeadCountsAndTheBodyDoesNot) {
  EXPECT_THAT(changed("a.c", "int [-area-][+size+](int a) { return a; }"),
              UnorderedElementsAre("area", "size"));
  EXPECT_THAT(changed("a.c", "int area(int a) { return a[+ + 1+]; }"), IsEmpty());
  EXPECT_THAT(changed("a.js", "function area(a[+, b+]) { return a; }"),
              UnorderedElementsAre("area", "(a)", "(b)"));
  EXPECT_THAT(changed("a.js", "const area = (a) => { return a[+ + 1+]; };"), IsEmpty());
  EXPECT_THAT(changed("a.js", "class A { [-area-][+size+]() { return 1; } }"),
              UnorderedElementsAre("area", "size"));
  EXPECT_THAT(changed("a.ts", "interface Shape { width: [-A-][+B+]; }"),
              UnorderedElementsAre("width"));
  EXPECT_THAT(changed("a.ts", "type Shape = A[+ | B+];"), UnorderedElementsAre("Shape"));
  EXPECT_THAT(changed("a.ts", "function area(a: A): [-A-][+B+] { return a; }"),
              UnorderedElementsAre("area"));
  EXPECT_THAT(changed("a.tsx", "function Area() { return <p>{a[+b+]}</p>; }"), IsEmpty());
  EXPECT_THAT(changed("a.go", "func area(a int) [-int-][+float64+] { return 1 }"),
              UnorderedElementsAre("area"));
  EXPECT_THAT(changed("a.go", "func area(a int) int { return 1[+0+] }"), IsEmpty());
  EXPECT_THAT(changed("a.go", "const limit = 1[+0+]"), UnorderedElementsAre("limit"));
  EXPECT_THAT(changed("a.rs", "fn area(a: u8) -> u[-8-][+16+] { 1 }"),
              UnorderedElementsAre("area"));
  EXPECT_THAT(changed("a.rs", "fn area(a: u8) -> u8 { 1[+0+] }"), IsEmpty());
  EXPECT_THAT(changed("a.rs", "struct Shape { width: u[-8-][+16+] }"),
              UnorderedElementsAre("width"));
  EXPECT_THAT(changed("a.lua", "function [-area-][+size+](a)\n  return a\nend\n"),
              UnorderedElementsAre("area", "size"));
  EXPECT_THAT(changed("a.lua", "function area(a)\n  return a[+ + 1+]\nend\n"), IsEmpty());
  EXPECT_THAT(changed("a.sh", "[-area-][+size+]() {\n  echo 1\n}\n"),
              UnorderedElementsAre("area", "size"));
  EXPECT_THAT(changed("a.sh", "area() {\n  echo 1[+0+]\n}\n"), IsEmpty());
  EXPECT_THAT(changed("a.sh", "LIMIT=1[+0+]\n"), UnorderedElementsAre("LIMIT"));
}

TEST(ChangedDefinitions, AParameterConcernsItsFunctionToo) {
  EXPECT_THAT(changed("a.py", "def area(a, [+b+]):\n    return a\n"),
              UnorderedElementsAre("area", "(b)"));
  EXPECT_THAT(changed("a.py", "def area(\n    a,\n    b[+=2+],\n):\n    return a\n"),
              UnorderedElementsAre("area", "(b)"));
  EXPECT_THAT(changed("A.java", "class A { int area(int a[+, int b+]) { return a; } }"),
              UnorderedElementsAre("area", "(a)", "(b)"));
  EXPECT_THAT(changed("a.cc", "int area(const int& [-a-][+b+]) { return 1; }"),
              UnorderedElementsAre("area", "(a)", "(b)"));
}

TEST(ChangedDefinitions, ATypeBelongsToWhatItIsTheTypeOf) {
  EXPECT_THAT(changed("a.cc", "[-int-][+float+] area() { return 1; }"),
              UnorderedElementsAre("area"));
  EXPECT_THAT(changed("a.cc", "struct A { [-int-][+float+] width; };"),
              UnorderedElementsAre("width"));
  EXPECT_THAT(changed("A.java", "class A { [-int-][+float+] width; }"),
              UnorderedElementsAre("width"));
  EXPECT_THAT(changed("A.java", "class A { [-int-][+float+] area() { return 1; } }"),
              UnorderedElementsAre("area"));
}

TEST(ChangedDefinitions, AConstantAndAnAttributeAreWhatTheyAreSetTo) {
  EXPECT_THAT(changed("a.py", "LIMIT = 1[+0+]\n"), UnorderedElementsAre("LIMIT"));
  EXPECT_THAT(changed("a.py", "[+LIMIT = 1\n+]a = 1\n"), UnorderedElementsAre("LIMIT"));
  EXPECT_THAT(changed("a.py", "def f(self):\n    self.width = [-1-][+2+]\n"),
              UnorderedElementsAre("width"));
  EXPECT_THAT(changed("a.cc", "#define LIMIT 1[+0+]\n"), UnorderedElementsAre("LIMIT"));
  EXPECT_THAT(changed("a.cc", "enum E { kA, k[+B+] };"), UnorderedElementsAre("k", "kB"));
}

TEST(ChangedDefinitions, ABodyChangesNothingOfItsFunction) {
  EXPECT_THAT(changed("a.py", "def f(a):\n    return a[+ + 1+]\n"), IsEmpty());
  EXPECT_THAT(changed("a.py", "def f(a):\n    [+g(a)\n    +]return a\n"), IsEmpty());
  EXPECT_THAT(changed("a.cc", "int f(int a) { return a[+ + 1+]; }"), IsEmpty());
  EXPECT_THAT(changed("A.java", "class A { int f(int a) { return a[+ + 1+]; } }"), IsEmpty());
  EXPECT_THAT(changed("a.cc", "auto f = [] { return 1[+0+]; };"), IsEmpty());
  EXPECT_THAT(changed("a.py", "def f(a):\n    b = a[+ + 1+]"), UnorderedElementsAre("(b)"));
}

TEST(ChangedDefinitions, WhatIsTypedBesideADefinitionIsNotOfIt) {
  EXPECT_THAT(changed("a.py", "a = 1[+\n+]"), IsEmpty());
  EXPECT_THAT(changed("a.py", "a = 1[+\nf()+]\n"), IsEmpty());
  EXPECT_THAT(changed("a.py", "[+f()\n+]a = 1\n"), IsEmpty());
  EXPECT_THAT(changed("a.py", "a = 1\n[-f()\n-]b = 1\n"), IsEmpty());
  EXPECT_THAT(changed("a.py", "def f(a):[+\n    g(a)+]\n    return a\n"), IsEmpty());
}

TEST(ChangedDefinitions, BlanksAndCommentsChangeNothing) {
  EXPECT_THAT(changed("a.py", "def f(a,[+  +] b):\n    return a\n"), IsEmpty());
  EXPECT_THAT(changed("a.py", "a = 1  # some[-thing-]\n"), IsEmpty());
  EXPECT_THAT(changed("a.py", "def f(\n    a,  # some[+thing+]\n):\n    pass\n"), IsEmpty());
  EXPECT_THAT(changed("a.cc", "int a = /* s[+o+]me */ 1;"), IsEmpty());
}

TEST(ChangedDefinitions, ABlankThatPartsAWordChangesWhatItNames) {
  EXPECT_THAT(changed("a.py", "a = not[+ +]b\n"), UnorderedElementsAre("a"));
  EXPECT_THAT(changed("a.py", "a = not[- -]b\n"), UnorderedElementsAre("a"));
}

TEST(ChangedDefinitions, AnErrorNearbyHidesNothing) {
  EXPECT_THAT(changed("a.cc", "int area(int a[+, +]) { return a; }\n"),
              ::testing::Contains("area"));
}

}  // namespace
}  // namespace nextline::lsp
