// What stands before a session's document.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

using SessionPreamble = EditedSessionTest;

const std::string kOther = "def helper(a):\nB = 1\n";

TEST_F(SessionPreamble, StandsBehindTheSinkInEveryLayout) {
  for (const Layout layout :
       {Layout::kPlain, Layout::kPrefixSuffixMiddle, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    Session with = session({layout});
    open(with, kProgram, 40);
    with.set_preamble(kOther);
    EXPECT_EQ(tokens_of(with.prompt()), expected_prompt(with, kProgram, kOther)) << name_of(layout);
  }
}

TEST_F(SessionPreamble, NoCompletionWaitsForIt) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  encoded(with);
  with.set_preamble(kOther);
  EXPECT_LE(encoded(with), 3U) << "the markers";
}

TEST_F(SessionPreamble, IsComputedWhileNobodyWaitsAndThenAllBehindIt) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  while (!with.is_complete()) ASSERT_TRUE(with.encode_some(16));
  with.update(kProgram, {}, {40, 40});  // It is being edited.
  const std::uint32_t held = with.prompt().held();
  with.set_preamble(kOther);
  while (!with.is_complete()) ASSERT_TRUE(with.encode_some(16));
  EXPECT_EQ(with.prompt().held(), held + model_->tokenizer().encode(kOther).size());
  EXPECT_FALSE(with.is_exact());
  while (!with.is_exact()) refresh(with, 1);

  Session fresh = session({Layout::kSuffixPrefixMiddle});
  fresh.set_preamble(kOther);
  open(fresh, kProgram, 40);
  ASSERT_TRUE(fresh.recompute());
  EXPECT_EQ(cache_of(with, *model_), cache_of(fresh, *model_));
}

TEST_F(SessionPreamble, AppendedToKeepsWhatItHad) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  with.set_preamble(kOther);
  while (!with.is_exact()) refresh(with, 1);
  const std::string more = "C = 2\n";
  with.set_preamble(kOther + more);
  EXPECT_EQ(with.prompt().missing(), model_->tokenizer().encode(kOther + more).size() -
                                         model_->tokenizer().encode(kOther).size());
  EXPECT_GE(with.prompt().exact_until(), 1 + model_->tokenizer().encode(kOther).size());
}

TEST_F(SessionPreamble, TakenAwayAndPutBackIsExactAgain) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  with.set_preamble(kOther);
  while (!with.is_exact()) refresh(with, 1);
  with.set_preamble("");
  EXPECT_EQ(tokens_of(with.prompt()), expected_prompt(with, kProgram));
  EXPECT_LE(with.prompt().exact_until(), 1U);
  const std::uint32_t before = with.encoded_tokens();
  with.set_preamble(kOther);
  encode(with);
  EXPECT_TRUE(with.is_exact());
  EXPECT_LE(with.encoded_tokens() - before, 3U);
}

TEST_F(SessionPreamble, WaitsLongerThanWhatIsMissingOfTheDocument) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  std::string text = numbered("line_#\n", 60);
  open(with, text, text.size());
  while (!with.is_ready()) ASSERT_TRUE(with.encode_some(16));
  with.set_preamble(kOther);
  change_elsewhere(with, text, 40, 0, numbered("more_#\n", 60));
  const auto size = static_cast<std::uint32_t>(model_->tokenizer().encode(kOther).size());
  while (!with.is_ready()) ASSERT_TRUE(with.encode_some(16));
  EXPECT_EQ(with.prompt().missing(), size);
  EXPECT_FALSE(with.is_complete());
  while (!with.is_complete()) ASSERT_TRUE(with.encode_some(16));
  EXPECT_EQ(with.prompt().missing(), 0U);
}

TEST_F(SessionPreamble, OfADocumentThatHasBeenReadItIsNoPartOfOpening) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  EXPECT_TRUE(with.is_opening());
  while (!with.is_complete()) ASSERT_TRUE(with.encode_some(16));
  EXPECT_FALSE(with.is_opening());
  with.set_preamble(kOther);
  encode(with);
  EXPECT_TRUE(with.is_ready());
}

TEST_F(SessionPreamble, OfADocumentThatIsBeingOpenedItIsComputedFirst) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  ASSERT_TRUE(with.encode_some(16));
  with.set_preamble(kOther);
  EXPECT_TRUE(with.is_opening());
  while (!with.is_ready()) ASSERT_TRUE(with.encode_some(16));
  EXPECT_TRUE(with.is_exact());
}

TEST_F(SessionPreamble, IsKeptOnDisk) {
  for (const Layout layout : {Layout::kPlain, Layout::kSuffixPrefixMiddle}) {
    Session with = session({layout});
    open(with, kProgram, 40);
    with.set_preamble(kOther);
    while (!with.is_exact()) refresh(with, 1);
    Session later = session({layout});
    later.open(kProgram, {40, 40}, with.snapshot());
    later.set_preamble(kOther);
    encode(later);
    EXPECT_TRUE(later.is_exact()) << name_of(layout);
    EXPECT_LE(later.encoded_tokens(), 3U) << name_of(layout);
  }
}

TEST_F(SessionPreamble, ASnapshotsStandsThereUntilItIsAnother) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  with.set_preamble(kOther);
  while (!with.is_exact()) refresh(with, 1);
  Session later = session({Layout::kSuffixPrefixMiddle});
  later.open(kProgram, {40, 40}, with.snapshot());
  EXPECT_EQ(tokens_of(later.prompt()), expected_prompt(later, kProgram, kOther));
  encode(later);
  EXPECT_TRUE(later.is_exact());
  later.set_preamble("");
  EXPECT_EQ(tokens_of(later.prompt()), expected_prompt(later, kProgram));
}

TEST_F(SessionPreamble, WhereThereIsNoRoomASnapshotsIsLeftOut) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  with.set_preamble(kOther);
  while (!with.is_exact()) refresh(with, 1);
  auto later = Session::create(*backend_, {.prefill_rows = 64, .reserved_tokens = 8});
  later->open(kProgram, {40, 40}, with.snapshot());
  EXPECT_EQ(tokens_of(later->prompt()), expected_prompt(*later, kProgram));
}

TEST_F(SessionPreamble, OfOneThatIsLongerTheBeginningIsTaken) {
  Session with = session({Layout::kSuffixPrefixMiddle});
  open(with, kProgram, 40);
  const std::string longer = numbered("line_#\n", 40);
  with.set_preamble(longer);
  EXPECT_EQ(tokens_of(with.prompt()), expected_prompt(with, kProgram, longer));
}

TEST_F(SessionPreamble, TakesNothingOfASmallContext) {
  Session with = session({.layout = Layout::kSuffixPrefixMiddle, .context_length = 16});
  open(with, kProgram, 40);
  with.set_preamble(kOther);
  EXPECT_TRUE(with.complete({.max_tokens = 4}));
  EXPECT_LE(with.prompt().size(), 16U - 8U);
}

}  // namespace
}  // namespace nextline::test
