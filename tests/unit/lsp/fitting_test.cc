#include "lsp/completion/fitting.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "engine/tokenizer/utf8.h"
#include "tests/support/random.h"
#include "tests/support/situations.h"

namespace nextline::lsp {
namespace {

FittingOptions options_for(std::string_view language) { return {lexis_of(language)}; }

/// The document behind accepting what was fitted, or why there is nothing to accept; spelled.
std::string outcome(const test::Situation& situation) {
  const Fitted fitted = fit(situation.before, situation.behind, situation.completion,
                            options_for(situation.language));
  if (!fitted) return "nothing: " + std::string(to_string(fitted.error()));
  return test::spelled_as_situation(situation.before + fitted->text,
                                    situation.behind.substr(fitted->replaced_behind));
}

std::string expected(const test::Situation& situation) {
  if (!situation.nothing.empty()) return "nothing: " + situation.nothing;
  return test::spelled_as_situation(situation.result_before, situation.result_behind);
}

TEST(Fitting, GivesWhatIsWantedInEverySituation) {
  const auto situations = test::read_situations(NEXTLINE_SITUATIONS);
  ASSERT_GE(situations.size(), 130U);
  std::set<std::string> names;
  for (const test::Situation& situation : situations) {
    EXPECT_TRUE(names.insert(situation.name + situation.language).second) << situation.place;
    EXPECT_EQ(outcome(situation), expected(situation)) << situation.place << ": " << situation.name;
  }
}

TEST(Fitting, CutsBytesThatAreNoText) {
  const FittingOptions options = options_for("python");
  EXPECT_EQ(fit("x = ", "", "1\xC3", options), (FittedText{"1", 0}));
  EXPECT_EQ(fit("x = ", "", std::string_view("1\0 2", 4), options), (FittedText{"1", 0}));
  EXPECT_EQ(fit("x = ", "",
                "\xFF"
                "1",
                options),
            tl::unexpected(Unfit::kUnwanted));
  EXPECT_EQ(fit("x = ", "", "1\xC2\x85 2", options), (FittedText{"1", 0}));
}

TEST(Fitting, TakesDocumentsOfAnyBytes) {
  const FittingOptions options = options_for("cpp");
  EXPECT_EQ(fit("\xED\xA0\xBD(\xFF", ")\xFF\xED\xB2\xA9", "x)", options), (FittedText{"x)", 1}));
}

TEST(Fitting, LongLinesAreLikeShortOnes) {
  const std::string megabyte(1 << 20, 'x');
  const FittingOptions options = options_for("python");
  EXPECT_EQ(fit(megabyte + "(", ")" + megabyte, "a)", options), (FittedText{"a)", 1}));
  EXPECT_EQ(fit("f(", ")\n" + megabyte, "a)", options), (FittedText{"a)", 1}));
}

TEST(Fitting, WorkIsBoundedHoweverLongTheCompletionIs) {
  const FittingOptions options = options_for("cpp");
  std::string lines;
  for (int i = 0; lines.size() < 1 << 20; ++i) lines += "call(" + std::to_string(i) + ");\n";
  const Fitted fitted = fit("", "", lines, options);
  ASSERT_TRUE(fitted);
  EXPECT_LE(fitted->text.size(), kLongestCompletion);
  EXPECT_TRUE(fitted->text.ends_with(");"));
  for (const std::string piece : {"(", ")", "\"", "({[", "}", " ", "\n", "a\n", "`", "/*", "<|"}) {
    std::string text;
    while (text.size() < 1 << 20) text += piece;
    fit(text, text, text, options);  // Ends, and crashes under no sanitizer.
  }
}

/// Texts of pieces that rules look for, and of random bytes.
class AnyText {
 public:
  explicit AnyText(std::uint64_t seed) : random_(seed) {}

  std::string text(bool is_utf8) {
    static constexpr std::array<std::string_view, 41> kPieces = {
        "(",       ")",   "[",  "]",      "{",       "}",         "\"",      "'",   "`",
        "\"\"\"",  "\n",  "\n", "\r\n",   " ",       "    ",      "\t",      "x",   "foo",
        "é",       "😀",   ":",  ";",      ",",       "//",        "#",       "/*",  "*/",
        "\\",      "end", "if", "return", "x = 1\n", "    y()\n", "\ty()\n", "}\n", "=======\n",
        "<|end|>", "\r",  "--", "r#\"",   "R\"("};
    std::string text;
    for (auto count = random_.below(12); count > 0; --count) {
      if (is_utf8 || random_.below(4) > 0) {
        text += kPieces[random_.below(kPieces.size())];
      } else {
        text += static_cast<char>(random_.below(256));
      }
    }
    return text;
  }

