#include "lsp/feedback/kept.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using nextline::test::Random;

/// What is kept of a text where a document has what stands between the marks in its place now.
Kept kept(const std::string& accepted, std::string document) {
  const std::size_t first = document.find('[');
  document.erase(first, 1);
  const std::size_t last = document.find(']', first);
  document.erase(last, 1);
  return what_is_kept(accepted, document, first, last);
}

TEST(Kept, WholeIfAllOfItIsThere) {
  EXPECT_EQ(kept("return x", "def f(): [return x]\n"), Kept::kWhole);
  EXPECT_EQ(kept("return x", "def f(): [# so\n return x]\n"), Kept::kWhole);
}

TEST(Kept, WholeIfItWasTakenBackAndTypedAgain) {
  EXPECT_EQ(kept("return x", "def f(): []return x\n"), Kept::kWhole);
  EXPECT_EQ(kept("return x", "def f(): [return ]x\n"), Kept::kWhole);
}

TEST(Kept, PartlyIfHalfOfItsCharactersAreThereInOrder) {
  EXPECT_EQ(kept("abcdef", "[abcxyz]"), Kept::kPartly);
  EXPECT_EQ(kept("abcdef", "[abxxxx]"), Kept::kGone);
  EXPECT_EQ(kept("abcdef", "[fedcba]"), Kept::kGone);
  EXPECT_EQ(kept("a😀b", "[a😁b]"), Kept::kPartly);
  EXPECT_EQ(kept("ä😀", "[x😀]"), Kept::kPartly);
}

TEST(Kept, BlanksAreNotCounted) {
  EXPECT_EQ(kept("if x:\n    y()", "[if x:\n\t\ty()]"), Kept::kPartly);
  EXPECT_EQ(kept("        ab", "[        cd]"), Kept::kGone);
}

TEST(Kept, GoneIfNothingOrSomethingElseIsInItsPlace) {
  EXPECT_EQ(kept("return x", "def f(): []\n"), Kept::kGone);
  EXPECT_EQ(kept("return x", "[pass]"), Kept::kGone);
}

TEST(Kept, AmidMuchElseOnlyWholeLinesCount) {
  const std::string accepted = "first(line)\nsecond(line)\n";
  const std::string much = "the five boxing wizards jump quickly and find a line of letters\n";
  EXPECT_EQ(kept(accepted, "[" + much + "  first(line)\n" + much + "]"), Kept::kGone);
  EXPECT_EQ(kept(accepted, "[" + much + "  first(line)\n" + much + "\tsecond(line)\n]"),
            Kept::kPartly);
  EXPECT_EQ(kept(accepted, "[" + much + much + "]"), Kept::kGone);
}

TEST(Kept, IsFoundOutSoonWhateverTheTexts) {
  const std::string as(1 << 20, 'a');
  EXPECT_EQ(what_is_kept(as.substr(1 << 18) + "b", as, 0, as.size()), Kept::kGone);
  EXPECT_EQ(what_is_kept(std::string(1 << 16, 'a') + "b", as, 0, as.size()), Kept::kGone);
  EXPECT_EQ(what_is_kept(std::string(1 << 16, '\n') + "\xff\x80", as, 5, 5), Kept::kGone);
}

/// The longest common subsequence, by trying all.
std::size_t naive_common(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return 0;
  const std::string shorter_a = a.substr(1);
  const std::string shorter_b = b.substr(1);
  if (a[0] == b[0]) return 1 + naive_common(shorter_a, shorter_b);
  return std::max(naive_common(shorter_a, b), naive_common(a, shorter_b));
}

TEST(Kept, HalfIsHalfOfTheLongestCommonSubsequence) {
  Random random(3);
  const auto text = [&](std::size_t size) {
    std::string letters;
    while (letters.size() < size) letters += static_cast<char>('a' + random.below(4));
    return letters;
  };
  std::size_t partly = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string accepted = text(4 + random.below(4));
    const std::string present = text(random.below(8));
    const Kept found = what_is_kept(accepted, present + "|", 0, present.size());
    if (present.find(accepted) != std::string::npos) {
      EXPECT_EQ(found, Kept::kWhole);
    } else {
      const bool has_half = 2 * naive_common(accepted, present) >= accepted.size();
      EXPECT_EQ(found, has_half ? Kept::kPartly : Kept::kGone) << accepted << ' ' << present;
      partly += has_half ? 1 : 0;
    }
  }
  EXPECT_GT(partly, 30U);
  EXPECT_LT(partly, 270U);
}

TEST(SpeltAtBeginning, BlanksDoNotMatter) {
  EXPECT_EQ(spelt_at_beginning("if x:\n\t\ty()\nz", "if x:\n    y()"), 11U);
  EXPECT_EQ(spelt_at_beginning("if x:\r\n    y()", "if x:\n    y()"), 14U);
  EXPECT_EQ(spelt_at_beginning("if x: z()", "if x: y()"), std::nullopt);
  EXPECT_EQ(spelt_at_beginning("if x", "if x:"), std::nullopt);
  EXPECT_EQ(spelt_at_beginning("anything", ""), 0U);
}

TEST(CountCharacters, CountsCodePoints) {
  EXPECT_EQ(count_characters("aä😀"), 3U);
  EXPECT_EQ(count_characters(""), 0U);
}

}  // namespace
}  // namespace nextline::lsp
