#include "server/replay/repobench_prompt.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/replay/sample_row.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::replay {
namespace {

constexpr std::string_view kOtherFiles =
    "# Repo Name: shapes/shapes\n"
    "# Path: shapes/square.py\nclass Square:\n    side = 1\n\n"
    "# Path: shapes/circle.py\nclass Circle:\n    radius = 1\n\n";
constexpr std::string_view kHead = "# Path: shapes/area.py\nfrom shapes.square import Square\n\n";
constexpr std::string_view kCode = "\ndef area(shape):\n    side = shape.side\n";
constexpr std::string_view kBehind = "\n\n\nprint(area(Square()))\n";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

TEST(RepoBenchPrompt, ShowsOtherFilesAndThenTheFile) {
  EXPECT_EQ(repobench_prompt(test::sample_row(), Language::kPython),
            joined({kOtherFiles, kHead, kCode}));
}

TEST(RepoBenchPrompt, HasTheCommentSignOfTheLanguage) {
  const std::string prompt = repobench_prompt(test::sample_row(), Language::kJava);
  EXPECT_TRUE(prompt.starts_with("// Repo Name: shapes/shapes\n// Path: shapes/square.py\nclass"));
  EXPECT_NE(prompt.find("\n\n// Path: shapes/area.py\nfrom"), std::string::npos);
}

TEST(RepoBenchPrompt, TakesFourLineEndsOrMoreForTwo) {
  RepoBenchRow row = test::sample_row();
  row.context.clear();
  row.import_statement = "import a\n";
  row.cropped_code = "\n\nb\n\n\n\n\n\nc\n\n\nd";
  EXPECT_EQ(repobench_prompt(row, Language::kPython),
            "# Repo Name: shapes/shapes\n# Path: shapes/area.py\nimport a\n\nb\n\nc\n\n\nd\n");
}

/// Documents in a vocabulary of single bytes: a budget in tokens is one in bytes.
class DocumentOfRow : public testing::Test {
 protected:
  Document document(const RepoBenchRow& row, std::size_t max_tokens) {
    const Document document = document_of(row, Language::kPython, *tokenizer_, max_tokens);
    EXPECT_LE(document.text.size(), max_tokens);
    return document;
  }

  static std::string before(const Document& document) {
    return document.text.substr(0, document.cursor);
  }
  static std::string behind(const Document& document) {
    return document.text.substr(document.cursor);
  }

  Result<Tokenizer> tokenizer_ = Tokenizer::create(test::HandMadeVocabulary());
};

TEST_F(DocumentOfRow, HasThePromptBeforeTheCursorAndTheRestOfTheFileBehind) {
  const Document document = this->document(test::sample_row(), 1000);
  EXPECT_EQ(before(document), joined({kOtherFiles, kHead, kCode}));
  EXPECT_EQ(behind(document), kBehind);
  EXPECT_EQ(document.awaited, "    return side * side");
  EXPECT_EQ(document.path, "shapes/area.py");
  EXPECT_EQ(document.language, Language::kPython);
}

TEST_F(DocumentOfRow, HasNothingBehindTheCursorWhereTheLineIsNotFound) {
  RepoBenchRow row = test::sample_row();
  row.all_code = "another file";
  row.next_line = "return side * side\r\n";
  const Document document = this->document(row, 1000);
  EXPECT_EQ(behind(document), "");
  EXPECT_EQ(document.awaited, "return side * side");
}

TEST_F(DocumentOfRow, LosesTheLastLinesOfOtherFilesFirst) {
  const std::string file = joined({kHead, kCode, kBehind});
  const std::string_view kept = kOtherFiles.substr(0, kOtherFiles.find("    radius"));
  const std::size_t exactly = kept.size() + 1 + file.size();
  EXPECT_EQ(this->document(test::sample_row(), exactly).text, joined({kept, "\n", file}));
  const std::string_view fewer = kOtherFiles.substr(0, kOtherFiles.find("class Circle"));
  EXPECT_EQ(this->document(test::sample_row(), exactly - 1).text, joined({fewer, "\n", file}));
  EXPECT_EQ(this->document(test::sample_row(), file.size()).text, file);
}

TEST_F(DocumentOfRow, HasAQuarterBehindTheCursorAtMost) {
  RepoBenchRow row = test::sample_row();
  row.all_code += std::string(40, 'x') + "\n" + std::string(1000, 'y') + "\n";
  EXPECT_EQ(behind(document(row, 400)), joined({kBehind, std::string(40, 'x'), "\n"}));
  EXPECT_EQ(behind(document(row, 200)), kBehind);
}

TEST_F(DocumentOfRow, KeepsItsLineEndsBehindTheCursor) {
  RepoBenchRow row = test::sample_row();
  row.cropped_code = "a\nb";
  row.all_code = "a\r\nb\r\n  c \r\nd\r\n";
  row.next_line = "  c";
  const Document document = this->document(row, 1000);
  EXPECT_EQ(document.awaited, "  c");
  EXPECT_EQ(behind(document), "\r\nd\r\n");
}

TEST_F(DocumentOfRow, LosesItsOwnFirstLinesBehindTheImportsWhereItIsTooLong) {
  RepoBenchRow row = test::sample_row();
  row.all_code = "";
  row.cropped_code = "";
  for (int line = 100; line < 200; ++line)
    row.cropped_code += "line " + std::to_string(line) + "\n";
  const std::size_t budget = 4 * kHead.size();
  const std::string text = this->document(row, budget).text;
  EXPECT_TRUE(text.starts_with(joined({kHead, "line 1"}))) << text;
  EXPECT_TRUE(text.ends_with("\nline 198\nline 199\n\n")) << text;
  EXPECT_GT(text.size(), budget - 9);

  const std::string without_imports = this->document(row, budget - 1).text;
  EXPECT_TRUE(without_imports.starts_with("line 1")) << without_imports;
  EXPECT_TRUE(without_imports.ends_with("\nline 198\nline 199\n\n")) << without_imports;
}

TEST_F(DocumentOfRow, IsEmptyWhereNoLineFits) {
  RepoBenchRow row = test::sample_row();
  row.all_code = "";
  row.cropped_code = std::string(1000, 'x');
  const Document document = this->document(row, 40);
  EXPECT_EQ(document.text, "");
  EXPECT_EQ(document.cursor, 0U);
}

TEST_F(DocumentOfRow, FitsEveryBudget) {
  for (std::size_t budget = 0; budget < 300; ++budget) {
    const Document document = this->document(test::sample_row(), budget);
    ASSERT_LE(document.cursor, document.text.size());
    ASSERT_TRUE(document.cursor == 0 || document.text[document.cursor - 1] == '\n');
  }
}

}  // namespace
}  // namespace nextline::replay
