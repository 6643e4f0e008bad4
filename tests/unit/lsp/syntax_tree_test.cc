#include "lsp/syntax/syntax_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/lsp/every_language.h"
#include "tests/unit/lsp/marked_edit.h"

namespace nextline::lsp {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Grammar& python() { return *Grammar::of_file("a.py"); }

/// The whole tree with each node's place, of a text without errors; else nothing.
std::string written(const SyntaxTree& tree) {
  if (!tree.has_tree() || ts_node_has_error(tree.root())) return "";
  const std::unique_ptr<char, decltype(&std::free)> expression(ts_node_string(tree.root()),
                                                               &std::free);
  return expression.get();
}

/// The rows and columns of all nodes, in order.
void add_places(TSNode node, std::vector<std::uint32_t>& places) {
  for (const TSPoint point : {ts_node_start_point(node), ts_node_end_point(node)}) {
    places.insert(places.end(), {point.row, point.column});
  }
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
    add_places(ts_node_child(node, i), places);
  }
}
std::vector<std::uint32_t> places(const SyntaxTree& tree) {
  std::vector<std::uint32_t> found;
  add_places(tree.root(), found);
  return found;
}

/// "definition function name", as far as the tags are definitions or references of the text.
std::vector<std::string> tags(const std::string& path, const std::string& text) {
  const SyntaxTree tree(*Grammar::of_file(path), text);
  std::vector<std::string> found;
  for (const Tag& tag : tree.tags(tree.root(), 0, text.size(), 100)) {
    found.push_back((tag.is_definition ? "definition " : "reference ") + std::string(tag.kind) +
                    " " + text.substr(tag.name_first, tag.name_last - tag.name_first));
  }
  return found;
}

TEST(SyntaxTree, KnowsDefinitionsAndReferences) {
  EXPECT_THAT(tags("a.py", "def area(shape):\n    return width(shape)\n"),
              ElementsAre("definition function area", "definition parameter shape",
                          "reference call width"));
  EXPECT_THAT(tags("A.java", "class A { int area(Shape shape) { return shape.width(); } }"),
              ElementsAre("definition class A", "definition method area",
                          "definition parameter shape", "reference call width"));
  EXPECT_THAT(tags("a.cc", "struct Shape { int width; };\n"),
              ElementsAre("definition class Shape", "definition field width"));
}

TEST(SyntaxTree, KnowsWhatNamesAFunctionInCpp) {
  EXPECT_THAT(tags("a.cc", "int area() { return 1; }"), Contains("definition function area"));
  EXPECT_THAT(tags("a.cc", "int* area() { return 0; }"), Contains("definition function area"));
  EXPECT_THAT(tags("a.cc", "int Shape::area() { return 1; }"), Contains("definition method area"));
}

