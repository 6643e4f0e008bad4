#include "server/replay/row_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Not;

/// The samples, and what they import.
SourceTree sample_tree() {
  return SourceTree({
      {"shapes/__init__.py", Language::kPython, ""},
      {"shapes/base.py", Language::kPython,
       "class Shape:\n    pass\n\n\nclass Point(tuple):\n    pass\n"},
      {"shapes/polygon.py", Language::kPython, std::string(kPythonSample)},
      {"org/shapes/Polygon.java", Language::kJava, std::string(kJavaSample)},
      {"org/shapes/Point.java", Language::kJava, "package org.shapes;\nclass Point {}\n"},
      {"org/units/Length.java", Language::kJava,
       "package org.units;\npublic class Length {\n  int of;\n}\n"},
  });
}

std::vector<MadeRow> rows(const SourceTree& tree, const std::string& path,
                          const RowOptions& options) {
  const RowMaker maker(tree, "shapes", options);
  for (std::size_t i = 0; i < tree.files().size(); ++i) {
    if (tree.files()[i].path == path) return maker.rows_of(i);
  }
  return {};
}

const MadeRow* row_of(const std::vector<MadeRow>& rows, RowSetting setting) {
  const auto found = std::ranges::find(rows, setting, &MadeRow::setting);
  return found == rows.end() ? nullptr : &*found;
}

TEST(RowMaker, TheFirstRowIsOfTheFirstLineThatUsesAnotherFile) {
  const SourceTree tree = sample_tree();
  const auto python = rows(tree, "shapes/polygon.py", {.fewest_lines_above = 5});
  const MadeRow* const first = row_of(python, RowSetting::kCrossFileFirst);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->row.next_line, "class Polygon(Shape):");
  EXPECT_EQ(first->id, "shapes/shapes/polygon.py:12");
  EXPECT_EQ(first->row.repo_name, "shapes");
  EXPECT_EQ(first->row.file_path, "shapes/polygon.py");
  ASSERT_EQ(first->row.context.size(), 2u);
  const auto& gold = first->row.context[static_cast<std::size_t>(first->row.gold_snippet_index)];
  EXPECT_EQ(gold, (RepoBenchRow::Snippet{"Shape", "shapes/base.py", "class Shape:\n    pass"}));

  const auto java = rows(tree, "org/shapes/Polygon.java", {.fewest_lines_above = 5});
  const MadeRow* const of_java = row_of(java, RowSetting::kCrossFileFirst);
  ASSERT_NE(of_java, nullptr);
  EXPECT_EQ(of_java->row.next_line, "  private final List<Point> corners;");  // Of its own package.
}

TEST(RowMaker, ALaterRowUsesWhatALineAboveUsesAlready) {
  std::string text(kPythonSample);
  text += "triangle = Polygon([Point(0, 2)])\n";
  const SourceTree tree({{"shapes/base.py", Language::kPython, "class Point: pass\n"},
                         {"main.py", Language::kPython, text}});
  const auto made = rows(tree, "main.py", {.fewest_lines_above = 5});
  const MadeRow* const later = row_of(made, RowSetting::kCrossFileRandom);
  ASSERT_NE(later, nullptr);
  EXPECT_EQ(later->row.next_line, "triangle = Polygon([Point(0, 2)])");
  EXPECT_EQ(later->row.context[static_cast<std::size_t>(later->row.gold_snippet_index)].identifier,
            "Point");
}

TEST(RowMaker, ARowOfTheFilesOwnUsesNothingImported) {
  const SourceTree tree = sample_tree();
  const auto made =
      rows(tree, "shapes/polygon.py", {.rows_per_setting = 100, .fewest_lines_above = 1});
  std::vector<std::string> lines;
  for (const MadeRow& row : made) {
    if (row.setting != RowSetting::kInFile) continue;
    EXPECT_EQ(row.row.gold_snippet_index, -1);
    lines.push_back(row.row.next_line);
  }
  EXPECT_THAT(lines, Contains("    total = sum(lengths)"));
  EXPECT_THAT(lines, Each(Not(HasSubstr("math"))));
  EXPECT_THAT(lines, Each(Not(HasSubstr("Point"))));
  EXPECT_THAT(lines, Each(Not(HasSubstr("import"))));
}

