#include "lsp/syntax/outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// A text, and what is asked of its outline.
class Code {
 public:
  Code(const std::string& path, std::string text)
      : text_(std::move(text)), outline_(Outline::of(path, text_)) {}

  const Outline& outline() const { return outline_; }
  const OutlineEntry& entry(std::string_view name) const {
    for (const OutlineEntry& entry : outline_.entries()) {
      if (entry.name.of(text_) == name) return entry;
    }
    ADD_FAILURE() << "There is no entry " << name;
    return outline_.entries().at(0);
  }
  std::string head(std::string_view name, std::size_t most_bytes = 1000) const {
    return outline_.head_text(text_, entry(name), most_bytes);
  }
  std::string documentation(std::string_view name) const {
    return std::string(entry(name).documentation.of(text_));
  }
  /// "Class.member" and the like, in the order of the text.
  std::vector<std::string> entries() const {
    std::vector<std::string> found;
    for (const OutlineEntry& entry : outline_.entries()) found.push_back(path_of(entry));
    return found;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const ByteSpan& name : outline_.names()) found.emplace_back(name.of(text_));
    return found;
  }
  std::set<std::string> own_names() const {
    std::set<std::string> found;
    for (const ByteSpan& name : outline_.own_names()) found.emplace(name.of(text_));
    return found;
  }
  /// "module:name", each dot of a level in front.
  std::vector<std::string> imports() const {
    std::vector<std::string> found;
    for (const OutlineImport& import : outline_.imports()) {
      found.push_back(std::string(import.level, '.') + import.module + ":" + import.name);
    }
    return found;
  }

 private:
  std::string path_of(const OutlineEntry& entry) const {
    const std::string name(entry.name.of(text_));
    return entry.parent ? path_of(outline_.entries()[*entry.parent]) + "." + name : name;
  }

  std::string text_;
  Outline outline_;
};

const std::string kStore =
    "from .paths import normalise\n"
    "LIMIT = 10\n"
    "\n"
    "@dataclass\n"
    "class Store(Base):\n"
    "    \"\"\"Keeps what it is given.\n"
    "\n"
    "    And more.\n"
    "    \"\"\"\n"
    "    size: int = 0\n"
    "\n"
    "    @property\n"
    "    def name(self) -> str:\n"
    "        inner = 1\n"
    "        def helper(): pass\n"
    "        return self._name + inner\n"
    "\n"
    "    def _hidden(self): pass\n"
    "\n"
    "# Opens a store.\n"
    "# Or fails.\n"
    "def open_store(\n"
    "    path: str,  # Where it lies.\n"
    "    *,\n"
    "    strict: bool = False,\n"
    ") -> Store:\n"
    "    for attempt in range(3): last = attempt\n"
    "    return Store(path)\n";

TEST(Outline, HasWhatIsDefinedOutsideOfFunctions) {
  const Code code("a.py", kStore);
  EXPECT_THAT(code.entries(), ElementsAre("LIMIT", "Store", "Store.size", "Store.name",
                                          "Store._hidden", "open_store"));
  EXPECT_EQ(code.entry("Store").kind, OutlineKind::kClass);
  EXPECT_EQ(code.entry("name").kind, OutlineKind::kFunction);
  EXPECT_EQ(code.entry("size").kind, OutlineKind::kValue);
  EXPECT_EQ(code.entry("LIMIT").line, 1U);
  EXPECT_TRUE(code.entry("name").is_public);
  EXPECT_FALSE(code.entry("_hidden").is_public);
}

TEST(Outline, AHeadHasNoBodyAndFewLines) {
  const Code code("a.py", kStore);
  EXPECT_EQ(code.head("Store"), "@dataclass\nclass Store(Base):");
  EXPECT_EQ(code.entry("Store").body, BodyStyle::kColon);
  EXPECT_EQ(code.head("name"), "@property\ndef name(self) -> str:");
  EXPECT_EQ(code.head("open_store"),
            "def open_store(path: str, *, strict: bool = False) -> Store:");
  EXPECT_EQ(code.head("LIMIT"), "LIMIT = 10");
  EXPECT_EQ(code.entry("LIMIT").body, BodyStyle::kNone);
}