TEST(SyntaxTree, KnowsWhatEachLanguageDefines) {
  struct Defined {
    const char* path;
    const char* text;
    std::vector<const char*> found;
  };
  const std::vector<Defined> table = {
      {"a.c",
       "#define N 1\nstruct S { int w; };\nenum E { A };\ntypedef int T;\nint f(int p) { int v; }",
       {"constant N", "class S", "field w", "type E", "constant A", "type T", "function f",
        "parameter p", "variable v"}},
      {"a.js",
       "import i from 'i';\nconst N = 1;\nconst g = () => 1;\nclass C { w = 1; m(p) { this.q = p; "
       "} }\n"
       "function f(...r) { let v = r; }\nconst {d} = i;",
       {"import i", "constant N", "function g", "class C", "field w", "method m", "parameter p",
        "field q", "function f", "parameter r", "variable v", "variable d"}},
      {"a.ts",
       "import {i as j} from 'i';\ninterface I { w: T; m(): T }\ntype U = T;\nenum E { A }\n"
       "class C { private q = 1; n(p?: T) {} }\nnamespace M {}\nfunction f<K>(r: K) { let v; }",
       {"import j", "interface I", "field w", "method m", "type U", "type E", "constant A",
        "class C", "field q", "method n", "parameter p", "module M", "function f", "parameter K",
        "parameter r", "variable v"}},
      {"a.tsx",
       "const F = ({p}: T) => { const v = <p/>; };",
       {"function F", "parameter p", "variable v"}},
      {"a.go",
       "package a\nimport i \"i\"\nconst N = 1\ntype S struct { w int }\ntype I interface { m() }\n"
       "func (s *S) n(p int) { v := p; s.w = v }\nfunc f() {}\nvar g = 1",
       {"import i", "constant N", "type S", "field w", "type I", "method m", "method n",
        "parameter p", "variable v", "function f", "constant g"}},
      {"a.rs",
       "use a::{b, c as d};\nconst N: u8 = 1;\nstruct S { w: u8 }\nenum E { A }\ntrait T { fn "
       "m(&self); }\n"
       "impl S { fn n<K>(p: K) { let mut v = |q| q; } }\nfn f() {}\ntype U = u8;",
       {"import b", "import d", "constant N", "class S", "field w", "class E", "constant A",
        "interface T", "function m", "method n", "parameter K", "parameter p", "variable v",
        "parameter q", "function f", "class U"}},
      {"a.lua",
       "local N = 1\nlocal function f(p)\n local v = p\nend\nfunction M.g() end\n"
       "function M:h() end\nM.w = {q = 1}\nfor i = 1, 2 do end",
       {"constant N", "function f", "parameter p", "variable v", "function g", "method h",
        "field w", "field q", "variable i"}},
      {"a.sh",
       "N=1\nf() {\n  local v=1\n}\nfor i in 1; do f; done\n",
       {"constant N", "function f", "variable v", "variable i"}},
  };
  for (const Defined& row : table) {
    const auto found = tags(row.path, row.text);
    for (const char* const definition : row.found) {
      EXPECT_THAT(found, Contains("definition " + std::string(definition))) << row.path;
    }
  }
}

TEST(SyntaxTree, LooksForTagsOnlyWhereItIsAsked) {
  const std::string text = "a = 1\nb = 2\nc = 3\n";
  const SyntaxTree tree(python(), text);
  const auto found = tree.tags(tree.root(), 6, 11, 100);
  EXPECT_TRUE(std::ranges::all_of(found, [](const Tag& tag) { return tag.name_first == 6; }));
  EXPECT_FALSE(found.empty());
  EXPECT_EQ(tree.tags(tree.root(), 0, text.size(), 2).size(), 2u);
}

TEST(SyntaxTree, KnowsWholeIdentifiersAndComments) {
  const std::string text = "total = 'total'  # total\n";
  const SyntaxTree tree(python(), text);
  EXPECT_TRUE(tree.is_identifier(0, 5));
  EXPECT_FALSE(tree.is_identifier(0, 4));
  EXPECT_FALSE(tree.is_identifier(9, 14));
  EXPECT_FALSE(tree.is_identifier(19, 24));
  EXPECT_TRUE(tree.is_in_comment(19, 19));
  EXPECT_TRUE(tree.is_in_comment(24, 24));
  EXPECT_FALSE(tree.is_in_comment(17, 17));
  EXPECT_FALSE(tree.is_in_comment(9, 14));
}

TEST(SyntaxTree, AnEmptyTextHasATree) {
  SyntaxTree tree(python(), "");
  EXPECT_TRUE(tree.has_tree());
  EXPECT_THAT(tree.tags(tree.root(), 0, 1, 10), IsEmpty());
  EXPECT_FALSE(tree.is_in_comment(0, 0));
  const MarkedEdit edit("[+a = 1\n+]");
  tree.update(edit.before, edit.after, edit.edits.list());
  EXPECT_EQ(written(tree), written(SyntaxTree(python(), "a = 1\n")));
}

