#include "lsp/syntax/symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A text, and what is asked of its symbols.
class Code {
 public:
  Code(const std::string& path, std::string text)
      : text_(std::move(text)), symbols_(*Symbols::of(path, text_)) {}

  const Symbols& symbols() const { return symbols_; }

  /// "line name", the first line being 1, of what a name stands for in a line.
  std::vector<std::string> meaning(const std::string& name, std::size_t line) const {
    for (const Reference& reference : symbols_.references()) {
      if (reference.name.of(text_) != name || line_of(reference.name) != line) continue;
      std::vector<std::string> found;
      for (const std::size_t i : symbols_.definitions_of(reference)) {
        found.push_back(written(symbols_.definitions()[i].name));
      }
      return found;
    }
    return {"no such reference"};
  }

  const Definition& definition(std::string_view name) const {
    return symbols_.definitions()[symbols_.definitions_named(name).at(0)];
  }
  std::string bytes(const ByteSpan& span) const { return std::string(span.of(text_)); }
  std::vector<std::string> bytes(const std::vector<ByteSpan>& spans) const {
    std::vector<std::string> found;
    for (const ByteSpan& span : spans) found.push_back(bytes(span));
    return found;
  }

 private:
  std::size_t line_of(const ByteSpan& span) const {
    return 1 + static_cast<std::size_t>(
                   std::count(text_.begin(), text_.begin() + static_cast<long>(span.first), '\n'));
  }
  std::string written(const ByteSpan& span) const {
    return std::to_string(line_of(span)) + " " + bytes(span);
  }

  std::string text_;
  Symbols symbols_;
};

TEST(Symbols, APythonNameMeansWhatTheInnermostScopeDefines) {
  const Code code("a.py",
                  "size = 1\n"
                  "def area(width):\n"
                  "    size = width\n"
                  "    return size\n"
                  "print(size)\n");
  EXPECT_THAT(code.meaning("size", 4), ElementsAre("3 size"));
  EXPECT_THAT(code.meaning("size", 5), ElementsAre("1 size"));
  EXPECT_THAT(code.meaning("width", 3), ElementsAre("2 width"));
  EXPECT_THAT(code.meaning("print", 5), IsEmpty());
}

TEST(Symbols, AClassesNamesAreNotThoseOfItsMethodsInPython) {
  const Code code("a.py",
                  "class Shape:\n"
                  "    sides = 4\n"
                  "    corners = sides\n"
                  "    def count(self):\n"
                  "        return sides + self.sides + self.count()\n");
  EXPECT_THAT(code.meaning("sides", 3), ElementsAre("2 sides"));
  EXPECT_THAT(code.meaning("sides", 5), IsEmpty());  // The plain one stands first.
  EXPECT_THAT(code.meaning("count", 5), ElementsAre("4 count"));
}

TEST(Symbols, WhatIsAssignedToSelfBelongsToTheClass) {
  const Code code("a.py",
                  "class Shape:\n"
                  "    def __init__(self, other):\n"
                  "        self.width = other.width\n"
                  "        other.height = 2\n"
                  "    def area(self):\n"
                  "        return self.width * self.height\n"
                  "def print_all(shape):\n"
                  "    print(shape.width)\n");
  EXPECT_THAT(code.meaning("width", 6), ElementsAre("3 width"));
  EXPECT_THAT(code.meaning("height", 6), IsEmpty());
  EXPECT_THAT(code.meaning("width", 8), ElementsAre("3 width"));
  EXPECT_TRUE(code.definition("width").is_member);
  EXPECT_EQ(code.definition("width").kind, SymbolKind::kField);
}

TEST(Symbols, AMemberOfSeveralClassesMeansNone) {
  const Code code("a.py",
                  "class One:\n"
                  "    def run(self): pass\n"
                  "class Two:\n"
                  "    def run(self): pass\n"
                  "    def again(self): self.run()\n"
                  "x.run()\n");
  EXPECT_THAT(code.meaning("run", 6), IsEmpty());
  EXPECT_THAT(code.meaning("run", 5), ElementsAre("4 run"));
}

TEST(Symbols, AVariableOfAComprehensionOrALambdaIsItsOwn) {
  const Code code("a.py",
                  "item = 1\n"
                  "names = [item.name for item in items]\n"
                  "pairs = {a: b for a, b in items}\n"
                  "key = lambda item: item.key\n");
  EXPECT_THAT(code.meaning("item", 2), ElementsAre("2 item"));
  EXPECT_THAT(code.meaning("b", 3), ElementsAre("3 b"));
  EXPECT_THAT(code.meaning("item", 4), ElementsAre("4 item"));
}

