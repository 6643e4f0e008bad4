#include "lsp/syntax/name_uses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> lines(const std::string& text, std::vector<ChangedSymbol> symbols,
                               const std::string& path = "a.py") {
  const SyntaxTree tree(*Grammar::of_file(path), text);
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

TEST(NameUses, AreNamesOfEachLanguage) {
  const std::vector<std::array<const char*, 3>> table = {
      {"a.java", "\n// f\nclass A { int a =\nf(1);\nString b = \"f\";\n}\n", "f(1);"},
      {"a.c", "\n/* f */\nint a =\nf(1);\nchar *b = \"f\";\n", "f(1);"},
      {"a.cc", "\n// f\nint a =\nf(1);\nauto b = \"f\";\n", "f(1);"},
      {"a.js", "\n// f\nlet a = 'f';\nlet b = `\n f\n${\nf\n}`;\n", "f"},
      {"a.js", "\nlet {\n  f } = a;\n", "  f } = a;"},
      {"a.js", "\na = {\n  f };\n", "  f };"},
      {"a.ts", "\n// f\nlet a: string = 'f';\nlet b:\nf;\n", "f;"},
      {"a.tsx", "\nlet a = <p>\n f \n{\nf\n}</p>;\n", "f"},
      {"a.go", "\n// f\nvar a = `\nf\n`\nvar b = f(1)\n", "var b = f(1)"},
      {"a.rs", "\n/// f\nconst A: &str = \"f\";\nconst B: u8 =\nf(1);\n", "f(1);"},
      {"a.lua", "\n--[[\nf\n]]\nlocal a = 'f'\nlocal b = f(1)\n", "local b = f(1)"},
      {"a.sh", "\n# f\necho 'f'\nf 1\n", "f 1"},
      {"a.sh", "\n# f\necho \"$f\"\n", "echo \"$f\""},
  };
  for (const auto& [path, text, line] : table) {
    EXPECT_THAT(lines(text, {{"f", false, 0}}, path), ElementsAre(line)) << path << text;
  }
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