TEST(SyntaxTree, ATextThatTakesTooMuchWorkHasNoTreeUntilALaterEdit) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a = f(1)\n";
  SyntaxTree tree(python(), text, 3000);
  EXPECT_FALSE(tree.has_tree());
  const Replacement emptied{0, text.size(), 0, 6};
  int updates = 0;
  for (; !tree.has_tree() && updates < 100; ++updates) tree.update(text, "a = 1\n", {&emptied, 1});
  EXPECT_GT(updates, 1);  // Not at each key.
  EXPECT_EQ(written(tree), written(SyntaxTree(python(), "a = 1\n")));
}

TEST(SyntaxTree, ATextThatTakesTooMuchTimeHasNoTreeWhereTimeIsCounted) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "f(x)\n";
  EXPECT_TRUE(SyntaxTree(*Grammar::of_file("a.py"), text).has_tree());
  const SyntaxTree late(*Grammar::of_file("a.py"), text, SyntaxTree::kMostSteps,
                        std::chrono::nanoseconds(0));
  EXPECT_FALSE(late.has_tree());
}

TEST(SyntaxTree, ATokenThatIsTheWholeTextIsWorkToo) {
  const std::string text = "'''" + std::string(1 << 20, 'a');
  EXPECT_FALSE(SyntaxTree(python(), text, 1000).has_tree());
}

TEST(SyntaxTree, TooLongATextHasNoTree) {
  EXPECT_FALSE(SyntaxTree(python(), std::string(SyntaxTree::kMostBytes + 1, '\n')).has_tree());
}

TEST(SyntaxTree, DeepNestingIsNoTrouble) {
  const std::string text(100'000, '(');
  for (const auto* const path : kEveryLanguage) {
    const SyntaxTree tree(*Grammar::of_file(path), text);
    int depth = 0;
    tree.visit_around(50'000, 50'001, [&](TSNode) { ++depth; });
    EXPECT_LE(depth, SyntaxTree::kDeepest);
  }
}

TEST(SyntaxTree, TagsAreLookedForWhereCodeIsNestedAsCodeIs) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "(a := f(1))" + std::string(depth, ')');
  };
  for (const std::size_t depth : {20, 2000}) {
    const std::string text = nested(depth);
    const SyntaxTree tree(python(), text);
    EXPECT_EQ(tree.tags(tree.root(), 0, text.size(), 10).empty(), depth == 2000);
  }
}

