#include "lsp/context/context_ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class RankDefinitions : public testing::Test {
 protected:
  /// "path name", the most wanted first.
  std::vector<std::string> ranked(const std::string& path, const std::string& text,
                                  std::size_t cursor = 0) const {
    std::vector<std::string> all;
    for (const RankedDefinition& ranked : rank_definitions(index_, {path, text, cursor})) {
      const IndexedDefinition& definition = ranked.definition;
      all.push_back(definition.file->path() + " " +
                    std::string(definition.file->name(*definition)));
    }
    return all;
  }

  SymbolIndex index_;
};

TEST_F(RankDefinitions, HasWhatIsUsedAndNotDefined) {
  index_.update("b.py", "def used(): pass\ndef unused(): pass\ndef own(): pass\n");
  EXPECT_THAT(ranked("a.py", "def own(): pass\nused()\nown()\n# unused\n"),
              ElementsAre("b.py used"));
}

TEST_F(RankDefinitions, HasNothingOfTheDocumentItself) {
  index_.update("a.py", "def used(): pass\n");
  EXPECT_THAT(ranked("a.py", "used()\n"), IsEmpty());
}

TEST_F(RankDefinitions, PrefersTheFileThatIsImported) {
  index_.update("other/store.py", "class Store: pass\n");
  index_.update("core/store.py", "class Store: pass\n");
  EXPECT_THAT(ranked("x/a.py", "from core.store import Store\nStore()\n"),
              ElementsAre("core/store.py Store", "other/store.py Store"));
}

TEST_F(RankDefinitions, PrefersWhatLiesBeside) {
  index_.update("in/b.py", "def used(): pass\n");
  index_.update("out/b.py", "def used(): pass\n");
  EXPECT_EQ(ranked("in/a.py", "used()\n").front(), "in/b.py used");
  EXPECT_EQ(ranked("out/a.py", "used()\n").front(), "out/b.py used");
}

TEST_F(RankDefinitions, PrefersRareNames) {
  for (const char* const path : {"b.py", "c.py", "d.py"})
    index_.update(path, "def common(): pass\n");
  index_.update("e.py", "def rare(): pass\n");
  EXPECT_EQ(ranked("a.py", "common()\nrare()\n").front(), "e.py rare");
}

TEST_F(RankDefinitions, PrefersWhatIsUsedNearTheCursor) {
  index_.update("b.py", "def early(): pass\ndef late(): pass\n");
  const std::string text = "early()\n" + std::string(20'000, '\n') + "late()\n";
  EXPECT_EQ(ranked("a.py", text, 0).front(), "b.py early");
  EXPECT_EQ(ranked("a.py", text, text.size()).front(), "b.py late");
}

TEST_F(RankDefinitions, PrefersTheSameLanguage) {
  index_.update("b.java", "class Used {}\n");
  index_.update("c.py", "class Used: pass\n");
  EXPECT_EQ(ranked("a.py", "Used()\n").front(), "c.py Used");
}

TEST_F(RankDefinitions, HasTheRestOfAModuleThatIsImported) {
  index_.update("tools.py", "def used(): pass\ndef other(): pass\ndef _hidden(): pass\n");
  EXPECT_THAT(ranked("a.py", "import tools\ntools.used()\n"),
              ElementsAre("tools.py used", "tools.py other"));
  index_.update("engine/error.h", "struct Error { int code; };\n");
  EXPECT_THAT(ranked("a.cc", "#include \"engine/error.h\"\n"), ElementsAre("engine/error.h Error"));
}

TEST_F(RankDefinitions, HasWhatAPackageHandsOn) {
  index_.update("core/__init__.py", "from .store import Store\n");
  index_.update("core/store.py", "class Store: pass\n");
  EXPECT_THAT(ranked("x/a.py", "from core import Store\n"), ElementsAre("core/store.py Store"));
}

TEST_F(RankDefinitions, HasWhatLiesBesideWhereAFolderIsAModule) {
  index_.update("org/a/Store.java", "class Store {}\n");
  index_.update("org/a/FileReader.java", "class FileReader {}\n");
  index_.update("org/b/Other.java", "class Other {}\n");
  EXPECT_THAT(ranked("org/a/Main.java", "class Main { int readFile, fileReader2; }\n"),
              ElementsAre("org/a/FileReader.java FileReader", "org/a/Store.java Store"));
  index_.update("org/a/b.py", "class B: pass\n");
  EXPECT_THAT(ranked("org/a/a.py", "x = 1\n"), IsEmpty());
}

TEST_F(RankDefinitions, HasWhatTheHeadsOfOthersMention) {
  index_.update("store.py", "def find(key) -> Item: pass\n");
  index_.update("item.py", "class Item: pass\ndef unused(): pass\n");
  EXPECT_THAT(ranked("a.py", "find(1)\n"), ElementsAre("store.py find", "item.py Item"));
}

TEST_F(RankDefinitions, AClassHasTheMembersThatAreUsedAndThenPublicOnes) {
  std::string text = "class Store:\n";
  for (int i = 0; i < 60; ++i) text += "    def method_" + std::to_string(i) + "(self): pass\n";
  text += "    def _private(self): pass\n    def last(self): pass\n";
  index_.update("b.py", text);
  const auto ranked = rank_definitions(index_, {"a.py", "Store().last()\n", 0});
  ASSERT_THAT(ranked, SizeIs(1));
  EXPECT_THAT(ranked[0].text, HasSubstr("class Store:\n    def method_0(self): ...\n"));
  EXPECT_THAT(ranked[0].text, HasSubstr("def last(self): ..."));
  EXPECT_THAT(ranked[0].text, Not(HasSubstr("_private")));
  EXPECT_THAT(ranked[0].text, Not(HasSubstr("method_59")));
}

TEST_F(RankDefinitions, AMemberThatIsUsedBringsItsClass) {
  index_.update("b.py", "class Store:\n    def rare(self): pass\n" + std::string(300, '#') + "\n");
  EXPECT_THAT(ranked("a.py", "store.rare()\n"), ElementsAre("b.py Store"));
}

TEST_F(RankDefinitions, ANameThatIsEverywhereSaysNothing) {
  for (int i = 0; i < 100; ++i) {
    index_.update(std::to_string(i) + ".py", "def get(): pass\n");
  }
  EXPECT_THAT(ranked("a.py", "get()\n"), IsEmpty());
  EXPECT_THAT(ranked("a.py", "from b import get\nimport core\n"), IsEmpty());
}

TEST_F(RankDefinitions, OfAnyBytesComesToAnEnd) {
  index_.update("b.py", "def used(): pass\n");
  test::Random random(1);
  std::string bytes;
  for (int i = 0; i < 50'000; ++i) bytes += static_cast<char>(random.below(256));
  std::string imports;
  for (int i = 0; i < 5'000; ++i) imports += "from b" + std::to_string(i) + " import used\n";
  imports += "used()\n";
  for (const char* const path : {"a.py", "a.java", "a"}) {
    (void)ranked(path, bytes, bytes.size());
    (void)ranked(path, imports, 7);
  }
  EXPECT_THAT(ranked("a.py", imports, 7), ElementsAre("b.py used"));
}

}  // namespace
}  // namespace nextline::lsp