TEST(Outline, AHeadIsCutWhereALineOrACharacterEnds) {
  const Code code("a.py", "@decorated\ndef größe(): pass\n");
  EXPECT_EQ(code.head("größe", 15), "@decorated");
  EXPECT_EQ(Code("a.py", "def größe(): pass\n").head("größe", 7), "def gr");
}

TEST(Outline, HasTheFirstLineOfDocumentation) {
  const Code code("a.py", kStore);
  EXPECT_EQ(code.documentation("Store"), "Keeps what it is given.");
  EXPECT_EQ(code.documentation("open_store"), "Opens a store.");
  EXPECT_EQ(code.documentation("name"), "");
  const Code java(
      "A.java",
      "/**\n * Holds things.\n * More.\n */\nclass A {\n  int a; // Not of b.\n  int b;\n}");
  EXPECT_EQ(java.documentation("A"), "Holds things.");
  EXPECT_EQ(java.documentation("b"), "");
}

TEST(Outline, ALongValueIsLeftOut) {
  const Code code("a.py", "TABLE = {\n    1: 2,\n}\nNAME = '" + std::string(200, 'x') + "'\n");
  EXPECT_EQ(code.head("TABLE"), "TABLE =");
  EXPECT_EQ(code.entry("TABLE").body, BodyStyle::kOther);
  EXPECT_EQ(code.head("NAME"), "NAME =");
}

TEST(Outline, OfCppHasDeclarationsWithTheirTypes) {
  const Code code("a.h",
                  "#ifndef A_H\n#define A_H\n"
                  "#include \"engine/error.h\"\n"
                  "#include <vector>\n"
                  "namespace a {\n"
                  "/// A shape.\n"
                  "template <typename T>\n"
                  "class Shape : public Base {\n"
                  " public:\n"
                  "  explicit Shape(int sides);\n"
                  "  std::vector<T> corners(int first,\n"
                  "                         int last) const;\n"
                  "  int sides() const { int local = 1; return sides_ + local; }\n"
                  " private:\n"
                  "  void draw_all_that_is_to_be_drawn_and_that_needs_a_long_name();\n"
                  "  int sides_ = 0;\n"
                  "};\n"
                  "enum class Side { kLeft, kRight };\n"
                  "int area(int width, int height);\n"
                  "inline constexpr int kMost = 3;\n"
                  "}\n#endif\n");
  EXPECT_EQ(code.head("Shape"), "template <typename T>\nclass Shape : public Base");
  EXPECT_EQ(code.entry("Shape").body, BodyStyle::kBraces);
  EXPECT_EQ(code.documentation("Shape"), "A shape.");
  EXPECT_EQ(code.head("corners"), "std::vector<T> corners(int first, int last) const;");
  EXPECT_EQ(code.head("sides"), "int sides() const");
  EXPECT_EQ(code.head("Side"), "enum class Side { kLeft, kRight };");
  EXPECT_EQ(code.head("area"), "int area(int width, int height);");
  EXPECT_EQ(code.entry("area").kind, OutlineKind::kFunction);
  EXPECT_EQ(code.head("kMost"), "inline constexpr int kMost = 3;");
  EXPECT_TRUE(code.entry("corners").is_public);
  EXPECT_FALSE(code.entry("sides_").is_public);
  EXPECT_FALSE(code.entry("draw_all_that_is_to_be_drawn_and_that_needs_a_long_name").is_public);
  EXPECT_EQ(code.entry("corners").parent, code.entry("sides_").parent);
  EXPECT_FALSE(code.entry("area").parent.has_value());
  EXPECT_THAT(code.imports(), ElementsAre("engine/error.h:", "vector:"));
}

