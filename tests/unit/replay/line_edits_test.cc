#include "server/replay/line_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

constexpr auto kPython = Language::kPython;
constexpr std::string_view kOther = "one = 1\ntwo = one + 1\nthree = two + 1\nfour = two + two\n";

/// The edits of a kind that seeds 0 to 49 make of the Python sample.
std::vector<EditCase> edits(EditKind kind, std::optional<std::size_t> lines) {
  static const Document document = document_awaiting(kPython, "return round_off(total, PRECISION)");
  static const DocumentCode code(document);
  static const OtherCode other(kPython, kOther);
  std::vector<EditCase> found;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    auto made = edit_lines(code, kind, other, lines, random);
    if (made) found.push_back(std::move(*made));
  }
  return found;
}

std::size_t line_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST(LineEdits, AnInsertionBringsAsManyLinesAsAsked) {
  for (const EditCase& made : edits(EditKind::kInsert, 4)) {
    ASSERT_EQ(made.steps.size(), 1u);
    ASSERT_EQ(made.steps[0].edits.size(), 1u);
    const TextEdit& edit = made.steps[0].edits[0];
    EXPECT_EQ(edit.removed, 0u);
    EXPECT_EQ(line_count(edit.inserted), 4u);
    EXPECT_EQ(made.old_cursor + edit.inserted.size(), made.steps[0].cursor);
    EXPECT_EQ(made.variant, "4 lines");
  }
}

TEST(LineEdits, ADeletionTakesLinesOfOtherCodeAway) {
  for (const EditCase& made : edits(EditKind::kDelete, 2)) {
    const TextEdit& edit = made.steps.at(0).edits.at(0);
    EXPECT_EQ(edit.inserted, "");
    const std::string gone = made.old_text.substr(edit.offset, edit.removed);
    EXPECT_EQ(line_count(gone), 2u);
    EXPECT_NE(kOther.find(SourceLines(gone).code(0)), std::string_view::npos) << gone;
  }
}

TEST(LineEdits, AReplacementDoesBoth) {
  for (const EditCase& made : edits(EditKind::kReplace, 3)) {
    const TextEdit& edit = made.steps.at(0).edits.at(0);
    EXPECT_EQ(line_count(edit.inserted), 3u);
    EXPECT_EQ(line_count(made.old_text.substr(edit.offset, edit.removed)), 3u);
  }
}

TEST(LineEdits, SizesAndDistancesVary) {
  std::set<std::string> sizes;
  std::set<std::size_t> places;
  for (const EditCase& made : edits(EditKind::kInsert, std::nullopt)) {
    sizes.insert(made.variant);
    places.insert(made.steps[0].edits[0].offset);
  }
  EXPECT_GT(sizes.size(), 4u);
  EXPECT_LE(sizes.size(), 8u);
  EXPECT_GT(places.size(), 10u);
}

TEST(LineEdits, AnEditOfSeveralPlacesHasThreeOrMoreApart) {
  const auto all = edits(EditKind::kMulti, std::nullopt);
  EXPECT_GT(all.size(), 25u);
  for (const EditCase& made : all) {
    ASSERT_EQ(made.steps.size(), 1u);
    const auto& places = made.steps[0].edits;
    EXPECT_GE(places.size(), 3u);
    for (std::size_t i = 1; i < places.size(); ++i) {
      EXPECT_GT(places[i].offset, places[i - 1].offset + places[i - 1].inserted.size());
    }
  }
}

TEST(LineEdits, ABodyOfADocumentIsInsertedAsAWhole) {
  // Nothing else of two lines is whole above the awaited one.
  const Document document =
      document_at(kPython, "x = [\n  1]\nwhile y: z(\n  1\n  )\nline = 1 + 2\n", 5);
  const DocumentCode code(document);
  const OtherCode other(kPython, kOther);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    const auto made = edit_lines(code, EditKind::kInsert, other, 2, random);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->steps[0].edits[0].inserted, "x = [\n  1]\n");
  }
}

TEST(LineEdits, SayWhatIsMissing) {
  const Document document = document_at(kPython, "x = 1\nline = 1 + 2\n", 1);
  const DocumentCode code(document);
  const OtherCode other(kPython, kOther);
  Random random(1);
  const auto made = edit_lines(code, EditKind::kInsert, other, 8, random);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message,
            "There is no place above the awaited line for an edit of 8 lines.");
  EXPECT_FALSE(edit_lines(code, EditKind::kMulti, other, std::nullopt, random));
}

}  // namespace
}  // namespace nextline::replay
