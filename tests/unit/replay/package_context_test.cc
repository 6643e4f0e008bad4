#include "server/replay/package_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/unit/replay/sample_code.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::replay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kBase =
    "class Shape:\n"
    "    pass\n"
    "\n"
    "class Point(tuple):\n"
    "    pass\n"
    "\n"
    "def Limits(number):\n"
    "    return WHAT_STANDS_IN_ITS_BODY\n";

/// A token for each byte.
const Tokenizer& bytes() {
  static const Tokenizer tokenizer = *Tokenizer::create(test::HandMadeVocabulary());
  return tokenizer;
}

class PackageContextTest : public ::testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) {
    const std::filesystem::path whole = folder_.path() / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }

  /// What is shown along with shapes/polygon.py, as it is written so far.
  std::string shown(std::size_t most_tokens, std::string_view written = kPythonSample) {
    const auto tree = SourceTree::read(folder_.path());
    PackageContext context(folder_.path(), *tree);
    const auto polygon =
        std::ranges::find(tree->files(), std::string("shapes/polygon.py"), &SourceFile::path);
    const auto file = static_cast<std::size_t>(polygon - tree->files().begin());
    const auto choices =
        context.choose(file, {{std::string(written), written.size()}}, bytes(), most_tokens);
    EXPECT_EQ(choices.size(), 1U);
    return lsp::context_text(choices.front());
  }

  test::TemporaryFolder folder_;
};

TEST_F(PackageContextTest, ShowsTheHeadsOfWhatIsImported) {
  write("shapes/base.py", kBase);
  write("shapes/polygon.py", kPythonSample);
  const std::string text = shown(400);
  EXPECT_THAT(text, HasSubstr("shapes/base.py"));
  EXPECT_THAT(text, HasSubstr("def Limits(number)"));
  EXPECT_THAT(text, Not(HasSubstr("WHAT_STANDS_IN_ITS_BODY")));
}

TEST_F(PackageContextTest, NeverShowsTheFileItself) {
  write("shapes/base.py", kBase);
  write("shapes/polygon.py", kPythonSample);
  // Only what it imports is written yet: all that it will define would be welcome.
  const std::string text = shown(4000, kPythonSample.substr(0, kPythonSample.find("PRECISION")));
  EXPECT_THAT(text, Not(HasSubstr("polygon.py")));
  EXPECT_THAT(text, Not(HasSubstr("Polygon")));
}

TEST_F(PackageContextTest, NeverShowsACopyOfTheFile) {
  write("shapes/base.py", kBase);
  write("shapes/polygon.py", kPythonSample);
  write("vendored/shapes/polygon.py", kPythonSample);
  write("old/shapes/polygon.py", kPythonSample.substr(0, kPythonSample.size() / 2));
  const std::string start(kPythonSample.substr(0, kPythonSample.find("# What has corners")));
  const std::string text = shown(4000, start + "square = Polygon(\ndescribe(square)\n");
  EXPECT_THAT(text, Not(HasSubstr("polygon.py")));
}

TEST_F(PackageContextTest, HasAtMostSoManyTokens) {
  write("shapes/base.py", kBase);
  write("shapes/polygon.py", kPythonSample);
  for (const std::size_t most : {0, 1, 30, 60, 100, 400}) {
    EXPECT_LE(bytes().encode(shown(most)).size(), most);
  }
  EXPECT_FALSE(shown(100).empty());
}

TEST_F(PackageContextTest, WhatWasHiddenForOneFileIsThereForTheNext) {
  write("shapes/base.py", kBase);
  write("shapes/polygon.py", kPythonSample);
  const auto tree = SourceTree::read(folder_.path());
  PackageContext context(folder_.path(), *tree);
  const std::vector<WrittenDocument> base = {{"from shapes.polygon import Polygon\n", 35}};
  const std::vector<WrittenDocument> polygon = {{"from shapes.base import Shape\n", 30}};
  for (int round = 0; round < 2; ++round) {
    const auto of_base = context.choose(0, base, bytes(), 1000).front();
    EXPECT_THAT(lsp::context_text(of_base), HasSubstr("class Polygon(Shape)"));
    const auto of_polygon = context.choose(1, polygon, bytes(), 1000).front();
    EXPECT_THAT(lsp::context_text(of_polygon), HasSubstr("class Shape"));
  }
}

}  // namespace
}  // namespace nextline::replay
