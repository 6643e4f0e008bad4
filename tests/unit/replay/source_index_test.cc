#include "server/replay/source_index.h"

#include <gtest/gtest.h>

namespace nextline::replay {
namespace {

Language language(const std::string& path) { return *language_of_file(path); }

/// What names in the code of a file stand for in other files: "path identifier".
class Tree {
 public:
  explicit Tree(const std::vector<std::pair<std::string, std::string>>& files)
      : tree_(sources(files)), index_(tree_) {}

  /// Of the last reference with this name in the file.
  std::string meaning(const std::string& path, std::string_view name) const {
    std::string found = "nothing";
    for (std::size_t i = 0; i < tree_.files().size(); ++i) {
      const SourceFile& file = tree_.files()[i];
      if (file.path != path) continue;
      const auto symbols = *lsp::Symbols::of(file.path, file.text);
      for (const lsp::Reference& reference : symbols.references()) {
        if (reference.name.of(file.text) != name) continue;
        const auto target = index_.target_of(i, symbols, reference);
        found = target ? tree_.files()[target->file].path + " " + target->identifier : "nothing";
      }
    }
    return found;
  }

 private:
  static std::vector<SourceFile> sources(
      const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<SourceFile> sources;
    for (const auto& [path, text] : files) sources.push_back({path, language(path), text});
    return sources;
  }

  SourceTree tree_;
  SourceIndex index_;
};

TEST(SourceIndex, FollowsPythonsImports) {
  const Tree tree({{"src/pkg/__init__.py", "from .base import Shape\n"},
                   {"src/pkg/base.py", "class Shape: pass\ndef area(): pass\n"},
                   {"src/pkg/sub/__init__.py", ""},
                   {"src/pkg/sub/deep.py",
                    "from ..base import area as size\nfrom .. import base\nfrom .near import *\n"
                    "from . import near\nsize()\nbase.Shape()\nnear_by()\nnear.near_by\n_own()\n"},
                   {"src/pkg/sub/near.py", "def near_by(): pass\ndef _own(): pass\n"},
                   {"main.py",
                    "import pkg.base\nimport pkg.base as b\nfrom pkg import Shape, base\n"
                    "pkg.base.area()\nShape()\n"},
                   {"other.py", "import pkg.base as b\nb.area()\nimport os\nos.path\n"}});
  EXPECT_EQ(tree.meaning("src/pkg/sub/deep.py", "size"), "src/pkg/base.py area");
  EXPECT_EQ(tree.meaning("src/pkg/sub/deep.py", "Shape"), "src/pkg/base.py Shape");
  EXPECT_EQ(tree.meaning("src/pkg/sub/deep.py", "near_by"), "src/pkg/sub/near.py near_by");
  EXPECT_EQ(tree.meaning("src/pkg/sub/deep.py", "_own"), "nothing");  // Not among all names.
  EXPECT_EQ(tree.meaning("main.py", "area"), "src/pkg/base.py area");
  EXPECT_EQ(tree.meaning("main.py", "Shape"),
            "src/pkg/base.py Shape");  // As its package imports it.
  EXPECT_EQ(tree.meaning("other.py", "area"), "src/pkg/base.py area");
  EXPECT_EQ(tree.meaning("other.py", "path"), "nothing");
}

TEST(SourceIndex, TakesTheNearestOfEquallyNamedModules) {
  const Tree tree({{"a/main.py", "import tool\ntool.run()\n"},
                   {"a/tool.py", "def run(): pass\n"},
                   {"b/main.py", "import tool\ntool.run()\n"},
                   {"b/tool.py", "def run(): pass\n"}});
  EXPECT_EQ(tree.meaning("a/main.py", "run"), "a/tool.py run");
  EXPECT_EQ(tree.meaning("b/main.py", "run"), "b/tool.py run");
}

TEST(SourceIndex, FollowsJavasImportsAndPackages) {
  const Tree tree({{"x/A.java", "package x;\nclass A { static int most; static class In {} }\n"},
                   {"x/B.java", "package x;\nclass B { A a; }\n"},
                   {"y/C.java",
                    "package y;\nimport x.A;\nimport static x.A.most;\nimport x.A.In;\n"
                    "class C { A a; int m = most; In in; B b; }\n"},
                   {"y/D.java", "package y;\nimport x.*;\nclass D { B b; D d; String s; }\n"}});
  EXPECT_EQ(tree.meaning("x/B.java", "A"), "x/A.java A");
  EXPECT_EQ(tree.meaning("y/C.java", "A"), "x/A.java A");
  EXPECT_EQ(tree.meaning("y/C.java", "most"), "x/A.java most");
  EXPECT_EQ(tree.meaning("y/C.java", "In"), "x/A.java In");
  EXPECT_EQ(tree.meaning("y/C.java", "B"), "nothing");  // Of another package.
  EXPECT_EQ(tree.meaning("y/D.java", "B"), "x/B.java B");
  EXPECT_EQ(tree.meaning("y/D.java", "D"), "nothing");  // Its own.
  EXPECT_EQ(tree.meaning("y/D.java", "String"), "nothing");
}

TEST(SourceIndex, ImportsInACircleEnd) {
  const Tree tree({{"a.py", "from b import *\nfrom b import x\nx()\ny()\n"},
                   {"b.py", "from a import *\nfrom a import x\nx()\ny()\n"}});
  EXPECT_EQ(tree.meaning("a.py", "x"), "nothing");
  EXPECT_EQ(tree.meaning("b.py", "y"), "nothing");
}

}  // namespace
}  // namespace nextline::replay
