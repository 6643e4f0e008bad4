#include "engine/session/replacement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/random.h"

namespace nextline {
namespace {

using testing::ElementsAre;

TEST(Replacements, OneEditIsOneReplacement) {
  Replacements replacements;
  replacements.add(3, 2, 5);
  EXPECT_THAT(replacements.list(), ElementsAre(Replacement{3, 5, 3, 8}));
}

TEST(Replacements, EditsFarApartStayApartAndAscend) {
  Replacements replacements;
  replacements.add(10, 1, 3);
  replacements.add(2, 0, 4);
  EXPECT_THAT(replacements.list(),
              ElementsAre(Replacement{2, 2, 2, 6}, Replacement{10, 11, 14, 17}));
}

TEST(Replacements, WhatIsTypedInOneGoIsOneReplacement) {
  Replacements replacements;
  for (std::size_t i = 0; i < 5; ++i) replacements.add(7 + i, 0, 1);
  replacements.add(11, 1, 0);
  EXPECT_THAT(replacements.list(), ElementsAre(Replacement{7, 7, 7, 11}));
}

/// The twin applies the edits to a text whose bytes are all different, and looks which are left.
TEST(Replacements, RandomEditsLeadFromTheOldTextToTheNew) {
  test::Random random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string old_text;
    for (std::size_t i = random.below(40); i > 0; --i)
      old_text += static_cast<char>('a' + random.below(26));
    std::string text = old_text;
    Replacements replacements;
    for (std::size_t edits = random.below(8); edits > 0; --edits) {
      const std::size_t offset = random.below(text.size() + 1);
      const std::size_t removed = random.below(text.size() - offset + 1);
      const std::string inserted(random.below(4), static_cast<char>('A' + random.below(26)));
      text.replace(offset, removed, inserted);
      replacements.add(offset, removed, inserted.size());
    }
    std::string rebuilt;
    std::size_t old_done = 0;
    std::size_t last = 0;
    for (const Replacement& r : replacements.list()) {
      ASSERT_TRUE(&r == replacements.list().data() || r.new_first > last);
      rebuilt += old_text.substr(old_done, r.old_first - old_done);
      ASSERT_EQ(rebuilt.size(), r.new_first);
      rebuilt += text.substr(r.new_first, r.new_last - r.new_first);
      old_done = r.old_last;
      last = r.new_last;
    }
    rebuilt += old_text.substr(old_done);
    ASSERT_EQ(rebuilt, text);
  }
}

}  // namespace
}  // namespace nextline
