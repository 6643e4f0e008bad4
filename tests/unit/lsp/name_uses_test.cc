#include "lsp/syntax/name_uses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> lines(const std::string& text, std::vector<ChangedSymbol> symbols) {
  const SyntaxTree tree(*Grammar::of_file("a.py"), text);
  std::vector<std::string> found;
  for (const StaleSpan& span : lines_naming(tree, text, std::move(symbols))) {
    EXPECT_EQ(span.reason, StaleReason::kNamesSymbol);
    found.push_back(text.substr(span.first, span.last - span.first));
  }
  return found;
}

TEST(NameUses, AreWholeIdentifiersInCodeBehindTheEdit) {
  EXPECT_THAT(
      lines("f(0)\n# edit\nf(1)\nff(2)\nprint('f')  # f\n  \nx.f = f2(f)\n", {{"f", false, 6}}),
      ElementsAre("f(1)", "x.f = f2(f)"));
}

TEST(NameUses, DefinitionsComeBeforeIncidentalNamesAndRareNamesBeforeOthers) {
  EXPECT_THAT(lines("\nv()\noften()\noften()\nrare()\n",
                    {{"v", true, 0}, {"often", false, 0}, {"rare", false, 0}}),
              ElementsAre("rare()", "often()", "often()", "v()"));
}

TEST(NameUses, ALineIsNamedOnce) {
  EXPECT_THAT(lines("\nf(f, g)\n", {{"f", false, 0}, {"g", false, 0}}), ElementsAre("f(f, g)"));
}

TEST(NameUses, ANameThatIsEverywhereSaysNothing) {
  std::string text = "\n";
  for (std::size_t i = 0; i < kMostUses; ++i) text += "f()\n";
  EXPECT_EQ(lines(text, {{"f", false, 0}}).size(), kMostUses);
  EXPECT_THAT(lines(text + "f()\n", {{"f", false, 0}}), IsEmpty());
}

TEST(NameUses, ALineEndsBeforeItsLineEnd) {
  EXPECT_THAT(lines("a\r\nf()\r\n", {{"f", false, 0}}), ElementsAre("f()"));
}

}  // namespace
}  // namespace nextline::lsp
