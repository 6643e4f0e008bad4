#include "server/replay/semantic_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr std::string_view kOtherPython =
    "import os\nfrom tools.paths import join\nrow_count = 1\nmost = Most('all')\nDEPTH = 2\n"
    "def take_all(first): pass\n";
constexpr std::string_view kOtherJava =
    "import java.io.File;\nclass Row { File file = new File(1); int most; void takeAll() {} }\n";

/// The lines of the old text that the edits concern, of all cases that some seeds make, by variant.
std::map<std::string, std::vector<std::string>> old_lines(const Document& document) {
  const DocumentCode code(document);
  const OtherCode other(document.language,
                        document.language == Language::kPython ? kOtherPython : kOtherJava);
  std::map<std::string, std::vector<std::string>> found;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const auto made = edit_definition(code, other, random);
    if (!made) continue;
    EXPECT_EQ(new_text(*made), document.text);
    const SourceLines lines(made->old_text);
    for (const TextEdit& edit : made->steps.at(0).edits) {
      found[made->variant].emplace_back(lines[lines.of(edit.offset)]);
    }
  }
  return found;
}

TEST(SemanticEdit, DefinesRenamesOrChangesAFunctionThatIsCalled) {
  auto lines =
      old_lines(document_awaiting(Language::kPython, "return round_off(total, PRECISION)"));
  EXPECT_THAT(lines["define"], Contains(""));  // Between the definition's neighbours.
  EXPECT_THAT(lines["rename"], Contains("def take_all(number, digits):"));
  EXPECT_THAT(lines["change"], IsSupersetOf({"def round_off(number):", "def round_off(digits):"}));
}

TEST(SemanticEdit, ConcernsVariablesToo) {
  auto lines = old_lines(document_awaiting(Language::kPython, "if limits.exceeded(total):"));
  EXPECT_THAT(lines["rename"], Contains("most = Limits(2)"));
  EXPECT_THAT(lines["change"], Contains("limits = Most('all')"));
}

TEST(SemanticEdit, AClassThatIsCalledHasTheParametersOfItsConstructor) {
  auto lines = old_lines(
      document_awaiting(Language::kPython, "square = Polygon([Point(0, 0), Point(0, 1)], 'blue')"));
  EXPECT_THAT(lines["change"], Contains("    def __init__(self, corners):"));
  // What is imported would be known from elsewhere.
  EXPECT_THAT(lines["rename"], Each(Not(HasSubstr("import"))));
}

TEST(SemanticEdit, ConcernsWhatIsImportedWhereNothingElseIsUsed) {
  std::string text = "from shapes.base import Point\n";
  for (int i = 0; i < 9; ++i) text += "value = 1\n";
  text += "corner = Point(1, 2)\n";
  auto lines = old_lines(document_at(Language::kPython, text, 10));
  EXPECT_THAT(lines["define"], Contains("value = 1"));
  EXPECT_THAT(lines["rename"], AllOf(Not(IsEmpty()), Each(Not(HasSubstr("Point")))));
  EXPECT_THAT(lines["change"], Contains("from tools.paths import Point"));
}

TEST(SemanticEdit, ConcernsMembersAndParametersOfJava) {
  auto lines = old_lines(document_awaiting(Language::kJava, "return tolerance.exceeds(gap);"));
  EXPECT_THAT(lines["define"], Contains(""));
  EXPECT_THAT(lines["rename"], Contains("  private Length file = Length.of(3);"));
  EXPECT_THAT(lines["change"], Contains("  private File tolerance = new File(1);"));
  lines = old_lines(document_awaiting(Language::kJava, "return scale(whole, 2);"));
  EXPECT_THAT(lines["rename"], Contains("  double takeAll(double size, int factor) {"));
  EXPECT_THAT(lines["change"],
              IsSupersetOf({"  double scale(double size) {", "  double scale(int factor) {"}));
}

TEST(SemanticEdit, ARenameTakesUsesAlongInHalfOfTheCases) {
  std::string text = "def round_off(number):\n    return number\n\nfirst = round_off(1)\n";
  for (int i = 0; i < 9; ++i) text += "value" + std::to_string(i) + " = 1\n";
  text += "second = round_off(2)\n";
  const Document document = document_at(Language::kPython, text, 13);
  ASSERT_EQ(document.awaited, "second = round_off(2)");
  const DocumentCode code(document);
  const OtherCode other(Language::kPython, kOtherPython);
  std::size_t alone = 0;
  std::size_t together = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    const auto made = edit_definition(code, other, random);
    ASSERT_TRUE(made);
    if (made->variant != "rename") continue;
    const bool has_use = made->old_text.find("first = round_off(1)") != std::string::npos;
    ++(has_use ? alone : together);
    EXPECT_EQ(made->steps[0].edits.size(), has_use ? 1u : 2u);
  }
  EXPECT_GT(alone, 5u);
  EXPECT_GT(together, 5u);
}

TEST(SemanticEdit, IsFarFromTheAwaitedLineAndNothingNearerNamesIt) {
  const std::string near = "def round_off(number):\n    return number\n\nsecond = round_off(2)\n";
  EXPECT_THAT(old_lines(document_at(Language::kPython, near, 3)), IsEmpty());
  std::string named = "def round_off(number):\n    return number\n";
  for (int i = 0; i < 9; ++i) named += "value" + std::to_string(i) + " = 1\n";
  named += "first = round_off(2)\nsecond = round_off(3)\n";
  EXPECT_THAT(old_lines(document_at(Language::kPython, named, 12)), IsEmpty());
}

TEST(SemanticEdit, NeedsSomethingThatTheLineUses) {
  const Document document = document_awaiting(Language::kPython, "PRECISION = 3");
  const DocumentCode code(document);
  const OtherCode other(Language::kPython, kOtherPython);
  Random random(1);
  const auto made = edit_definition(code, other, random);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("uses nothing"));
}

}  // namespace
}  // namespace nextline::replay
