#include "server/replay/commit_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/replay/random.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::replay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A token for each byte.
const Tokenizer& bytes() {
  static const Tokenizer tokenizer = *Tokenizer::create(test::HandMadeVocabulary());
  return tokenizer;
}

/// Three hunks: a new import, a changed line that uses it, and a line below.
constexpr std::string_view kOld =
    "import os\n"
    "\n"
    "\n"
    "def size(path):\n"
    "    names = os.listdir(path)\n"
    "    return len(names)\n"
    "\n"
    "\n"
    "def biggest(paths):\n"
    "    return max(paths)\n";
constexpr std::string_view kNew =
    "import os\n"
    "import glob\n"
    "\n"
    "\n"
    "def size(path):\n"
    "    names = glob.glob(path)\n"
    "    return len(names)\n"
    "\n"
    "\n"
    "def biggest(paths):\n"
    "    return max(paths, key=size)\n";

std::vector<EditCase> edits(std::string_view old_text, std::string_view new_text,
                            const CommitEditOptions& options = {},
                            const std::string& path = "files.py") {
  return commit_edits({"1234567890abcdef", path, std::string(old_text), std::string(new_text)},
                      bytes(), options);
}

EditCase only_edit(std::string_view old_text, std::string_view new_text,
                   const CommitEditOptions& options = {}) {
  const std::vector<EditCase> made = edits(old_text, new_text, options);
  EXPECT_THAT(made, SizeIs(1));
  return made.empty() ? EditCase() : made.front();
}

/// The cursor of the last step as "|".
std::string shown(const EditCase& made) {
  const std::string text = new_text(made);
  const std::size_t cursor = made.steps.back().cursor;
  return text.substr(0, cursor) + "|" + text.substr(cursor);
}

TEST(CommitEdits, ALineIsAwaitedThatUsesWhatAHunkAboveBrought) {
  const EditCase made = only_edit(kOld, kNew);
  EXPECT_EQ(made.kind, EditKind::kCommits);
  EXPECT_EQ(made.language, Language::kPython);
  EXPECT_EQ(made.awaited, "    names = glob.glob(path)");
  EXPECT_EQ(made.variant, "changed line that uses a change");
  EXPECT_EQ(made.id, "1234567890ab:files.py:6:commits");
}

TEST(CommitEdits, HunksAreMadeFromTopToBottomUpToTheAwaitedLine) {
  const EditCase made = only_edit(kOld, kNew);
  EXPECT_EQ(made.old_text, kOld);
  EXPECT_EQ(made.old_cursor, 10U);
  EXPECT_THAT(made.steps, ElementsAre(EditStep{{{10, 0, "import glob\n"}}, 22},
                                      EditStep{{{40, 29, "\n"}}, 40}));
}

TEST(CommitEdits, HunksBelowAreNotMadeYet) {
  EXPECT_EQ(shown(only_edit(kOld, kNew)),
            "import os\n"
            "import glob\n"
            "\n"
            "\n"
            "def size(path):\n"
            "|\n"
            "    return len(names)\n"
            "\n"
            "\n"
            "def biggest(paths):\n"
            "    return max(paths)\n");
}

TEST(CommitEdits, OfTheHunkOfTheAwaitedLineWhatStandsAboveIsTyped) {
  const EditCase made = only_edit(
      "import os\n\n\ndef sizes(path):\n    return 1\n",
      "import glob\n\n\ndef sizes(path):\n    # Not yet.\n    all = glob.glob(path)\n    pass\n");
  EXPECT_EQ(shown(made), "import glob\n\n\ndef sizes(path):\n    # Not yet.\n|\n");
  EXPECT_THAT(made.steps, ElementsAre(EditStep{{{0, 10, "import glob\n"}}, 12},
                                      EditStep{{{31, 13, "    # Not yet.\n\n"}}, 46}));
}

TEST(CommitEdits, AnUnchangedLineThatUsesAChangeIsAwaitedWhereNoOtherIs) {
  const EditCase made =
      only_edit("LIMIT = 3\n\n\ndef size(path):\n    return min(LIMIT, len(path))\n",
                "LIMIT = 9\n\n\ndef size(path):\n    return min(LIMIT, len(path))\n");
  EXPECT_EQ(made.awaited, "    return min(LIMIT, len(path))");
  EXPECT_EQ(made.variant, "line that uses a change");
  EXPECT_EQ(made.old_text, "LIMIT = 3\n\n\ndef size(path):\n\n") << "It is not given away.";
  EXPECT_THAT(made.steps, ElementsAre(EditStep{{{0, 10, "LIMIT = 9\n"}}, 10}, EditStep{{}, 28}));
}

TEST(CommitEdits, ANameThatWasImportedBeforeIsNoChange) {
  EXPECT_THAT(edits("from os import walk\n\n\n\nprint(walk(1, 2))\n",
                    "from os import walk, link\n\n\n\nprint(walk(1, 2))\n"),
              IsEmpty());
}

TEST(CommitEdits, CommentsAreNoReason) {
  EXPECT_THAT(edits("# One\na = b + 1\n\n\n\nc = d + 1\n", "# Two\na = b + 1\n\n\n\nc = d + 2\n"),
              IsEmpty());
}

TEST(CommitEdits, AHunkRightAboveIsNoReason) {
  EXPECT_THAT(edits("a = b + 1\nc = d\ne = f + 1\n", "a = b + 2\nc = d\ne = f + 2\n"), IsEmpty());
}

TEST(CommitEdits, ALineThatWasOnlyMovedIsNotAwaited) {
  EXPECT_THAT(edits("a = b + 1\n\n\n\nx = y + 1\nif a:\n  pass\n",
                    "a = b + 2\n\n\n\nif a:\n  x = y + 1\n  pass\n"),
              IsEmpty());
}

