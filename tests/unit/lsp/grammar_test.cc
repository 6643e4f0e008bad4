#include "lsp/syntax/grammar.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lsp/workspace/file_language.h"
#include "tests/unit/lsp/every_language.h"

namespace nextline::lsp {
namespace {

TEST(Grammar, IsThatOfTheFileNamesEnd) {
  const Grammar* const cpp = Grammar::of_file("/src/main.cc");
  EXPECT_NE(cpp, nullptr);
  EXPECT_EQ(Grammar::of_file("include/vector.hpp"), cpp);
  EXPECT_EQ(Grammar::of_file("file:///a/b.h"), cpp);
  EXPECT_NE(Grammar::of_file("Main.java"), nullptr);
  EXPECT_NE(Grammar::of_file("Main.java"), cpp);
  EXPECT_EQ(Grammar::of_file("a.py"), Grammar::of_file("b.pyi"));
}

TEST(Grammar, IsOneForEachLanguage) {
  std::set<const Grammar*> grammars;
  for (const auto* const path : kEveryLanguage) grammars.insert(Grammar::of_file(path));
  EXPECT_EQ(grammars.size(), kEveryLanguage.size());
  EXPECT_FALSE(grammars.contains(nullptr));
}

// A header counts as C++'s for both.
TEST(Grammar, FilesOfOneGrammarHaveOneLanguage) {
  const std::map<std::string, std::vector<std::string>> endings = {
      {"python", {"py", "pyi", "pyw"}},
      {"java", {"java"}},
      {"c", {"c"}},
      {"cpp", {"cc", "cpp", "cxx", "c++", "h", "hh", "hpp", "hxx", "h++", "inl", "ipp", "tpp"}},
      {"javascript", {"js", "mjs", "cjs"}},
      {"typescript", {"ts", "mts", "cts"}},
      {"typescriptreact", {"tsx"}},
      {"go", {"go"}},
      {"rust", {"rs"}},
      {"lua", {"lua"}},
      {"shellscript", {"sh", "bash"}},
  };
  EXPECT_EQ(endings.size(), kEveryLanguage.size());
  for (const auto& [language, of_language] : endings) {
    for (const std::string& ending : of_language) {
      const std::string path = "a." + ending;
      EXPECT_EQ(language_of(path), language) << path;
      EXPECT_NE(Grammar::of_file(path), nullptr) << path;
      EXPECT_EQ(Grammar::of_file(path), Grammar::of_file("a." + of_language.front())) << path;
    }
  }
}

TEST(Grammar, IsNoneForOtherFiles) {
  for (const auto* const path : {"", ".", "py", "notes.txt", "a.py/README", "a.py.orig", "a.Py"}) {
    EXPECT_EQ(Grammar::of_file(path), nullptr) << path;
  }
}

TEST(Grammar, EachQueryFindsDefinitionsByTheirNames) {
  for (const auto* const path : kEveryLanguage) {
    const Grammar& grammar = *Grammar::of_file(path);
    ASSERT_NE(grammar.query(), nullptr) << path;
    bool names = false;
    bool functions = false;
    for (std::uint32_t i = 0; i < ts_query_capture_count(grammar.query()); ++i) {
      const Capture& capture = grammar.capture(i);
      names |= capture.role == CaptureRole::kName;
      functions |= capture.role == CaptureRole::kDefinition &&
                   (capture.kind == "function" || capture.kind == "method");
    }
    EXPECT_TRUE(names && functions) << path;
  }
}

// Conditions on a match are left to the caller by tree-sitter; nothing here looks at them.
TEST(Grammar, NoQueryHasConditionsOnItsMatches) {
  for (const auto* const path : kEveryLanguage) {
    const TSQuery* const query = Grammar::of_file(path)->query();
    for (std::uint32_t i = 0; i < ts_query_pattern_count(query); ++i) {
      std::uint32_t steps = 0;
      (void)ts_query_predicates_for_pattern(query, i, &steps);
      EXPECT_EQ(steps, 0u) << path << ", pattern " << i;
    }
  }
}

}  // namespace
}  // namespace nextline::lsp
