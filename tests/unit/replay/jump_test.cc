#include "server/replay/jump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

Document document_of(std::size_t lines, std::size_t awaited) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "x\n";
  return document_at(Language::kPython, text, awaited);
}

std::set<std::string> variants(const Document& document, std::optional<std::size_t> lines = {}) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    const auto made = jump(document, lines, random);
    if (!made) continue;
    found.insert(made->variant);
    EXPECT_EQ(made->old_text, document.text);
    EXPECT_EQ(made->steps.size(), 1u);
    EXPECT_TRUE(made->steps[0].edits.empty());
    EXPECT_EQ(made->steps[0].cursor, document.cursor);
    EXPECT_TRUE(made->old_cursor == 0 || document.text[made->old_cursor - 1] == '\n');
  }
  return found;
}

TEST(Jump, ComesFromTenOrTwoHundredLinesAway) {
  EXPECT_EQ(
      variants(document_of(600, 300)),
      (std::set<std::string>{"10 lines up", "200 lines up", "10 lines down", "200 lines down"}));
}

TEST(Jump, ComesFromAsFarAsThereAreLines) {
  EXPECT_EQ(
      variants(document_of(80, 50)),
      (std::set<std::string>{"10 lines up", "50 lines up", "10 lines down", "29 lines down"}));
  EXPECT_EQ(variants(document_of(30, 25)), (std::set<std::string>{"10 lines up", "25 lines up"}));
  EXPECT_EQ(variants(document_of(12, 5)), (std::set<std::string>{}));
}

TEST(Jump, ComesFromWhereItIsAsked) {
  const Document document = document_of(100, 50);
  EXPECT_EQ(variants(document, 3), (std::set<std::string>{"3 lines up", "3 lines down"}));
  Random random(1);
  const auto made = jump(document, 3, random);
  ASSERT_TRUE(made);
  const std::size_t distance = made->old_cursor > document.cursor
                                   ? made->old_cursor - document.cursor + 1  // The awaited "x".
                                   : document.cursor - made->old_cursor;
  EXPECT_EQ(distance, 6u);
}

}  // namespace
}  // namespace nextline::replay
