#include "server/replay/case_source.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "server/replay/repobench_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/replay/sample_code.h"
#include "tests/unit/replay/sample_row.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::replay {
namespace {

/// A token for each byte.
const Tokenizer& bytes() {
  static const Tokenizer tokenizer = *Tokenizer::create(test::HandMadeVocabulary());
  return tokenizer;
}

class CaseSourceTest : public ::testing::Test {
 protected:
  /// Writes a file into the source.
  void write(const std::string& path, std::string_view text) {
    const std::filesystem::path whole = source() / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }
  /// Files of both languages, a few of each.
  void write_sources(const std::string& folder) {
    for (int i = 0; i < 8; ++i) {
      const std::string number = std::to_string(i);
      write(folder + "/shape_" + number + ".py", kPythonSample);
      write(folder + "/Shape" + number + ".java", kJavaSample);
    }
  }
  std::filesystem::path source() const { return folder_.path() / "source"; }

  Cases cases() {
    auto made = cases_of(source(), options_, bytes());
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Cases();
  }
  static std::vector<std::string> ids(const Cases& cases) {
    std::vector<std::string> ids;
    for (const EditCase& each : cases.cases) ids.push_back(each.id);
    return ids;
  }

  CaseOptions options_{.kinds = {EditKind::kInsert, EditKind::kDelete, EditKind::kJump},
                       .tokens = 6000};
  test::TemporaryFolder folder_;
};

TEST_F(CaseSourceTest, KindsAndLanguagesAreSpreadEvenly) {
  write_sources("shapes");
  options_.limit = 9;
  std::map<Language, int> languages;
  std::map<EditKind, int> kinds;
  const Cases made = cases();
  for (const EditCase& each : made.cases) {
    ++languages[each.language];
    ++kinds[each.kind];
  }
  EXPECT_EQ(languages[Language::kPython], 6);
  EXPECT_EQ(languages[Language::kJava], 3);
  for (const EditKind kind : options_.kinds) EXPECT_EQ(kinds[kind], 3) << name_of(kind);
  const auto names = ids(made);
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 9U);
}

TEST_F(CaseSourceTest, TheSameSeedMakesTheSameCasesAndAnotherOneOthers) {
  write_sources("shapes");
  options_.limit = 6;
  const Cases first = cases();
  EXPECT_EQ(ids(cases()), ids(first));
  options_.seed = 2;
  EXPECT_NE(ids(cases()), ids(first));
}

TEST_F(CaseSourceTest, RepositoriesInAFolderTakeTurns) {
  for (const char* const name : {"python/one", "python/two", "java/three"}) {
    write_sources(name);
    std::filesystem::create_directories(source() / name / ".git");
  }
  options_.limit = 9;
  std::map<std::string, int> repositories;
  for (const std::string& id : ids(cases())) ++repositories[id.substr(0, id.find('/'))];
  EXPECT_EQ(repositories, (std::map<std::string, int>{{"one", 3}, {"two", 3}, {"three", 3}}));
}

TEST_F(CaseSourceTest, LinesAreTakenInTurns) {
  write_sources("shapes");
  options_.kinds = {EditKind::kInsert};
  options_.lines = {2};
  options_.limit = 4;
  const Cases made = cases();
  ASSERT_EQ(made.cases.size(), 4U);
  for (const EditCase& each : made.cases) EXPECT_EQ(each.variant, "2 lines");
}

TEST_F(CaseSourceTest, AFileOfRowsIsTakenFromFrontToBackAndItsDamagedRowsAreNamed) {
  std::string lines;
  for (int i = 0; i < 12; ++i) {
    RepoBenchRow row = test::sample_row();
    row.import_statement = "import math\n";
    row.cropped_code = std::string(kPythonSample.substr(0, kPythonSample.find("print(")));
    row.next_line = "print(describe(square))";
    row.all_code = row.import_statement + row.cropped_code + row.next_line + "\n";
    lines += to_line(row);
    if (i == 1) lines += "{}\n";
  }
  std::ofstream(source(), std::ios::binary) << lines;
  options_.limit = 4;
  const Cases made = cases();
  EXPECT_EQ(made.cases.size(), 4U);
  for (const EditCase& each : made.cases) EXPECT_EQ(each.id.rfind("row ", 0), 0U) << each.id;
  ASSERT_EQ(made.damaged.size(), 1U);
  EXPECT_EQ(made.damaged[0].rfind("Row 3 is left out: ", 0), 0U) << made.damaged[0];
}

TEST_F(CaseSourceTest, WhatAnEarlierReleaseHadOtherwiseIsACommit) {
  write(
      "now/size.py",
      "import os\nimport stat\n\n\ndef size(path):\n    names = os.scandir(path)\n"
      "    return sum(1 for name in names)\n\n\ndef kind(path):\n    mode = os.stat(path).st_mode\n"
      "    return stat.S_IFMT(mode)\n");
  write("before/size.py",
        "import os\n\n\ndef size(path):\n    names = os.listdir(path)\n    return len(names)\n\n\n"
        "def kind(path):\n    mode = os.stat(path).st_mode\n    return mode\n");
  options_.kinds = {EditKind::kCommits};
  options_.since = source() / "before";
  const auto made = cases_of(source() / "now", options_, bytes());
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->cases.size(), 1U);
  EXPECT_EQ(made->cases[0].kind, EditKind::kCommits);
  EXPECT_EQ(made->cases[0].awaited, "    return stat.S_IFMT(mode)");
}

TEST_F(CaseSourceTest, RowsAreMadeOfAFolder) {
  write_sources("shapes");
  options_.limit = 5;
  const auto rows = rows_of(source(), options_);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 5U);
  for (const RepoBenchRow& row : *rows) {
    EXPECT_FALSE(row.next_line.empty());
    EXPECT_TRUE(language_of_file(row.file_path));
  }
}

TEST_F(CaseSourceTest, WhatIsNotThereIsSaid) {
  const auto none = cases_of(folder_.path() / "nowhere", options_, bytes());
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace nextline::replay
