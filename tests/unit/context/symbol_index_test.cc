#include "lsp/context/symbol_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::size_t kAll = SIZE_MAX;

/// "path: head" of the definitions of a name.
std::multiset<std::string> found(const SymbolIndex& index, std::string_view name) {
  std::multiset<std::string> all;
  for (const IndexedDefinition& definition : index.definitions_of(name, kAll)) {
    all.insert(definition.file->path() + ": " + std::string(definition.file->head(*definition)));
  }
  return all;
}

std::vector<std::string> called(const SymbolIndex& index, std::string_view name) {
  std::vector<std::string> paths;
  for (const auto& file : index.files_called(name, kAll)) paths.push_back(file->path());
  return paths;
}

TEST(SymbolIndex, HasTheDefinitionsOfAName) {
  SymbolIndex index;
  EXPECT_TRUE(index.update("a.py", "def f(x): pass\nclass C:\n    def g(self): pass\n"));
  EXPECT_TRUE(index.update("b.py", "def f(y): pass\n"));
  EXPECT_THAT(found(index, "f"), ElementsAre("a.py: def f(x):", "b.py: def f(y):"));
  EXPECT_THAT(found(index, "g").size(), 1U);
  EXPECT_THAT(found(index, "x"), IsEmpty());
  EXPECT_EQ(index.file_count_of("f"), 2U);
  EXPECT_THAT(index.definitions_of("f", 1), IsEmpty()) << "More than asked for.";
}

TEST(SymbolIndex, AnUpdateReplacesWhatWasKnown) {
  SymbolIndex index;
  index.update("a.py", "def f(): pass\n");
  EXPECT_FALSE(index.update("a.py", "def f(): pass\n")) << "Nothing is new.";
  EXPECT_TRUE(index.update("a.py", "def g(): pass\n"));
  EXPECT_THAT(found(index, "f"), IsEmpty());
  EXPECT_THAT(found(index, "g").size(), 1U);
  index.remove("a.py");
  index.remove("a.py");
  EXPECT_THAT(found(index, "g"), IsEmpty());
  EXPECT_EQ(index.bytes(), 0U);
  EXPECT_EQ(index.definition_count(), 0U);
}

TEST(SymbolIndex, ASnapshotOutlivesItsFile) {
  SymbolIndex index;
  index.update("a.py", "def f(): pass\n");
  const auto definitions = index.definitions_of("f", kAll);
  index.remove("a.py");
  ASSERT_EQ(definitions.size(), 1U);
  EXPECT_EQ(definitions[0].file->name(*definitions[0]), "f");
}

TEST(SymbolIndex, HasNoSecrets) {
  SymbolIndex index;
  EXPECT_FALSE(index.update(".ssh/a.py", "def f(): pass\n"));
  EXPECT_THAT(found(index, "f"), IsEmpty());
}

TEST(SymbolIndex, KnowsWhatFilesAreCalled) {
  SymbolIndex index;
  for (const char* const path : {"core/store.py", "store/__init__.py", "Store.java", "store"}) {
    index.update(path, "x = 1\n");
  }
  EXPECT_THAT(called(index, "store"),
              UnorderedElementsAre("core/store.py", "store/__init__.py", "store"));
  EXPECT_THAT(called(index, "core"), ElementsAre("core/store.py"));
  EXPECT_EQ(index.files_called("store", 2).size(), 2U);
}

TEST(SymbolIndex, ForgetsWhatWasLeastRecentlyUsed) {
  SymbolIndex measured;
  measured.update("0.py", "def f0(): pass\n");
  SymbolIndex index(3 * measured.bytes());
  for (const char* const n : {"0", "1", "2"}) {
    index.update(std::string(n) + ".py", "def f" + std::string(n) + "(): pass\n");
  }
  EXPECT_FALSE(index.has_room());
  index.mark_used("0.py");
  index.update("3.py", "def f3(): pass\n");
  EXPECT_THAT(index.paths(), UnorderedElementsAre("0.py", "2.py", "3.py"));
  EXPECT_THAT(found(index, "f1"), IsEmpty());
}

TEST(SymbolIndex, DoesNotTakeWhatIsLargerThanItsRoom) {
  SymbolIndex index(1000);
  index.update("a.py", "def f(): pass\n");
  std::string large;
  for (int i = 0; i < 100; ++i) large += "def g" + std::to_string(i) + "(): pass\n";
  index.update("b.py", large);
  EXPECT_THAT(index.paths(), ElementsAre("a.py"));
  EXPECT_TRUE(index.update("a.py", large)) << "What is known of it is no longer so.";
  EXPECT_THAT(index.paths(), IsEmpty());
}

TEST(SymbolIndex, AfterRandomUpdatesIsThatOfARebuild) {
  test::Random random(1);
  SymbolIndex index;
  std::map<std::string, std::string> files;
  std::size_t rooms = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string path = std::string(1, static_cast<char>('a' + random.below(8))) + ".py";
    if (random.below(4) == 0) {
      index.remove(path);
      files.erase(path);
    } else {
      std::string text;
      for (std::size_t k = random.below(6); k > 0; --k) {
        text.append("def f").append(std::to_string(random.below(10)));
        text.append("(a").append(std::to_string(random.below(3))).append("): pass\n");
      }
      index.update(path, text);
      files[path] = text;
    }
    if (i % 50 != 0) continue;
    SymbolIndex anew;
    for (const auto& [name, text] : files) anew.update(name, text);
    for (int f = 0; f < 10; ++f) {
      const std::string name = std::string("f").append(std::to_string(f));
      ASSERT_EQ(found(index, name), found(anew, name));
      ASSERT_EQ(index.file_count_of(name), anew.file_count_of(name));
    }
    ASSERT_EQ(index.bytes(), anew.bytes());
    ASSERT_EQ(index.definition_count(), anew.definition_count());
    rooms = std::max(rooms, index.file_count());
  }
  EXPECT_EQ(rooms, 8U);
}

TEST(SymbolIndex, IsReadWhileItIsUpdated) {
  SymbolIndex index(20'000);
  std::jthread writer([&] {
    for (int i = 0; i < 2000; ++i) {
      const std::string n = std::to_string(i % 50);
      index.update(n + ".py", "def f(a" + std::to_string(i) + "): pass\ndef g" + n + "(): pass\n");
    }
  });
  std::size_t seen = 0;
  for (int i = 0; i < 2000; ++i) {
    for (const IndexedDefinition& definition : index.definitions_of("f", kAll)) {
      seen += definition.file->name(*definition) == "f" ? 1 : 1'000'000;
    }
    index.mark_used("7.py");
  }
  writer.join();
  EXPECT_LT(seen, 1'000'000U);
  EXPECT_LE(index.bytes(), 20'000U);
  EXPECT_GT(index.file_count_of("f"), 0U);
}

}  // namespace
}  // namespace nextline::lsp
