#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "engine/speculate/drafter.h"
#include "tests/support/never_ends.h"
#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

/// Drafts as it is told, and keeps what became of it.
class ToldDrafter final : public Drafter {
 public:
  using Draft = std::function<void(std::size_t done, std::uint32_t most_tokens,
                                   std::vector<DraftToken>& tree)>;
  explicit ToldDrafter(Draft draft) : draft_(std::move(draft)) {}

  void draft(std::span<const TokenId> context, std::uint32_t most_tokens,
             std::vector<DraftToken>& tree) override {
    contexts.emplace_back(context.begin(), context.end());
    draft_(done_, most_tokens, tree);
    drafted += static_cast<std::uint32_t>(tree.size()) - 1;
    ASSERT_LE(tree.size(), most_tokens);
  }
  void learn(const DraftOutcome& outcome) override {
    ASSERT_FALSE(outcome.followed.empty());
    ASSERT_EQ(outcome.followed.front(), 0U);
    done_ += outcome.followed.size();
    accepted += static_cast<std::uint32_t>(outcome.followed.size()) - 1;
    ends += outcome.ended ? 1 : 0;
  }

  std::vector<std::vector<TokenId>> contexts;
  std::uint32_t drafted = 0;
  std::uint32_t accepted = 0;
  std::uint32_t ends = 0;  ///< Completions that ended with a drafted token.

 private:
  Draft draft_;
  std::size_t done_ = 0;  // Tokens that the sequence has behind the prompt.
};

/// Looks further than what it leaves: the fourth byte is seen, and no part of the text.
class EndsBeforeFourBytes final : public StopCondition {
 public:
  std::optional<std::size_t> end_of(std::string_view text) override {
    return text.size() < 4 ? std::nullopt : std::optional<std::size_t>(3);
  }
};

class SessionDraft : public EditedSessionTest {
 protected:
  /// What a completion leaves behind, to the bit.
  struct Outcome {
    Completion completion;
    std::vector<TokenId> generated;
    std::vector<float> cache;
  };

  Outcome complete(const Case& c, std::size_t place, CompletionOptions options,
                   Drafter* drafter = nullptr) {
    Session made = session(c);
    open(made, kProgram, place);
    options.drafter = drafter;
    auto completion = made.complete(options);
    EXPECT_TRUE(completion);
    const auto tokens = made.sequence().tokens().subspan(made.prompt().held());
    return {std::move(*completion), {tokens.begin(), tokens.end()}, cache_of(made, *model_)};
  }

  static void expect_same(const Outcome& expected, const Outcome& actual) {
    EXPECT_EQ(expected.completion.text, actual.completion.text);
    EXPECT_EQ(expected.completion.finish_reason, actual.completion.finish_reason);
    EXPECT_EQ(expected.completion.tokens.generated, actual.completion.tokens.generated);
    EXPECT_EQ(expected.completion.likelihoods, actual.completion.likelihoods);
    EXPECT_EQ(expected.generated, actual.generated);
    EXPECT_EQ(expected.cache, actual.cache);
  }

  /// A drafter that knows some of the text that will come, and says much else.
  ToldDrafter::Draft half_right(const std::vector<TokenId>& text) {
    return
        [this, &text](std::size_t done, std::uint32_t most_tokens, std::vector<DraftToken>& tree) {
          const std::size_t size = std::min<std::size_t>(most_tokens, 1 + random_.below(12));
          // A row, and how many tokens of the text lead to it; nothing if others do.
          std::vector<std::optional<std::size_t>> known = {done + 1};
          while (tree.size() < size) {
            const auto parent = static_cast<std::uint32_t>(random_.below(tree.size()));
            const bool is_right =
                known[parent] && *known[parent] < text.size() && random_.below(3) != 0;
            const TokenId token =
                is_right ? text[*known[parent]] : random_tokens(random_, 1, *model_)[0];
            const bool is_there = std::ranges::any_of(tree, [&](const DraftToken& other) {
              return other.parent == parent && other.token == token;
            });
            if (is_there) continue;
            const bool leads_on =
                known[parent] && *known[parent] < text.size() && text[*known[parent]] == token;
            tree.push_back({token, parent});
            known.push_back(leads_on ? std::optional(*known[parent] + 1) : std::nullopt);
          }
        };
  }

  const std::vector<std::size_t> places_ = {0, kProgram.find("urn base"),
                                            kProgram.find("    return base"), kProgram.size()};
};