TEST(Symbols, AnArgumentsKeywordMeansNothingHere) {
  const Code code("a.py", "end = 1\nprint(end=end)\n");
  EXPECT_EQ(code.symbols().references()[1].access, Reference::Access::kKeyword);
  EXPECT_THAT(code.symbols().definitions_of(code.symbols().references()[1]), IsEmpty());
}

TEST(Symbols, ADefinitionHasParts) {
  const Code code("a.py",
                  "@cached\n"
                  "def area(width: int, height=2) -> int:\n"
                  "    return width * height\n"
                  "total: float = area(3)\n"
                  "for row in rows:\n"
                  "    print(row)\n");
  const Definition& area = code.definition("area");
  EXPECT_EQ(code.bytes(area.parameters), "(width: int, height=2)");
  EXPECT_EQ(code.bytes(area.type), "int");
  EXPECT_TRUE(code.bytes(area.whole).starts_with("@cached\ndef"));
  EXPECT_TRUE(code.bytes(area.whole).ends_with("width * height"));
  EXPECT_EQ(code.bytes(code.definition("width").type), "int");
  EXPECT_EQ(code.bytes(code.definition("height").value), "2");
  EXPECT_EQ(code.bytes(code.definition("total").value), "area(3)");
  EXPECT_EQ(code.bytes(code.definition("total").type), "float");
  EXPECT_EQ(code.bytes(code.definition("row").whole), "row");  // Not the loop.
}

TEST(Symbols, AJavaNameMeansWhatTheInnermostScopeDeclares) {
  const Code code("A.java",
                  "class Shape {\n"
                  "  int width = 1, height;\n"
                  "  int area(int height) {\n"
                  "    width = height;\n"
                  "    int sum = 0;\n"
                  "    for (int i = 0; i < height; i++) { sum += i; }\n"
                  "    return sum + this.height + other.area(2);\n"
                  "  }\n"
                  "}\n");
  EXPECT_THAT(code.meaning("width", 4), ElementsAre("2 width"));
  EXPECT_THAT(code.meaning("height", 4), ElementsAre("3 height"));
  EXPECT_THAT(code.meaning("i", 6), ElementsAre("6 i"));
  EXPECT_THAT(code.meaning("sum", 7), ElementsAre("5 sum"));
  EXPECT_THAT(code.meaning("height", 7), ElementsAre("2 height"));
  EXPECT_THAT(code.meaning("area", 7), ElementsAre("3 area"));
  EXPECT_EQ(code.bytes(code.definition("width").value), "1");
  EXPECT_TRUE(code.definition("height").value.is_empty());
  EXPECT_EQ(code.bytes(code.definition("sum").type), "int");
  EXPECT_EQ(code.bytes(code.definition("area").parameters), "(int height)");
}

/// "module level name local" and what else an import is.
std::vector<std::string> imports(const Code& code) {
  std::vector<std::string> found;
  for (const Import& import : code.symbols().imports()) {
    std::string written = std::string(import.level, '.') + import.module + "|" + import.name + "|" +
                          code.bytes(import.local);
    if (import.is_wildcard) written += " all";
    if (import.is_static) written += " static";
    found.push_back(written);
  }
  return found;
}

TEST(Symbols, KnowWhatPythonImports) {
  EXPECT_THAT(imports(Code("a.py",
                           "import os.path, json as j\n"
                           "from a.b import c, d as e\n"
                           "from . import f\n"
                           "from ..g import (h,\n"
                           "                 i)\n"
                           "from k import *\n"
                           "from __future__ import annotations\n")),
              ElementsAre("os.path||os", "json||j", "a.b|c|c", "a.b|d|e", ".|f|f", "..g|h|h",
                          "..g|i|i", "k|| all", "__future__|annotations|annotations"));
}

TEST(Symbols, KnowWhatJavaImports) {
  const Code code("A.java",
                  "package org.shapes;\n"
                  "import java.util.List;\n"
                  "import java.util.*;\n"
                  "import static java.lang.Math.max;\n"
                  "class A { List<A> all; int most() { return max(1, 2); } }\n");
  EXPECT_EQ(code.symbols().package(), "org.shapes");
  EXPECT_THAT(imports(code), ElementsAre("java.util|List|List", "java.util|| all",
                                         "java.lang.Math|max|max static"));
  EXPECT_THAT(code.meaning("List", 5), ElementsAre("2 List"));
  EXPECT_THAT(code.meaning("max", 5), ElementsAre("4 max"));
}