TEST(RowMaker, ARowPartsImportsFromCode) {
  const SourceTree tree = sample_tree();
  const auto made = rows(tree, "shapes/polygon.py", {.fewest_lines_above = 5});
  const RepoBenchRow& row = made.at(0).row;
  EXPECT_EQ(row.import_statement, "import math\nfrom shapes.base import Shape, Point");
  EXPECT_TRUE(row.cropped_code.starts_with("\"\"\"Measures shapes.\"\"\"\n\nPRECISION"));
  EXPECT_TRUE(row.cropped_code.ends_with("# What has corners."));
  EXPECT_EQ(row.all_code, kPythonSample);
  EXPECT_EQ(row.level, "2k");
}

TEST(RowMaker, ADocumentIsTheFileWithoutTheAwaitedLine) {
  const SourceTree tree = sample_tree();
  for (const auto* const path : {"shapes/polygon.py", "org/shapes/Polygon.java"}) {
    for (const MadeRow& made : rows(tree, path, {.rows_per_setting = 100})) {
      std::string whole = made.document.text;
      EXPECT_EQ(whole[made.document.cursor], '\n');
      whole.insert(made.document.cursor, made.document.awaited);
      EXPECT_EQ(whole, made.row.all_code);
      EXPECT_EQ(made.document.awaited, made.row.next_line);
    }
  }
}

TEST(RowMaker, NoLineIsAwaitedThatStandsElsewhere) {
  std::string text = "import shapes\n";
  for (int i = 0; i < 20; ++i) text += "value = count + 1\n";
  text += "other = count + 2\n";
  const SourceTree tree({{"a.py", Language::kPython, text}});
  const auto made = rows(tree, "a.py", {.rows_per_setting = 100});
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].row.next_line, "other = count + 2");
}

TEST(RowMaker, TheSameSeedMakesTheSameRows) {
  const SourceTree tree = sample_tree();
  const auto ids = [&](std::uint64_t seed) {
    std::string all;
    for (const MadeRow& row : rows(tree, "shapes/polygon.py", {.seed = seed})) all += row.id + "\n";
    return all;
  };
  EXPECT_EQ(ids(1), ids(1));
  std::size_t others = 0;
  for (std::uint64_t seed = 2; seed < 10; ++seed) others += ids(seed) != ids(1) ? 1 : 0;
  EXPECT_GT(others, 0u);
}

TEST(RowMaker, AFilesRowsDoNotDependOnFilesThatItDoesNotUse) {
  const SourceTree tree = sample_tree();
  std::vector<SourceFile> files = tree.files();
  files.push_back({"a/unrelated.py", Language::kPython, "def area(): pass\n"});
  const SourceTree more(std::move(files));
  const auto before = rows(tree, "shapes/polygon.py", {});
  const auto after = rows(more, "shapes/polygon.py", {});
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].row, after[i].row);
}

TEST(RowMaker, AFileWithErrorsHasNoRows) {
  const SourceTree tree(
      {{"a.py", Language::kPython, std::string(kPythonSample) + "print 'old'\n)(\n"}});
  EXPECT_TRUE(rows(tree, "a.py", {}).empty());
}

TEST(RowMaker, ALongDefinitionIsCutAndDistractorsAreLimited) {
  std::string base;
  std::string text = "from base import *\n";
  for (int i = 0; i < 30; ++i) {
    const std::string number = std::to_string(i);
    base.append("def f").append(number).append("():\n");
    for (int line = 0; line < 200; ++line) base += "    number = 1\n";
    text.append("a").append(number).append(" = f").append(number).append("()\n");
  }
  const SourceTree tree({{"base.py", Language::kPython, base}, {"a.py", Language::kPython, text}});
  const auto made = rows(tree, "a.py", {});
  ASSERT_FALSE(made.empty());
  EXPECT_EQ(made[0].row.context.size(), 16u);
  for (const RepoBenchRow::Snippet& snippet : made[0].row.context) {
    EXPECT_LE(snippet.text.size(), 2400u);
    EXPECT_EQ(std::ranges::count(snippet.text, '\n'), 59);
  }
  EXPECT_THAT(made[0].row.gold_snippet_index, Ge(0));
}

}  // namespace
}  // namespace nextline::replay
