#include "lsp/completion/suggestion_memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "lsp/completion/place_fitting.h"
#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

/// A text with a cursor at "|", and what is suggested there.
class SuggestionMemoryTest : public testing::Test {
 protected:
  struct Marked {
    SharedText text;
    std::size_t cursor;
  };
  static Marked marked(std::string text) {
    const std::size_t cursor = text.find('|');
    text.erase(cursor, 1);
    return {std::make_shared<const std::string>(std::move(text)), cursor};
  }

  void suggest(const std::string& text, const std::string& said, std::size_t replaced = 0,
               bool is_automatic = true) {
    const Marked place = marked(text);
    memory_.remember(place.text, {.offset = place.cursor, .is_automatic = is_automatic},
                     {.text = said, .replaced_behind = replaced});
  }

  std::optional<SuggestionMemory::Recalled> recall(const SharedText& text, const Place& place) {
    return memory_.recall(
        text, place, [&](std::string_view rest) { return fit_at("/p/a.cc", *text, place, rest); });
  }
  /// What is recalled, and behind a "/" how many bytes it replaces.
  std::string recalled(const std::string& text, bool is_automatic = true) {
    const Marked place = marked(text);
    const auto made = recall(place.text, {.offset = place.cursor, .is_automatic = is_automatic});
    if (!made) return "nothing";
    const Suggestion& suggestion = made->suggestion;
    return suggestion.text + "/" + std::to_string(suggestion.replaced_behind);
  }

  SuggestionMemory memory_;
};

TEST_F(SuggestionMemoryTest, WhoTypesAlongIsToldTheRest) {
  suggest("x = |\ny = 2;\n", "foo(a, b);");
  EXPECT_EQ(recalled("x = |\ny = 2;\n"), "foo(a, b);/0");
  EXPECT_EQ(recalled("x = foo|\ny = 2;\n"), "(a, b);/0");
  EXPECT_EQ(recalled("x = foo(a, b)|\ny = 2;\n"), ";/0");
}

TEST_F(SuggestionMemoryTest, WhatIsTakenBackIsSaidAgain) {
  suggest("x = |\n", "foo(a);");
  EXPECT_EQ(recalled("x = fo|\n"), "o(a);/0");
  EXPECT_EQ(recalled("x = f|\n"), "oo(a);/0");
  EXPECT_EQ(recalled("x = |\n"), "foo(a);/0");
}

TEST_F(SuggestionMemoryTest, OnceItIsAllTypedThereIsNothingLeft) {
  suggest("x = |\n", "foo(a);");
  EXPECT_EQ(recalled("x = foo(a);|\n"), "nothing");
  EXPECT_EQ(recalled("x = foo(a)|\n"), ";/0") << "it is remembered all the same";
}

TEST_F(SuggestionMemoryTest, TypingAgainstItForgetsIt) {
  suggest("x = |\n", "foo(a);");
  EXPECT_EQ(recalled("x = g|\n"), "nothing");
  EXPECT_EQ(recalled("x = f|\n"), "nothing");
}

TEST_F(SuggestionMemoryTest, AChangeElsewhereForgetsIt) {
  suggest("x = |\ny = 2;\n", "foo(a);");
  EXPECT_EQ(recalled("x = f|\ny = 3;\n"), "nothing");
  suggest("a = 1;\nx = |\n", "foo(a);");
  EXPECT_EQ(recalled("a = 2;\nx = f|\n"), "nothing");
}

TEST_F(SuggestionMemoryTest, ClosersThatTheEditorPutsBehindAreTakenUp) {
  suggest("x = foo|\n", "(a, \"b\");");
  EXPECT_EQ(recalled("x = foo(|)\n"), "a, \"b\");/1");
  EXPECT_EQ(recalled("x = foo(a, \"|\")\n"), "b\");/2");
  EXPECT_EQ(recalled("x = foo(a, \"b\"|)\n"), ");/1") << "the quote has been typed over";
  EXPECT_EQ(recalled("x = foo(a, \"b\")|\n"), ";/0");
}

TEST_F(SuggestionMemoryTest, WhatItTookUpMayBeTypedOver) {
  suggest("x = foo(|);\n", "a, b);", 2);
  EXPECT_EQ(recalled("x = foo(a|);\n"), ", b);/2");
  EXPECT_EQ(recalled("x = foo(a, b)|;\n"), "nothing") << "the rest stands there already";
}

TEST_F(SuggestionMemoryTest, LinesAreTypedAlongOneByOne) {
  suggest("if (a) {|\n}\n", "\n  b();\n  c();");
  EXPECT_EQ(recalled("if (a) {\n  b();|\n}\n"), "\n  c();/0");
  EXPECT_EQ(recalled("if (a) {\n  b();\n  |\n}\n"), "c();/0");
}

TEST_F(SuggestionMemoryTest, ASelectedEntryMustAgree) {
  suggest("os.|\n", "path.join(a);");
  const Marked place = marked("os.|\n");
  const auto with = [&](const std::string& selected) {
    const auto made = recall(
        place.text, {.offset = 3, .selected = selected, .selected_from = 3, .is_automatic = true});
    return made ? made->suggestion.text : "nothing";
  };
  EXPECT_EQ(with("path"), ".join(a);");
  EXPECT_EQ(with("environ"), "nothing");
  EXPECT_EQ(with("path"), ".join(a);") << "the text has not been typed against";
}

