#include "server/replay/context_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::replay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A token for each byte.
const Tokenizer& bytes() {
  static const Tokenizer tokenizer = *Tokenizer::create(test::HandMadeVocabulary());
  return tokenizer;
}

/// A file of its own, with a first use and later ones of what another defines.
std::string user(const std::string& number) {
  std::string text = "from shapes.base import Shape\n\n";
  for (int i = 0; i < 10; ++i) text += "value_" + number + std::to_string(i) + " = 1\n";
  text += "def make_" + number + "(width, height):\n";
  text += "    first_" + number + " = Shape(width, height)\n";
  text += "    second_" + number + " = Shape(height, width)\n";
  return text + "    return first_" + number + " + second_" + number + "\n";
}

std::string java_user(const std::string& number) {
  std::string text = "package shapes;\n\nclass User" + number + " {\n";
  for (int i = 0; i < 10; ++i) text += "  int value" + number + std::to_string(i) + " = 1;\n";
  text += "  Form first" + number + " = new Form(1, 2);\n";
  return text + "  Form second" + number + " = new Form(2, 1);\n}\n";
}

class ContextCaseTest : public ::testing::Test {
 protected:
  ContextCaseTest() {
    write("shapes/base.py", "class Shape:\n    def __init__(self, width, height):\n        pass\n");
    for (const char* number : {"1", "2", "3"}) {
      write("shapes/user_" + std::string(number) + ".py", user(number));
    }
  }
  void write(const std::string& path, std::string_view text) {
    const std::filesystem::path whole = folder_.path() / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }
  std::vector<ContextCase> cases() {
    auto made = context_cases_of(folder_.path(), options_, bytes());
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : std::vector<ContextCase>();
  }

  ContextCaseOptions options_{.budgets = {0, 400}, .tokens = 2000};
  test::TemporaryFolder folder_;
};

TEST_F(ContextCaseTest, ALineIsAwaitedThatUsesSomethingOfAnotherFile) {
  const auto made = cases();
  ASSERT_EQ(made.size(), 6U);
  for (const ContextCase& each : made) {
    EXPECT_NE(each.setting, RowSetting::kInFile);
    EXPECT_THAT(each.document.awaited, HasSubstr("Shape("));
    ASSERT_EQ(each.contexts.size(), 2U);
    EXPECT_EQ(each.contexts[0].text, "");
    EXPECT_FALSE(each.contexts[0].has_name);
    EXPECT_THAT(each.contexts[1].text, HasSubstr("def __init__(self, width, height)"));
    EXPECT_THAT(each.contexts[1].text, Not(HasSubstr(each.document.awaited)));
    EXPECT_THAT(each.contexts[1].text_behind, HasSubstr("class Shape"));
    EXPECT_TRUE(each.contexts[1].has_name);
  }
}

TEST_F(ContextCaseTest, ALineOfEachFileComesBeforeAnotherOfOne) {
  options_.limit = 3;
  std::set<std::string> paths;
  for (const ContextCase& each : cases()) paths.insert(each.document.path);
  EXPECT_EQ(paths.size(), 3U);
}

TEST_F(ContextCaseTest, TwoOfThreeLinesArePython) {
  write("shapes/Form.java", "package shapes;\n\nclass Form {\n  Form(int a, int b) {}\n}\n");
  for (const char* number : {"1", "2", "3"}) {
    write("shapes/User" + std::string(number) + ".java", java_user(number));
  }
  options_.limit = 6;
  std::map<Language, int> counts;
  for (const ContextCase& each : cases()) ++counts[each.document.language];
  EXPECT_EQ(counts[Language::kPython], 4);
  EXPECT_EQ(counts[Language::kJava], 2);
}

TEST_F(ContextCaseTest, TheSameSeedGivesTheSameCasesAndOthersGiveOthers) {
  const auto ids = [&](std::uint64_t seed) {
    options_.seed = seed;
    std::vector<std::string> all;
    for (const ContextCase& each : cases()) all.push_back(each.id);
    return all;
  };
  std::set<std::vector<std::string>> orders;
  for (std::uint64_t seed = 0; seed < 8; ++seed) orders.insert(ids(seed));
  EXPECT_GT(orders.size(), 1U);  // Any two may be the same: there are few cases.
  EXPECT_EQ(ids(1), ids(1));
}

TEST_F(ContextCaseTest, NothingIsMadeOfAFolderThatIsNotThere) {
  EXPECT_FALSE(context_cases_of(folder_.path() / "nowhere", options_, bytes()));
}

}  // namespace
}  // namespace nextline::replay