TEST(Outline, OfJavaHasMembersWithTheirModifiers) {
  const Code code("Store.java",
                  "package a.b;\n"
                  "import a.c.Path;\n"
                  "import static a.Tools.join;\n"
                  "import a.d.*;\n"
                  "public class Store extends Base implements Closeable {\n"
                  "  private final int hidden;\n"
                  "  public static final int LIMIT = 3;\n"
                  "  public Store(Path path) { this.hidden = 1; int local = 2; }\n"
                  "  @Override\n"
                  "  public <T> T get(String key, Class<T> type) throws IOException {\n"
                  "    return type.cast(key);\n"
                  "  }\n"
                  "  enum Kind { SMALL, LARGE }\n"
                  "  interface Visitor { void visit(Store store); }\n"
                  "}\n");
  EXPECT_THAT(
      code.entries(),
      ElementsAre("Store", "Store.hidden", "Store.LIMIT", "Store.Store", "Store.get", "Store.Kind",
                  "Store.Kind.SMALL", "Store.Kind.LARGE", "Store.Visitor", "Store.Visitor.visit"));
  EXPECT_EQ(code.head("get"),
            "@Override\npublic <T> T get(String key, Class<T> type) throws IOException");
  EXPECT_FALSE(code.entry("hidden").is_public);
  EXPECT_THAT(code.imports(), ElementsAre("a/c:Path", "a/Tools:join", "a/d:"));
}

TEST(Outline, HasPythonsImportsWithTheirLevels) {
  const Code code("a.py",
                  "import os.path, a.b as c\n"
                  "from ..core.store import Store as S, Item\n"
                  "from . import x\n"
                  "from d import *\n");
  EXPECT_THAT(code.imports(), ElementsAre("os/path:", "a/b:", "..core/store:Store",
                                          "..core/store:Item", ".:x", "d:"));
}

TEST(Outline, NamesAreThoseOfCodeAlone) {
  const Code code("a.py", "import store\n# a comment\nvalue = store.get('text', size)\n");
  EXPECT_THAT(code.names(), ElementsAre("value", "store", "get", "size"));
  EXPECT_THAT(code.own_names(), UnorderedElementsAre("value"));
}

TEST(Outline, OwnNamesAreThoseOfAnyDepth) {
  const Code code("a.py", "def f(one):\n    for two in one:\n        three = two\n");
  EXPECT_THAT(code.own_names(), UnorderedElementsAre("f", "one", "two", "three"));
}

TEST(Outline, OfALanguageThatIsNotKnownHasNamesAlone) {
  const Code code("a.unknown", "let größe = store.get(42, x1)");
  EXPECT_THAT(code.names(), ElementsAre("let", "größe", "store", "get", "x1"));
  EXPECT_THAT(code.entries(), IsEmpty());
  EXPECT_FALSE(Outline::knows("a.unknown"));
  EXPECT_TRUE(Outline::knows("in/a.py"));
}

TEST(Outline, OfDamagedCodeLiesWithinTheText) {
  test::Random random(1);
  for (const auto* const path : {"a.py", "A.java", "a.h", "a.txt"}) {
    for (int i = 0; i < 300; ++i) {
      std::string text = kStore;
      for (int k = 0; k < 20; ++k) {
        text[random.below(text.size())] = static_cast<char>(random.below(256));
        text.insert(random.below(text.size()), "{(class ");
        text.erase(random.below(text.size()), random.below(20));
      }
      const Outline outline = Outline::of(path, text);
      for (const OutlineEntry& entry : outline.entries()) {
        ASSERT_LE(entry.head.first, entry.head.last);
        ASSERT_LE(entry.head.last, text.size());
        ASSERT_LE(entry.name.last, text.size());
        ASSERT_LE(entry.documentation.last, text.size());
        ASSERT_LE(outline.head_text(text, entry, 100).size(), 100U);
      }
    }
  }
}

TEST(Outline, OfEndlessDefinitionsHasAnEnd) {
  std::string text;
  for (std::size_t i = 0; i < 2 * Outline::kMostEntries; ++i) {
    text.append("n").append(std::to_string(i)).append(" = 1\n");
  }
  EXPECT_EQ(Outline::of("a.py", text).entries().size(), Outline::kMostEntries);
}

}  // namespace
}  // namespace nextline::lsp
