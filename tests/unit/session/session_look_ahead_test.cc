// What a session says of a text that its own may become.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/forwarding_backend.h"
#include "tests/support/never_ends.h"
#include "tests/unit/session/edited_session.h"
#include "tests/unit/session/edited_text.h"

namespace nextline::test {
namespace {

constexpr std::uint32_t kMaxTokens = 6;

/// A backend of which passes after some are cancelled.
class PassLimit : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    if (passes_left == 0) return PassOutcome::kCancelled;
    --passes_left;
    return ForwardingBackend::forward(storage, batch, logits, stop);
  }
  std::uint64_t passes_left = 1000;
};

class CountingRows : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    rows += batch.rows.size();
    return ForwardingBackend::forward(storage, batch, logits, stop);
  }
  std::size_t rows = 0;
};

/// All that a session tells of itself, and its cache.
struct Seen {
  std::vector<TokenId> tokens;
  std::vector<std::uint32_t> missing;
  std::vector<float> cache;
  std::uint32_t exact_until;
  std::uint32_t encoded;
  bool is_exact;
  bool is_complete;
  bool operator==(const Seen&) const = default;
};

class SessionLookAhead : public EditedSessionTest {
 protected:
  Seen seen(const Session& session) const {
    const CachedPrompt& prompt = session.prompt();
    std::vector<std::uint32_t> missing;
    for (std::uint32_t i = 0; i < prompt.size(); ++i) {
      if (!prompt.holds(i)) missing.push_back(i);
    }
    return {tokens_of(prompt),          missing,
            cache_of(session, *model_), prompt.exact_until(),
            session.encoded_tokens(),   session.is_exact(),
            session.is_complete()};
  }

  /// Looks ahead to the text with `inserted` instead of `removed` bytes behind the gap.
  static Result<Completion> look_ahead(Session& session, std::string text, std::size_t removed,
                                       const std::string& inserted,
                                       const std::stop_token& stop = {}) {
    const std::size_t offset = session.gap().before;
    text.replace(offset, removed, inserted);
    const Replacement replacement{offset, offset + removed, offset, offset + inserted.size()};
    const std::size_t cursor = offset + inserted.size();
    return session.look_ahead(text, std::span(&replacement, 1), {cursor, cursor},
                              {.max_tokens = kMaxTokens, .stop = &never_ends}, stop);
  }

  static constexpr std::size_t kCursor = 60;
  const std::string accepted_ = "width +\n";
};

TEST_F(SessionLookAhead, SaysWhatIsSaidOnceTheTextIsSo) {
  for (const Layout layout :
       {Layout::kPlain, Layout::kPrefixSuffixMiddle, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    Session ahead = session({layout});
    open(ahead, kProgram, kCursor);
    encode(ahead);
    const auto said = look_ahead(ahead, kProgram, 0, accepted_);
    ASSERT_TRUE(said) << said.error().message;

    std::string text = kProgram;
    Session behind = session({layout});
    open(behind, text, kCursor);
    encode(behind);
    change(behind, text, kCursor, 0, accepted_);
    const auto later = behind.complete({.max_tokens = kMaxTokens, .stop = &never_ends});
    EXPECT_EQ(said->token_ids, later->token_ids) << name_of(layout);
    EXPECT_EQ(said->tokens.prompt, later->tokens.prompt) << name_of(layout);
  }
}

TEST_F(SessionLookAhead, LeavesTheSessionAsItIs) {
  for (const std::size_t removed : {0, 5}) {
    Session ahead = session({Layout::kSuffixPrefixMiddle});
    open(ahead, kProgram, kCursor);
    while (!ahead.is_exact()) refresh(ahead, 1);
    const Seen before = seen(ahead);
    ASSERT_TRUE(look_ahead(ahead, kProgram, removed, accepted_));
    EXPECT_TRUE(seen(ahead) == before) << removed;
    EXPECT_EQ(encoded(ahead), before.encoded) << "what it took is not the next completion's";
  }
}

TEST_F(SessionLookAhead, WhatItComputedIsThereWhenTheTextIsSo) {
  std::string text = kProgram;
  Session ahead = session({Layout::kSuffixPrefixMiddle});
  open(ahead, text, kCursor);
  encoded(ahead);
  ASSERT_TRUE(look_ahead(ahead, text, 0, accepted_));
  change(ahead, text, kCursor, 0, accepted_);
  EXPECT_LE(encoded(ahead), 1U) << "the last token, for its logits";
}

TEST_F(SessionLookAhead, SoIsWhatOneThatWasStoppedHadComputed) {
  PassLimit limit(*backend_);
  std::string text = kProgram;
  Session ahead = std::move(*Session::create(limit, {.reserved_tokens = 8}));
  open(ahead, text, kCursor);
  encoded(ahead);
  limit.passes_left = 1;
  const auto said = look_ahead(ahead, text, 0, accepted_);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->finish_reason, FinishReason::kCancelled);
  limit.passes_left = 100;
  change(ahead, text, kCursor, 0, accepted_);
  EXPECT_LE(encoded(ahead), 1U);
}