TEST(CommitEdits, NeitherImportsNorCommentsNorBracketsAreAwaited) {
  EXPECT_THAT(edits("a = b + 1\n\n\n\nc = [\n]\n",
                    "a = b + 2\n\n\n\nimport glob.path\n# c = d + 1\nc = [\n]\n]\n"),
              IsEmpty());
}

TEST(CommitEdits, AFileOfAnotherLanguageOrWithoutChangesHasNone) {
  EXPECT_THAT(edits(kOld, kNew, {}, "files.txt"), IsEmpty());
  EXPECT_THAT(edits(kOld, kOld), IsEmpty());
}

TEST(CommitEdits, JavaIsReadToo) {
  const std::vector<EditCase> made = edits(
      "class A {\n  int a() {\n    return 1;\n  }\n\n  int b() {\n    return 2;\n  }\n}\n",
      "class A {\n  int c() {\n    return 1;\n  }\n\n  int b() {\n    return c() + 2;\n  }\n}\n",
      {}, "A.java");
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(made[0].awaited, "    return c() + 2;");
}

TEST(CommitEdits, OfALongFileHunksOutsideOfTheWindowAreMadeBefore) {
  std::string filling;
  for (int i = 0; i < 100; ++i) filling += "filling = " + std::to_string(i) + "\n";
  const EditCase made = only_edit(filling + "a = b + 1\n" + filling + std::string(kOld) + filling,
                                  filling + "a = b + 2\n" + filling + std::string(kNew) + filling,
                                  {.most_tokens = 400});
  EXPECT_EQ(made.awaited, "    names = glob.glob(path)");
  EXPECT_THAT(made.old_text, AllOf(StartsWith("filling = 0\n"), Not(HasSubstr("a = b")),
                                   HasSubstr(kOld), EndsWith("filling = 0\nfilling = 1\n")));
  EXPECT_THAT(made.steps, SizeIs(2));
  EXPECT_LE(made.old_text.size(), 400U);
  EXPECT_LE(new_text(made).size(), 400U);
}

TEST(CommitEdits, AHunkInTheHeadOfALongFileIsMade) {
  std::string filling;
  for (int i = 0; i < 100; ++i) filling += "filling = " + std::to_string(i) + "\n";
  const EditCase made =
      only_edit("# Licence\nimport os\n" + filling + "a = b\n",
                "# Licence\nimport glob\n" + filling + "a = glob.glob(b)\n", {.most_tokens = 400});
  EXPECT_THAT(made.steps, ElementsAre(EditStep{{{0, 10, "import glob\n"}}, 12}, testing::_));
  EXPECT_THAT(made.old_text, AllOf(StartsWith("import os\n"), EndsWith("filling = 99\na = b\n")));
}

TEST(CommitEdits, ThereIsNoneWhereTheHunksDoNotFitIntoTheWindow) {
  std::string filling;
  for (int i = 0; i < 100; ++i) filling += "filling = " + std::to_string(i) + "\n";
  const std::string far = "x = 1\n" + filling.substr(0, 700);
  EXPECT_THAT(edits(far + "a = b + 1\n" + filling + "c = d + 1\n",
                    far + "a = b + 2\n" + filling + "c = d + 2\n", {.most_tokens = 400}),
              IsEmpty());
  EXPECT_THAT(edits("import os\n" + filling + "\n\n\na = b\n",
                    "import glob\n\n\n\na = glob.glob(b)\n", {.most_tokens = 400}),
              IsEmpty())
      << "What was removed is too long.";
}

TEST(CommitEdits, TheSeedChoosesAmongThePlaces) {
  std::string old_text = "import os\n\n\n\n";
  std::string new_text = "import glob\n\n\n\n";
  for (int i = 0; i < 20; ++i) {
    old_text += "unchanged = 0\na = b\n";
    new_text += "unchanged = 0\na = glob.glob(" + std::to_string(i) + ")\n";
  }
  std::set<std::string> awaited;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const EditCase made = only_edit(old_text, new_text, {.seed = seed});
    EXPECT_EQ(made.id, only_edit(old_text, new_text, {.seed = seed}).id);
    awaited.insert(made.awaited);
  }
  EXPECT_GT(awaited.size(), 5U);
  EXPECT_THAT(edits(old_text, new_text, {.cases_per_file = 2}), SizeIs(2));
}

/// Some statements, with some of them changed, removed or added.
std::string varied(std::string_view text, Random& random) {
  std::string made;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line(text.substr(at, text.find('\n', at) + 1 - at));
    switch (random.below(8)) {
      case 0:
        break;
      case 1:
        made += line + "added = call(" + std::to_string(random.below(99)) + ")\n";
        break;
      case 2:
        made += "changed = call(" + std::to_string(random.below(99)) + ")\n";
        break;
      default:
        made += line;
    }
  }
  return made;
}

TEST(CommitEdits, RandomChangesAreMadeAsTheyWere) {
  Random random(7);
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "name_" + std::to_string(i) + " = call(" + std::to_string(i) + ")\n";
  std::size_t count = 0;
  for (int round = 0; round < 100; ++round) {
    const std::string changed = varied(text, random);
    for (const EditCase& made : edits(text, changed, {.most_tokens = 5000, .cases_per_file = 3})) {
      EXPECT_EQ(made.old_text, text);
      const std::size_t cursor = made.steps.back().cursor;
      const std::string published = new_text(made).substr(0, cursor) + made.awaited + "\n";
      EXPECT_THAT(changed, StartsWith(published));
      EXPECT_THAT(text, EndsWith(new_text(made).substr(cursor + 1)));
      ++count;
    }
  }
  EXPECT_GT(count, 100U);
}

}  // namespace
}  // namespace nextline::replay
