#include "server/replay/near_copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kSample(kPythonSample);

/// Those of the first of some files.
std::vector<std::size_t> copies_of_first(const std::vector<std::string>& texts) {
  std::vector<SourceFile> files;
  for (const std::string& text : texts) {
    files.push_back({std::to_string(100 + files.size()) + ".py", Language::kPython, text});
  }
  const SourceTree tree(std::move(files));
  return NearCopies(tree).of(0);
}

TEST(NearCopies, FindsTheSameFileUnderAnotherName) {
  EXPECT_THAT(copies_of_first({kSample, "other = 1\n", kSample}), ElementsAre(2));
}

TEST(NearCopies, FindsAFileThatHasHalfOfAnother) {
  EXPECT_THAT(copies_of_first({kSample, kSample.substr(0, kSample.size() / 2)}), ElementsAre(1));
  EXPECT_THAT(copies_of_first({kSample.substr(0, kSample.size() / 2), kSample}), ElementsAre(1));
}

TEST(NearCopies, FindsACopyWithOtherBlanks) {
  std::string other;
  for (const char c : kSample) other += c == '\n' ? std::string("  \r\n") : std::string(1, c);
  EXPECT_THAT(copies_of_first({kSample, other}), ElementsAre(1));
}

TEST(NearCopies, LinesThatManyFilesHaveTellNothing) {
  std::string licence;
  for (int i = 0; i < 20; ++i) licence += "# Paragraph " + std::to_string(i) + " of a licence\n";
  std::vector<std::string> texts;
  for (int i = 0; i < 12; ++i) {
    texts.push_back(licence + "def function_" + std::to_string(i) + "(argument): pass\n");
  }
  EXPECT_THAT(copies_of_first(texts), IsEmpty());
}

TEST(NearCopies, AFewCommonLinesAreNoCopy) {
  EXPECT_THAT(copies_of_first({kSample, "import math\nfrom shapes.base import Shape, Point\n"}),
              IsEmpty());
  EXPECT_THAT(copies_of_first({"", ""}), IsEmpty());
}

}  // namespace
}  // namespace nextline::replay