TEST_F(SessionLookAhead, TypingAlongAndLookingAheadAgainComputesNothingTwice) {
  CountingRows counting(*backend_);
  std::string text = kProgram;
  Session ahead = std::move(*Session::create(counting, {.reserved_tokens = 8}));
  open(ahead, text, kCursor);
  encoded(ahead);
  ASSERT_TRUE(look_ahead(ahead, text, 0, accepted_));
  const std::string key = accepted_.substr(0, 1);
  change(ahead, text, kCursor, 0, key);
  encoded(ahead);
  const std::size_t rows = counting.rows;
  ASSERT_TRUE(look_ahead(ahead, text, 0, accepted_.substr(1)));
  EXPECT_LE(counting.rows - rows, 1 + kMaxTokens) << "what is generated, and the last token before";
}

TEST_F(SessionLookAhead, WhereKeysAreTurnedThereIsNone) {
  Session turning = session({.layout = Layout::kPlain, .reuse = Reuse::kRotated});
  open(turning, kProgram, kCursor);
  EXPECT_FALSE(look_ahead(turning, kProgram, 0, accepted_));
}

class RandomLooksAhead : public SessionLookAhead, public ::testing::WithParamInterface<Case> {};

/// Against what the session was before each look, and in the end a fresh one.
TEST_P(RandomLooksAhead, LeaveTheSessionAsItIsWhereverTheyAreStopped) {
  const Case& c = GetParam();
  PassLimit limit(*backend_);
  const Session::Options options{.context_length = c.context_length,
                                 .prefill_rows = 64,
                                 .layout = c.layout,
                                 .reuse = c.reuse,
                                 .reserved_tokens = 8};
  Session session = std::move(*Session::create(limit, options));
  EditedText edited(7, 500);
  Random random(3);
  int said = 0;
  for (int step = 0; step < kRandomSteps / 8; ++step) {
    const EditedText::Step next = edited.random_step();
    session.update(edited.text(), next.replacements.list(), next.gap);
    if (random.below(2) == 0) {
      ASSERT_TRUE(session.encode_some(16));
    }
    if (random.below(8) == 0) {
      ASSERT_TRUE(session.complete({.max_tokens = 3}));
    }
    if (random.below(8) == 0) {
      ASSERT_TRUE(session.refresh_some(32));
    }
    if (random.below(3) > 0) continue;

    const Seen before = seen(session);
    limit.passes_left = random.below(2) == 0 ? random.below(4) : 1000;
    const std::size_t behind = edited.text().size() - session.gap().before;
    const auto completion =
        look_ahead(session, edited.text(), random.below(std::min<std::size_t>(behind, 6) + 1),
                   kProgram.substr(random.below(50), random.below(30)));
    limit.passes_left = 1000;
    said += completion && completion->finish_reason != FinishReason::kCancelled ? 1 : 0;
    ASSERT_TRUE(seen(session) == before) << "after step " << step;
  }
  EXPECT_GT(said, kRandomSteps / 80);
  while (!session.is_exact()) ASSERT_TRUE(session.refresh_some(32));
  ASSERT_TRUE(session.recompute());
  EXPECT_EQ(session.slots_in_use(), session.prompt().size()) << "no slot is lost";
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, RandomLooksAhead,
    testing::Values(Case{Layout::kPlain}, Case{Layout::kPrefixSuffixMiddle},
                    Case{Layout::kSuffixPrefixMiddle}, Case{Layout::kSuffixPrefixMiddle, true, 96},
                    Case{Layout::kBlend},
                    Case{.layout = Layout::kSuffixPrefixMiddle, .reuse = Reuse::kCommonPrefix}),
    [](const auto& test_case) {
      std::string name(name_of(test_case.param.layout));
      if (test_case.param.context_length > 0) name += "_window";
      if (test_case.param.reuse != Reuse::kPieces) {
        name += "_" + std::string(name_of(test_case.param.reuse));
      }
      return name;
    });

}  // namespace
}  // namespace nextline::test