TEST(SyntaxTree, AHugeErrorIsNotLookedThroughForTags) {
  const std::string brackets = "def f(a): return a\n" + std::string(60'000, '(');
  const SyntaxTree huge(python(), brackets);
  EXPECT_THAT(huge.tags(huge.root(), 30'000, 30'002, 10), IsEmpty());
  const std::string some = "a = 1\n" + std::string(20, '(') + "f(1)\n";
  const SyntaxTree small(python(), some);
  EXPECT_FALSE(small.tags(small.root(), 0, some.size(), 10).empty());
}

/// A text of real code that is edited at random, mostly so that it remains code.
class EditedCode {
 public:
  EditedCode(std::string text, std::uint64_t seed)
      : original_(std::move(text)), text_(original_), random_(seed) {}

  const std::string& before() const { return before_; }
  const std::string& text() const { return text_; }
  std::span<const Replacement> edits() const { return edits_.list(); }

  void edit() {
    before_ = text_;
    edits_.clear();
    const std::size_t places = random_.below(8) == 0 ? 3 : 1;
    for (std::size_t i = 0; i < places; ++i) edit_place();
    // Errors would add up.
    if (random_.below(20) == 0) replace(0, text_.size(), original_);
  }

 private:
  void edit_place() {
    const std::size_t place = random_.below(text_.size() + 1);
    const std::size_t line = place == 0 ? 0 : text_.rfind('\n', place - 1) + 1;
    const std::size_t next = std::min(text_.find('\n', place), text_.size() - 1) + 1;
    switch (random_.below(6)) {
      case 0:  // A line again.
        return replace(line, 0, text_.substr(line, next - line));
      case 1:
        return replace(line, next - line, "");
      case 2:
        return replace(place, 0, std::string(1, "ab (){}:;=\"'/#\n\t\r\xC3"[random_.below(18)]));
      case 3:
        return replace(place, std::min<std::size_t>(text_.size() - place, random_.below(9)), "");
      default: {  // Another name.
        const std::size_t word = text_.find_first_of("abcdefghijklmnopqrstuvwxyz", place);
        return replace(std::min(word, text_.size()), 0, "x");
      }
    }
  }

  void replace(std::size_t offset, std::size_t removed, const std::string& inserted) {
    text_.replace(offset, removed, inserted);
    edits_.add(offset, removed, inserted.size());
  }

  std::string original_;
  std::string before_;
  std::string text_;
  Replacements edits_;
  test::Random random_;
};

class RandomEditsOfCode : public testing::TestWithParam<const char*> {};

TEST_P(RandomEditsOfCode, TheTreeIsThatOfAFreshParse) {
  std::ifstream file(std::string(NEXTLINE_CODE_SAMPLES) + "/" + GetParam());
  const Grammar& grammar = *Grammar::of_file(GetParam());
  EditedCode code(std::string{std::istreambuf_iterator<char>(file), {}}, 1);
  SyntaxTree tree(grammar, code.text());
  int compared = 0;
  for (int i = 0; i < 1000; ++i) {
    code.edit();
    tree.update(code.before(), code.text(), code.edits());
    const SyntaxTree fresh(grammar, code.text());
    ASSERT_TRUE(tree.has_tree());
    // With errors, what is kept of the old tree decides between ways to recover.
    if (written(fresh).empty() || written(tree).empty()) continue;
    ASSERT_EQ(written(tree), written(fresh)) << code.text();
    ASSERT_EQ(places(tree), places(fresh)) << code.text();
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

INSTANTIATE_TEST_SUITE_P(
    Languages, RandomEditsOfCode,
    testing::Values("oracle/sources/interval_set.py", "oracle/sources/TokenBucket.java",
                    "oracle/sources/topological_order.cc", "unit/lsp/samples/ring_buffer.c",
                    "unit/lsp/samples/event_bus.js", "unit/lsp/samples/settings.ts",
                    "unit/lsp/samples/TaskList.tsx", "unit/lsp/samples/recent_cache.go",
                    "unit/lsp/samples/word_count.rs", "unit/lsp/samples/queue.lua",
                    "unit/lsp/samples/backup.sh"),
    [](const auto& language) {
      const std::string name = language.param;
      return name.substr(name.find('.') + 1);
    });

TEST(SyntaxTree, AnyBytesHaveATree) {
  test::Random random(2);
  for (const auto* const path : kEveryLanguage) {
    std::string text;
    SyntaxTree tree(*Grammar::of_file(path), text);
    for (int i = 0; i < 200; ++i) {
      const std::string before = text;
      const std::size_t offset = random.below(text.size() + 1);
      const std::size_t removed = std::min<std::size_t>(text.size() - offset, random.below(6));
      std::string inserted;
      for (std::size_t n = random.below(8); n > 0; --n) {
        inserted += static_cast<char>(random.next());
      }
      if (i % 7 == 0) inserted += "\xED\xA0\xBD";  // Half of an emoji.
      text.replace(offset, removed, inserted);
      const Replacement edit{offset, offset + removed, offset, offset + inserted.size()};
      tree.update(before, text, {&edit, 1});
      ASSERT_TRUE(tree.has_tree());
      ASSERT_LE(ts_node_end_byte(tree.root()), text.size());
    }
  }
}

}  // namespace
}  // namespace nextline::lsp
