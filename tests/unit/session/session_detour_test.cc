// Completions that leave the way of others: alternatives are told, and tokens are forced.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "engine/session/continuation.h"
#include "engine/speculate/drafter.h"
#include "tests/support/never_ends.h"
#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

constexpr std::array kLayouts = {Layout::kPlain, Layout::kSuffixPrefixMiddle, Layout::kBlend};

class SessionDetour : public EditedSessionTest {
 protected:
  /// Between the two halves of a word, so that some of it is healed.
  Session opened(Layout layout) {
    Session made = session({layout});
    open(made, kProgram, kProgram.find("urn base"));
    return made;
  }
  static Completion complete(Session& session, Detour detour, Drafter* drafter = nullptr) {
    auto completion = session.complete({.max_tokens = 12,
                                        .stop = &test::never_ends,
                                        .drafter = drafter,
                                        .detour = std::move(detour)});
    EXPECT_TRUE(completion);
    return std::move(*completion);
  }
};

TEST_F(SessionDetour, AlternativesChangeNothingThatIsGenerated) {
  for (const Layout layout : kLayouts) {
    Session made = opened(layout);
    const Completion plain = complete(made, {});
    const Completion telling = complete(made, {.alternatives = 2});
    EXPECT_EQ(plain.token_ids, telling.token_ids);
    EXPECT_EQ(plain.text, telling.text);
    for (std::size_t i = 0; i < plain.likelihoods.size(); ++i) {
      EXPECT_EQ(plain.likelihoods[i].log_probability, telling.likelihoods[i].log_probability);
      EXPECT_TRUE(plain.likelihoods[i].alternatives.empty());
    }
  }
}

TEST_F(SessionDetour, AlternativesAreTheLikeliestTokensThatLeadOnAndWereNotChosen) {
  Session made = opened(Layout::kSuffixPrefixMiddle);
  const std::string healed(made.text().healed());
  ASSERT_FALSE(healed.empty());
  const Completion completion = complete(made, {.alternatives = 3});
  const auto scores = made.score(completion.token_ids);
  ASSERT_TRUE(scores);
  Continuation allowed(model_->tokenizer(), healed);
  for (std::size_t i = 0; i < completion.token_ids.size(); ++i) {
    std::vector<float> logits = (*scores)[i];
    const TokenId chosen = completion.token_ids[i];
    std::vector<TokenId> expected;
    for (TokenId token = 0; token < static_cast<TokenId>(logits.size()); ++token) {
      const std::size_t size = model_->tokenizer().bytes_of(token).size();
      const bool leads_on = allowed.satisfied() || size > allowed.remaining().size();
      if (token != chosen && leads_on && allowed.allows(token)) expected.push_back(token);
    }
    std::ranges::stable_sort(expected, std::greater<>(), [&](TokenId token) {
      return logits[static_cast<std::size_t>(token)];
    });
    expected.resize(std::min<std::size_t>(expected.size(), 3));
    std::vector<TokenId> told;
    for (const ChosenToken& other : completion.likelihoods[i].alternatives) {
      told.push_back(other.token);
      EXPECT_LE(other.log_probability, completion.likelihoods[i].log_probability);
    }
    EXPECT_EQ(told, expected) << i;
    allowed.advance(chosen);
  }
}

TEST_F(SessionDetour, ForcingWhatIsGeneratedAnywayChangesNothingButTheNumberOfPasses) {
  for (const Layout layout : kLayouts) {
    Session made = opened(layout);
    const Completion plain = complete(made, {});
    ASSERT_EQ(plain.token_ids.size(), 12U);
    for (const std::size_t count : {1U, 5U, 12U}) {
      const auto end = plain.token_ids.begin() + static_cast<std::ptrdiff_t>(count);
      const Completion forced = complete(made, {.forced = {plain.token_ids.begin(), end}});
      EXPECT_EQ(forced.text, plain.text);
      EXPECT_EQ(forced.token_ids, plain.token_ids);
      EXPECT_EQ(forced.likelihoods, plain.likelihoods);
      EXPECT_EQ(forced.finish_reason, plain.finish_reason);
      EXPECT_EQ(forced.tokens.encoded, 0U);
      // All that is forced takes one pass, and so does each token behind it but the last.
      EXPECT_EQ(forced.tokens.passes, std::max<std::size_t>(12 - count, 1));
      EXPECT_EQ(forced.tokens.drafted, 0U);
    }
  }
}

TEST_F(SessionDetour, GoesOnFromWhereItForks) {
  for (const Layout layout : kLayouts) {
    Session made = opened(layout);
    const Completion plain = complete(made, {.alternatives = 1});
    std::vector<TokenId> way(plain.token_ids.begin(), plain.token_ids.begin() + 3);
    ASSERT_FALSE(plain.likelihoods[3].alternatives.empty());
    const ChosenToken other = plain.likelihoods[3].alternatives.front();
    way.push_back(other.token);
    const Completion forked = complete(made, {.forced = way, .alternatives = 1});
    ASSERT_GT(forked.token_ids.size(), 4U);
    EXPECT_TRUE(std::ranges::equal(way, std::span(forked.token_ids).first(4)));
    EXPECT_EQ(forked.likelihoods[3].log_probability, other.log_probability);
    for (std::size_t i = 0; i < forked.likelihoods.size(); ++i) {
      EXPECT_EQ(forked.likelihoods[i].alternatives.size(), i < 4 ? 0U : 1U) << i;
    }
    // What follows is the model's own: the likeliest behind all that stands before.
    const auto scores = made.score(forked.token_ids);
    ASSERT_TRUE(scores);
    EXPECT_EQ(forked.token_ids[4], choose((*scores)[4], {}, 0));
  }
}

TEST_F(SessionDetour, NothingIsGuessedWhereTokensAreForced) {
  class Counting final : public Drafter {
   public:
    void draft(std::span<const TokenId>, std::uint32_t, std::vector<DraftToken>&) override {
      ++drafts;
    }
    void learn(const DraftOutcome&) override { ++lessons; }
    int drafts = 0;
    int lessons = 0;
  } drafter;
  Session made = opened(Layout::kPlain);
  const Completion plain = complete(made, {});
  complete(made, {.forced = plain.token_ids}, &drafter);
  EXPECT_EQ(drafter.drafts, 0);
  complete(made, {.forced = {plain.token_ids.begin(), plain.token_ids.begin() + 9}}, &drafter);
  EXPECT_EQ(drafter.drafts, 2);
  EXPECT_EQ(drafter.lessons, 2);
}

TEST_F(SessionDetour, ForcedTokensThatTheContextCannotHoldEndTheCompletionThere) {
  Session made = session({.layout = Layout::kPlain, .context_length = 80});
  open(made, kProgram, kProgram.size());
  const std::vector<TokenId> many(70, 5);
  auto completion =
      made.complete({.max_tokens = 100, .stop = &test::never_ends, .detour = {.forced = many}});
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->finish_reason, FinishReason::kContextFull);
  EXPECT_LE(completion->tokens.prompt + completion->tokens.generated, 81U);
}

}  // namespace
}  // namespace nextline::test
