#include "lsp/context/context_chooser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ContextChooserTest : public testing::Test {
 protected:
  bool update(const std::string& text, std::size_t most_bytes = 10'000) {
    return chooser_.update({"a.py", text, text.size()}, most_bytes);
  }
  std::string shown() const { return context_text(chooser_.snippets()); }

  SymbolIndex index_;
  ContextChooser chooser_{index_};
};

TEST_F(ContextChooserTest, ShowsFilesByTheirPathsAndDefinitionsByTheirLines) {
  index_.update("z.py", "def first(): pass\n");
  index_.update("utils/paths.py",
                "def normalise(path: str,\n              strict=False): pass\n"
                "class Store:\n    def get(self, key: str) -> bytes:\n        return b'" +
                    std::string(250, 'x') + "'\n");
  EXPECT_TRUE(update("from utils.paths import Store, normalise\nfirst()\n"));
  EXPECT_EQ(shown(),
            "# utils/paths.py\n"
            "def normalise(path: str, strict=False): ...\n"
            "class Store:\n"
            "    def get(self, key: str) -> bytes: ...\n"
            "# z.py\n"
            "def first(): ...\n");
}

TEST_F(ContextChooserTest, StaysWithinItsBudget) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    index_.update(n + ".py", "def used_" + n + "(): pass\n");
    text += "used_" + n + "()\n";
  }
  update(text, 500);
  EXPECT_LE(shown().size(), 500U);
  EXPECT_GT(shown().size(), 400U);
  EXPECT_TRUE(update(text, 100)) << "There is less room.";
  EXPECT_LE(shown().size(), 100U);
  EXPECT_TRUE(update(text, 0));
  EXPECT_THAT(chooser_.snippets(), IsEmpty());
}

TEST_F(ContextChooserTest, AnOrdinaryEditChangesNothing) {
  index_.update("b.py", "def one(): pass\ndef two(): pass\ndef three(): pass\n");
  std::string text = "one()\ntwo()\nthree()\n";
  update(text, 40);
  const std::string before = shown();
  EXPECT_FALSE(update(text, 40));
  for (const char* const typed : {"x = 1\n", "three()\n", "one()\n", "three()\n"}) {
    text += typed;
    EXPECT_FALSE(update(text, 40));
  }
  EXPECT_EQ(shown(), before);
  EXPECT_FALSE(update("x = 1\n", 40)) << "What is no longer used does no harm.";
}

TEST_F(ContextChooserTest, WhatComesIsAppended) {
  index_.update("y.py", "def one(): pass\n");
  index_.update("b.py", "def two(): pass\n");
  update("one()\n");
  const std::string before = shown();
  EXPECT_TRUE(update("one()\ntwo()\n"));
  EXPECT_EQ(shown(), before + "# b.py\ndef two(): ...\n");
}

TEST_F(ContextChooserTest, WhatIsGoneGoesAndWhatChangedIsShownInItsPlace) {
  index_.update("b.py", "def one(): pass\n");
  index_.update("c.py", "def two(): pass\n");
  index_.update("d.py", "def three(): pass\n");
  update("one()\ntwo()\nthree()\n");
  index_.update("b.py", "import x\n\ndef one(): return 1\n");
  EXPECT_FALSE(update("one()\ntwo()\nthree()\n")) << "It reads as before.";
  index_.update("b.py", "def one(added): pass\n");
  index_.remove("c.py");
  EXPECT_TRUE(update("one()\ntwo()\nthree()\n"));
  EXPECT_EQ(shown(), "# b.py\ndef one(added): ...\n# d.py\ndef three(): ...\n");
}

TEST_F(ContextChooserTest, CopiesAreShownOnce) {
  for (const char* const path : {"b.py", "c.py"}) index_.update(path, "def one(x): pass\n");
  update("one()\n");
  EXPECT_EQ(shown(), "# b.py\ndef one(x): ...\n");
}

TEST_F(ContextChooserTest, NeitherTheDocumentNorASecretIsShown) {
  index_.update("a.py", "def one(): pass\n");
  index_.update(".aws/b.py", "def one(): pass\n");
  update("one()\n");
  EXPECT_EQ(shown(), "");
}

TEST_F(ContextChooserTest, WhatItSaysOfItsChangesIsSo) {
  test::Random random(1);
  std::string before;
  int changes = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(random.below(6));
    switch (random.below(3)) {
      case 0:
        index_.remove(n + ".py");
        break;
      default:
        index_.update(n + ".py", "def f" + n + "(a" + std::to_string(random.below(3)) +
                                     "): pass\nclass C" + n + ":\n    m" + n + " = 1\n");
    }
    std::string text;
    for (int k = 0; k < 4; ++k)
      text.append("f").append(std::to_string(random.below(6))).append("(C2.m2)\n");
    const bool has_changed = update(text, 100 + 50 * random.below(3));
    ASSERT_LE(shown().size(), 200U);
    ASSERT_EQ(has_changed, shown() != before);
    changes += has_changed ? 1 : 0;
    before = shown();
  }
  EXPECT_GT(changes, 100);
}

}  // namespace
}  // namespace nextline::lsp