  std::string_view language() {
    static constexpr std::array<std::string_view, 8> kLanguages = {
        "python", "cpp", "typescriptreact", "go", "rust", "lua", "shellscript", "markdown"};
    return kLanguages[random_.below(kLanguages.size())];
  }

  bool is_utf8() { return random_.below(2) == 0; }

 private:
  test::Random random_;
};

bool is_utf8(std::string_view text) { return well_formed_utf8_prefix(text) == text.size(); }

TEST(Fitting, OfAnyTextIsTextAndReplacesWholeCharactersOfTheLine) {
  AnyText any(1);
  for (int i = 0; i < 100000; ++i) {
    const bool utf8 = any.is_utf8();
    const std::string before = any.text(utf8);
    const std::string behind = any.text(utf8);
    const std::string completion = any.text(utf8);
    const Fitted fitted = fit(before, behind, completion, options_for(any.language()));
    if (!fitted) continue;
    const std::string_view replaced = std::string_view(behind).substr(0, fitted->replaced_behind);
    ASSERT_LE(fitted->replaced_behind, behind.size());
    ASSERT_EQ(replaced.find_first_of("\r\n"), std::string::npos) << behind;
    ASSERT_TRUE(is_utf8(fitted->text)) << completion;
    ASSERT_FALSE(fitted->text.empty());
    ASSERT_TRUE(!utf8 || is_utf8(behind.substr(fitted->replaced_behind))) << behind;
  }
}

TEST(Fitting, WhatHasBeenFittedFits) {
  AnyText any(2);
  int fitted_count = 0;
  for (int i = 0; i < 100000; ++i) {
    const std::string before = any.text(true);
    const std::string behind = any.text(true);
    const std::string completion = any.text(true);
    const FittingOptions options = options_for(any.language());
    const Fitted fitted = fit(before, behind, completion, options);
    if (!fitted || fitted->replaced_behind > 0) continue;
    ++fitted_count;
    const Fitted again = fit(before, behind, fitted->text, options);
    ASSERT_EQ(again ? again->text : to_string(again.error()), fitted->text)
        << test::spelled_as_situation(before, behind) << "\n--- " << completion;
  }
  EXPECT_GT(fitted_count, 10000);
}

TEST(Fitting, BlanksInAStringTellNothingOfLevels) {
  // The text behind has levels of three columns, the string begins its line with two more than the
  // cursor's; what stands behind the string on a line of its own has one level.
  const FittingOptions options = options_for("typescriptreact");
  const std::string completion = " `:\n   x`\n   y";
  EXPECT_EQ(fit("", "{\n   :", completion, options), (FittedText{completion, 0}));
}

TEST(Fitting, NextLinesAreCutHoweverOftenTheyAreSaid) {
  const FittingOptions options = options_for("html");
  std::string closers;
  for (int count = 1; count <= 40; ++count) {
    closers += "\n}";
    EXPECT_EQ(fit("", "\n}\ntext", "call();" + closers, options), (FittedText{"call();", 0}));
    EXPECT_EQ(fit("", "\n}\ntext", "call();" + closers + "\nte", options),
              (FittedText{"call();", 0}));
  }
}

TEST(Situations, SayWhereTheyAreNotUnderstood) {
  EXPECT_THROW(test::parse_situations("=== a\nlanguage: c\n--- text\nno cursor\n", "file"),
               std::runtime_error);
  EXPECT_THROW(test::parse_situations("=== a\n--- text\n‸\n", "file"), std::runtime_error);
  const auto read = test::parse_situations(
      "=== a name\nlanguage: c\n--- text\nx‸⇥␍¶\n--- completion\ny␠\n--- result\nxy‸\n\n", "file");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].behind, "\t\r\n");
  EXPECT_EQ(read[0].completion, "y ");
}

}  // namespace
}  // namespace nextline::lsp
