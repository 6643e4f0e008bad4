#include "server/replay/edit_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "server/replay/row_maker.h"
#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

constexpr auto kPython = Language::kPython;

TEST(EditMaker, ACaseHasAStableName) {
  const Document document = document_awaiting(kPython, "total = sum(lengths)");
  const auto made = make_edit(document, EditKind::kInsert, "row", "", {.seed = 2, .lines = 3});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->id, "row:insert:3 lines");
  EXPECT_EQ(made->path, document.path);
  EXPECT_EQ(made->awaited, document.awaited);
  EXPECT_EQ(made->kind, EditKind::kInsert);
}

TEST(EditMaker, TheSameSeedMakesTheSameCase) {
  const Document document = document_awaiting(kPython, "return round_off(total, PRECISION)");
  std::size_t others = 0;
  for (const EditKind kind : kEditKinds) {
    if (kind == EditKind::kCommits) continue;
    const auto one = make_edit(document, kind, "row", kPythonSample);
    const auto again = make_edit(document, kind, "row", kPythonSample);
    const auto other = make_edit(document, kind, "other row", kPythonSample);
    ASSERT_TRUE(one) << name_of(kind) << ": " << one.error().message;
    EXPECT_EQ(one->old_text, again->old_text);
    EXPECT_EQ(one->steps, again->steps);
    others += other && (other->old_text != one->old_text || other->old_cursor != one->old_cursor);
  }
  EXPECT_GT(others, 3u);
}

TEST(EditMaker, CommitsAreNotMadeUp) {
  const Document document = document_awaiting(kPython, "total = sum(lengths)");
  EXPECT_FALSE(make_edit(document, EditKind::kCommits, "row", ""));
  EXPECT_FALSE(make_edit(document, EditKind::kInsert, "row", "", {.lines = 0}));
}

TEST(EditMaker, TheLineMayBeAwaitedAtTheEndOfTheText) {
  // As in rows that have nothing behind the line.
  Document document = document_awaiting(kPython, "return round_off(total, PRECISION)");
  document.text.resize(document.cursor);
  for (const EditKind kind : {EditKind::kInsert, EditKind::kSemantic, EditKind::kKeystrokes}) {
    const auto made = make_edit(document, kind, "row", "");
    ASSERT_TRUE(made) << name_of(kind) << ": " << made.error().message;
    EXPECT_EQ(new_text(*made), document.text);
  }
}

/// The number of lines that are the awaited one.
std::size_t times_awaited(const std::string& text, std::string_view awaited) {
  const SourceLines lines(text);
  std::size_t times = 0;
  for (std::size_t i = 0; i < lines.count(); ++i) {
    times += lines.code(i) == without_blanks(awaited) ? 1 : 0;
  }
  return times;
}

std::string with_returns(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '\n') made += '\r';
    made += c;
  }
  return made;
}

class EditsOfAnyDocument : public testing::TestWithParam<Language> {};

TEST_P(EditsOfAnyDocument, LeadToTheDocumentWithoutGivingTheLineAway) {
  const std::string text(sample(GetParam()));
  const SourceLines lines(text);
  std::map<EditKind, int> made_of_kind;
  for (std::size_t line = 0; line < lines.count(); ++line) {
    if (!is_worth_awaiting(lines[line])) continue;
    // With either line end.
    for (const bool returns : {false, true}) {
      const Document document = document_at(GetParam(), returns ? with_returns(text) : text, line);
      for (const EditKind kind : kEditKinds) {
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
          const std::string_view other =
              seed % 2 == 0 ? std::string_view() : std::string_view(text);
          const auto made = make_edit(document, kind, "row", other, {.seed = seed});
          if (!made) continue;
          ++made_of_kind[kind];
          ASSERT_EQ(new_text(*made), document.text) << made->id;
          ASSERT_FALSE(made->steps.empty());
          ASSERT_EQ(made->steps.back().cursor, document.cursor) << made->id;
          ASSERT_LE(made->old_cursor, made->old_text.size()) << made->id;
          ASSERT_TRUE(made->old_cursor == 0 || made->old_text[made->old_cursor - 1] == '\n');
          ASSERT_EQ(times_awaited(made->old_text, document.awaited), 0u) << made->id;
          ASSERT_EQ(made->old_text == document.text, kind == EditKind::kJump) << made->id;
          // Each edit lies in the text that the one before left.
          std::string now = made->old_text;
          for (const EditStep& step : made->steps) {
            for (const TextEdit& edit : step.edits) {
              ASSERT_LE(edit.offset + edit.removed, now.size()) << made->id;
              now.replace(edit.offset, edit.removed, edit.inserted);
            }
            ASSERT_LE(step.cursor, now.size());
          }
        }
      }
    }
  }
  for (const EditKind kind : kEditKinds) {
    EXPECT_GE(made_of_kind[kind], kind == EditKind::kCommits ? 0 : 20) << name_of(kind);
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, EditsOfAnyDocument,
                         testing::Values(Language::kPython, Language::kJava),
                         [](const auto& language) { return std::string(name_of(language.param)); });

}  // namespace
}  // namespace nextline::replay