TEST_F(SessionDraft, ChangesNothingOfWhatIsGenerated) {
  std::uint32_t accepted = 0;
  EndsBeforeFourBytes fourth;
  const std::array<StopCondition*, 3> stops = {nullptr, &test::never_ends, &fourth};
  for (const Layout layout :
       {Layout::kPlain, Layout::kPrefixSuffixMiddle, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    for (const std::size_t place : places_) {
      for (const Sampling& sampling :
           {Sampling{}, Sampling{1.0F, 1.0F, 5}, Sampling{0.8F, 0.7F, 6}}) {
        for (StopCondition* const stop : stops) {
          const CompletionOptions options{.max_tokens = 14, .stop = stop, .sampling = sampling};
          const Outcome expected = complete({layout}, place, options);
          ToldDrafter drafter(half_right(expected.generated));
          const Outcome actual = complete({layout}, place, options, &drafter);
          expect_same(expected, actual);
          EXPECT_EQ(actual.completion.tokens.drafted, drafter.drafted);
          EXPECT_EQ(actual.completion.tokens.accepted, drafter.accepted);
          // Each pass gives a token that was not drafted, but for one that ends with a drafted one.
          EXPECT_EQ(actual.completion.tokens.passes + drafter.accepted,
                    expected.completion.tokens.passes + drafter.ends);
          accepted += drafter.accepted;
        }
      }
    }
  }
  EXPECT_GT(accepted, 100U);
}

TEST_F(SessionDraft, AWholeLineTakesOnePassWhereItIsKnown) {
  const CompletionOptions options{.max_tokens = 12, .stop = &test::never_ends};
  const std::size_t place = kProgram.find("    return base");
  const Outcome expected = complete({Layout::kPrefixSuffixMiddle}, place, options);
  ASSERT_EQ(expected.generated.size(), 11U);
  ToldDrafter drafter([&](std::size_t done, std::uint32_t, std::vector<DraftToken>& tree) {
    for (std::size_t i = done + 1; i < expected.generated.size(); ++i) {
      tree.push_back({expected.generated[i], static_cast<std::uint32_t>(tree.size()) - 1});
    }
  });
  const Outcome actual = complete({Layout::kPrefixSuffixMiddle}, place, options, &drafter);
  expect_same(expected, actual);
  EXPECT_EQ(actual.completion.tokens.accepted, 10U);
  EXPECT_EQ(actual.completion.tokens.passes, expected.completion.tokens.passes - 10);
}

TEST_F(SessionDraft, WhatWasDraftedIsToldToThoseWhoAsk) {
  CompletionOptions options{.max_tokens = 12, .stop = &test::never_ends};
  const std::size_t place = kProgram.find("    return base");
  const Outcome expected = complete({Layout::kPlain}, place, options);
  EXPECT_TRUE(expected.completion.drafts.empty());

  options.tells_drafts = true;
  ToldDrafter drafter(half_right(expected.generated));
  const Completion told = complete({Layout::kPlain}, place, options, &drafter).completion;
  std::uint32_t drafted = 0;
  std::vector<TokenId> said;
  for (const DraftedPass& pass : told.drafts) {
    EXPECT_FALSE(pass.tokens.front().parent);
    EXPECT_EQ(pass.followed.front(), 0U);
    drafted += static_cast<std::uint32_t>(pass.tokens.size()) - 1;
    for (const std::uint32_t row : pass.followed) said.push_back(pass.tokens[row].token);
  }
  EXPECT_EQ(drafted, told.tokens.drafted);
  said.push_back(told.token_ids.back());  // What was chosen last was computed by no pass.
  EXPECT_EQ(said, told.token_ids);
}

TEST_F(SessionDraft, TheContextIsTheTextBeforeAndWhatWasGenerated) {
  const CompletionOptions options{.max_tokens = 4, .stop = &test::never_ends};
  const std::size_t place = kProgram.find("    return base");
  Session made = session({Layout::kSuffixPrefixMiddle});
  open(made, kProgram, place);
  const auto before = made.text().before().tokens();
  std::vector<TokenId> text(before.begin(), before.end());
  ToldDrafter drafter([](auto...) {});
  CompletionOptions drafted = options;
  drafted.drafter = &drafter;
  ASSERT_TRUE(made.complete(drafted));
  const auto generated = made.sequence().tokens().subspan(made.prompt().held());
  ASSERT_EQ(generated.size(), 3U);
  ASSERT_EQ(drafter.contexts.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    text.push_back(generated[i]);
    const std::size_t count = std::min<std::size_t>(text.size(), kDraftContext);
    EXPECT_EQ(drafter.contexts[i],
              std::vector<TokenId>(text.end() - static_cast<std::ptrdiff_t>(count), text.end()));
  }
}

TEST_F(SessionDraft, ADraftHasRoomForWhatTheContextHasLeft) {
  const CompletionOptions options{.max_tokens = 100, .stop = &test::never_ends};
  for (const Layout layout : {Layout::kPlain, Layout::kBlend}) {
    const Case c{.layout = layout, .context_length = 80};
    const Outcome expected = complete(c, kProgram.size(), options);
    ASSERT_EQ(expected.completion.finish_reason, FinishReason::kContextFull);
    ToldDrafter drafter(half_right(expected.generated));
    expect_same(expected, complete(c, kProgram.size(), options, &drafter));
  }
}

TEST_F(SessionDraft, ACancelledPassOfADraftLeavesNoTrace) {
  Session made = session({Layout::kPlain});
  open(made, kProgram, kProgram.size());
  encode(made);
  const std::vector<float> before = cache_of(made, *model_);
  std::stop_source stop;
  ToldDrafter drafter([&](std::size_t, std::uint32_t, std::vector<DraftToken>& tree) {
    tree.push_back({5, 0});
    stop.request_stop();
  });
  const auto completion = made.complete({.drafter = &drafter}, stop.get_token());
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->finish_reason, FinishReason::kCancelled);
  EXPECT_EQ(cache_of(made, *model_), before);
  EXPECT_EQ(drafter.accepted, 0U);
}

TEST_F(SessionDraft, ADrawFollowsFromTheSeed) {
  const auto text = [&](std::uint64_t seed) {
    return complete({Layout::kPlain}, kProgram.size(),
                    {.max_tokens = 12, .stop = &test::never_ends, .sampling = {1.0F, 1.0F, seed}})
        .completion.text;
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

}  // namespace
}  // namespace nextline::test