TEST_F(SuggestionMemoryTest, WhatWasAskedForByHandIsNotGoneOnWithWithoutBeingAsked) {
  suggest("x = |\n", "foo(a);", 0, false);
  EXPECT_EQ(recalled("x = f|\n", true), "nothing");
  EXPECT_EQ(recalled("x = f|\n", false), "oo(a);/0");
}

TEST_F(SuggestionMemoryTest, WhoAsksAgainByHandForTheVerySameIsNotToldTheOldOne) {
  const Marked place = marked("x = |\n");
  memory_.remember(place.text, {.offset = place.cursor}, {.text = "foo(a);"});
  EXPECT_FALSE(recall(place.text, {.offset = place.cursor}));
  const Marked typed = marked("x = f|\n");
  EXPECT_TRUE(recall(typed.text, {.offset = typed.cursor}));
  EXPECT_FALSE(recall(typed.text, {.offset = typed.cursor}));
  EXPECT_EQ(recalled("x = |\n", false), "foo(a);/0") << "it was typed and taken back";
}

TEST_F(SuggestionMemoryTest, APreparedOneWaitsForItsText) {
  suggest("x = |\n", "foo(a);");
  const Marked next = marked("x = foo(a);|\n");
  memory_.remember_prepared(next.text, next.cursor, {{.text = " bar();"}});
  EXPECT_EQ(recalled("x = f|\n"), "oo(a);/0");
  const auto made = recall(next.text, {.offset = next.cursor, .is_automatic = true});
  ASSERT_TRUE(made && made->prepared);
  EXPECT_EQ(made->prepared->accepted(), "x = foo(a); bar();\n");
  EXPECT_EQ(recalled("x = foo(a); b|\n"), "ar();/0") << "and is a suggestion as others then";
  EXPECT_EQ(recalled("x = fo|\n"), "o(a);/0") << "the one before is remembered";
}

TEST_F(SuggestionMemoryTest, OneBehindAStatementIsShownUnaskedOnceTheLineHasBeenEnded) {
  const Marked next = marked("  foo(a);|\n");
  memory_.remember_prepared(next.text, next.cursor, {{.text = "\n  bar();"}, true});
  EXPECT_EQ(recalled("  foo(a);|\n"), "nothing");
  EXPECT_EQ(recalled("  foo(a);\n  |\n"), "bar();/0");
  EXPECT_EQ(recalled("  foo(a);|\n", false), "\n  bar();/0");
}

TEST_F(SuggestionMemoryTest, WhatIsRecalledTookNothing) {
  const Marked place = marked("x = |\n");
  Suggestion made{.text = "foo(a);"};
  made.completion.tokens = {.prompt = 40, .encoded = 40, .passes = 7};
  made.completion.token_ids = {1, 2};
  memory_.remember(place.text, {.offset = place.cursor, .is_automatic = true}, made);
  const Marked typed = marked("x = f|\n");
  const auto recalled = recall(typed.text, {.offset = typed.cursor, .is_automatic = true});
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->suggestion.completion.tokens.passes, 0U);
  EXPECT_EQ(recalled->suggestion.completion.tokens.reused, 40U);
  EXPECT_TRUE(recalled->suggestion.completion.token_ids.empty());
  EXPECT_EQ(recalled->suggestion.completion.text, "oo(a);");
}

TEST_F(SuggestionMemoryTest, WhateverTheBytesWhatIsRecalledGoesOnWithTheText) {
  test::Random random(11);
  const std::string bytes = "a( )\"\n\xC3\xA9\xFF\x80;}";
  const auto some = [&](std::size_t most) {
    std::string text;
    for (std::size_t i = random.below(most); i > 0; --i) text += bytes[random.below(bytes.size())];
    return text;
  };
  int recalls = 0;
  for (int step = 0; step < 3000; ++step) {
    memory_ = {};
    const std::string before = some(30);
    const std::string behind = some(30);
    const std::string said = some(12);
    const auto text = std::make_shared<const std::string>(before + behind);
    memory_.remember(text, {.offset = before.size(), .is_automatic = true},
                     {.text = said, .replaced_behind = random.below(behind.size() + 1)});
    const std::string now = before + said.substr(0, random.below(said.size() + 1)) + some(2);
    const auto present = std::make_shared<const std::string>(now + some(3) + behind);
    const auto made = recall(present, {.offset = now.size(), .is_automatic = true});
    if (!made) continue;
    ++recalls;
    ASSERT_LE(made->suggestion.replaced_behind, present->size() - now.size());
    ASSERT_TRUE((before + said).starts_with(now));
  }
  EXPECT_GT(recalls, 200);
}

TEST_F(SuggestionMemoryTest, WhatWasPreparedUnsurelyIsForThoseWhoAskByHand) {
  const Marked next = marked("foo();|\n");
  memory_.remember_prepared(next.text, next.cursor,
                            {{.text = " bar();"}, false, Unconfident{0.01, 0.05}});
  const auto unasked = recall(next.text, {.offset = next.cursor, .is_automatic = true});
  ASSERT_TRUE(unasked);
  EXPECT_EQ(unasked->suggestion.text, "");
  EXPECT_EQ(unasked->suggestion.why_nothing, WhyNothing(Unconfident{0.01, 0.05}));
  EXPECT_EQ(recalled("foo(); b|\n"), "nothing");
  EXPECT_EQ(recalled("foo(); b|\n", false), "ar();/0");
}

}  // namespace
}  // namespace nextline::lsp