TEST(Symbols, AnImportHasAnOrigin) {
  const Code python("a.py", "import a.b, c.d as e\nfrom ..f import g\n");
  EXPECT_EQ(python.bytes(python.definition("a").value), "");
  EXPECT_EQ(python.bytes(python.definition("e").value), "c.d");
  EXPECT_EQ(python.bytes(python.definition("g").value), "..f");
  const Code java("A.java", "import java.util.List;\n");
  EXPECT_EQ(java.bytes(java.definition("List").value), "java.util");
}

TEST(Symbols, AMemberOfWhatIsImportedIsDefinedElsewhere) {
  const Code code("a.py",
                  "import shapes\n"
                  "class A:\n"
                  "    def area(self): return shapes.area() + shapes.all.area() + it.area()\n");
  const auto& references = code.symbols().references();
  std::vector<std::size_t> meanings;
  for (const Reference& reference : references) {
    if (reference.access != Reference::Access::kMember) continue;
    meanings.push_back(code.symbols().definitions_of(reference).size());
  }
  EXPECT_THAT(meanings, ElementsAre(0u, 0u, 0u, 1u));
}

TEST(Symbols, TellCodeFromProse) {
  const Code code("a.py",
                  "\"\"\"What this is.\"\"\"\n"
                  "# why\n"
                  "text = \"\"\"one\n"
                  "two\"\"\"\n");
  EXPECT_THAT(code.bytes(code.symbols().prose()),
              ElementsAre("\"\"\"What this is.\"\"\"", "# why"));
  EXPECT_THAT(code.bytes(code.symbols().long_strings()), ElementsAre("\"\"\"one\ntwo\"\"\""));
  EXPECT_FALSE(code.symbols().has_errors());
}

TEST(Symbols, AreThoseOfPythonAndJavaOnly) {
  EXPECT_FALSE(Symbols::of("a.cc", "int a;"));
  EXPECT_FALSE(Symbols::of("notes.txt", "a"));
  EXPECT_TRUE(Symbols::of("a.py", ""));
  EXPECT_TRUE(Symbols::of("a.java", "class {")->has_errors());
}

TEST(Symbols, OfAnyBytesLieWithinThem) {
  test::Random random(3);
  constexpr std::string_view kPieces[] = {
      "def ",   "class ",  "import ", "from . ",  "a",   "self.", "(",       ")",    ":\n", "    ",
      "\"\"\"", "# ",      "=",       "{",        "}\n", ";",     "for ",    " in ", "*",   "int ",
      ".",      "lambda ", "\xC3",    "package ", "@",   "\n",    "static ", ","};
  for (const auto* const path : {"a.py", "a.java"}) {
    for (int i = 0; i < 2000; ++i) {
      std::string text;
      for (std::size_t n = random.below(40); n > 0; --n) {
        text += kPieces[random.below(std::size(kPieces))];
      }
      const auto symbols = Symbols::of(path, text);
      ASSERT_TRUE(symbols);
      for (const Definition& definition : symbols->definitions()) {
        for (const ByteSpan& span : {definition.name, definition.whole, definition.scope,
                                     definition.parameters, definition.type, definition.value}) {
          ASSERT_LE(span.first, span.last) << text;
          ASSERT_LE(span.last, text.size()) << text;
        }
      }
      for (const Reference& reference : symbols->references()) {
        ASSERT_LE(reference.name.last, text.size()) << text;
        for (const std::size_t meaning : symbols->definitions_of(reference)) {
          ASSERT_EQ(symbols->definitions()[meaning].name.of(text), reference.name.of(text));
        }
      }
    }
  }
}

TEST(Symbols, ALongChainOfMembersIsNoTrouble) {
  std::string text = "a";
  for (int i = 0; i < 20'000; ++i) text += ".b";
  const auto symbols = Symbols::of("a.py", text);
  ASSERT_TRUE(symbols);
  ASSERT_EQ(symbols->references().size(), 20'001u);
  EXPECT_THAT(symbols->definitions_of(symbols->references().back()), IsEmpty());
}

}  // namespace
}  // namespace nextline::lsp
