// What a session shows of its cache.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

class SessionCacheState : public EditedSessionTest {
 protected:
  void refresh_all(Session& session) {
    while (!session.is_exact()) ASSERT_TRUE(session.refresh_some(64));
  }
  /// A session whose cache is exact, with the cursor at a place of the text.
  Session exact_session(const std::string& text, std::size_t cursor,
                        const Case& c = {.layout = Layout::kSuffixPrefixMiddle}) {
    Session made = session(c);
    open(made, text, cursor);
    refresh_all(made);
    return made;
  }

  using Has = std::function<bool(const CacheSpan&)>;
  static std::uint32_t count(const CacheState& state, const Has& has) {
    std::uint32_t tokens = 0;
    for (const CacheSpan& span : state.spans) tokens += has(span) ? span.tokens : 0;
    return tokens;
  }
  static std::uint32_t count(const CacheState& state, TokenState wanted) {
    return count(state, [&](const CacheSpan& span) { return span.state == wanted; });
  }
  static std::uint32_t count(const CacheState& state, PromptPart part) {
    return count(state, [&](const CacheSpan& span) { return span.part == part; });
  }
  static std::uint32_t count_new(const CacheState& state) {
    return count(state, [](const CacheSpan& span) { return span.is_new; });
  }
};

TEST_F(SessionCacheState, OfATextThatIsOpenedAllIsMissing) {
  Session opened = session({Layout::kSuffixPrefixMiddle});
  open(opened, kProgram, kProgram.size());
  const CacheState state = opened.cache_state(0);
  EXPECT_EQ(count(state, TokenState::kMissing), opened.prompt().size());
  EXPECT_EQ(state.encoded, 0U);
}

TEST_F(SessionCacheState, OnceAllIsComputedAllIsExactWhereItWasComputed) {
  const Session exact = exact_session(kProgram, kProgram.find("    return base"));
  const CacheState state = exact.cache_state(exact.encoded_tokens());
  EXPECT_EQ(count(state, TokenState::kExact), exact.prompt().size());
  EXPECT_EQ(count(state, [](const CacheSpan& span) { return span.shift != 0; }), 0U);
  EXPECT_EQ(count_new(state), 0U);
  EXPECT_EQ(state.encoded, exact.prompt().size());
  EXPECT_GT(state.encoding_ms, 0);
}

TEST_F(SessionCacheState, PartsStandWhereTheLayoutPutsThem) {
  using Part = PromptPart;
  const auto parts_of = [&](Layout layout) {
    Session made = exact_session(kProgram, kProgram.find("    return base"), {layout});
    std::vector<Part> parts;
    for (const CacheSpan& span : made.cache_state(0).spans) parts.push_back(span.part);
    return parts;
  };
  EXPECT_EQ(parts_of(Layout::kPlain), (std::vector{Part::kSink, Part::kBefore}));
  EXPECT_EQ(parts_of(Layout::kSuffixPrefixMiddle),
            (std::vector{Part::kSink, Part::kMarker, Part::kBehind, Part::kMarker, Part::kBefore}));
  EXPECT_EQ(parts_of(Layout::kPrefixSuffixMiddle),
            (std::vector{Part::kSink, Part::kBefore, Part::kMarker, Part::kBehind, Part::kMarker}));
}

TEST_F(SessionCacheState, WhatStandsInFrontOfTheDocumentIsThePreamble) {
  Session made = exact_session(kProgram, kProgram.size());
  made.set_preamble("def f(): ...\n");
  EXPECT_EQ(count(made.cache_state(0), PromptPart::kPreamble),
            model_->tokenizer().encode("def f(): ...\n").size());
}

TEST_F(SessionCacheState, ALineFarAboveIsNewAndMovesWhatStandsBehindIt) {
  std::string text = kProgram;
  Session edited = exact_session(text, text.find("    return base"));
  const std::uint32_t before = edited.encoded_tokens();
  const std::string line = "import re\n";
  const auto length = static_cast<std::int64_t>(model_->tokenizer().encode(line).size());
  change_elsewhere(edited, text, text.find("import sys"), 0, line);
  EXPECT_EQ(count(edited.cache_state(before), TokenState::kMissing), length);

  encode(edited);
  const CacheState state = edited.cache_state(before);
  EXPECT_EQ(count_new(state), edited.encoded_tokens() - before);
  EXPECT_EQ(count(state, TokenState::kMissing), 0U);
  const auto moved = [&](const CacheSpan& span) { return span.shift == length; };
  EXPECT_GT(count(state, moved), 20U);
  EXPECT_EQ(count(state, moved),
            count(state, [](const CacheSpan& span) { return span.shift != 0; }));
  EXPECT_EQ(count(state, TokenState::kExact), edited.prompt().exact_until());
}

TEST_F(SessionCacheState, WhatIsSeenIsNoLongerNew) {
  std::string text = kProgram;
  Session edited = exact_session(text, text.size());
  change(edited, text, text.size(), 0, "main()\n");
  const std::uint32_t before = edited.encoded_tokens();
  encode(edited);
  EXPECT_GT(count_new(edited.cache_state(before)), 0U);
  EXPECT_EQ(count_new(edited.cache_state(edited.encoded_tokens())), 0U);
}

TEST_F(SessionCacheState, AnEditThatIsTakenBackMakesWhatItMovedExactAgainAndComputesNothing) {
  std::string text = kProgram;
  Session edited = exact_session(text, text.find("    return base"));
  change_elsewhere(edited, text, 0, 0, "import re\n");
  EXPECT_LT(count(edited.cache_state(0), TokenState::kExact), edited.prompt().size());
  change_elsewhere(edited, text, 0, 10, "");
  EXPECT_EQ(count(edited.cache_state(0), TokenState::kExact), edited.prompt().size());
}

TEST_F(SessionCacheState, WhatWasComputedAheadIsNotNewWhereItIsTaken) {
  std::string text = kProgram;
  Session edited = exact_session(text, text.size());
  const std::string line = "if __name__ == '__main__':\n";
  Replacements added;
  added.add(text.size(), 0, line.size());
  const std::size_t end = text.size() + line.size();
  ASSERT_TRUE(edited.look_ahead(text + line, added.list(), {end, end}, {.max_tokens = 2}));
  change(edited, text, text.size(), 0, line);
  const CacheState state = edited.cache_state(edited.encoded_tokens());
  EXPECT_LT(count(state, TokenState::kMissing), model_->tokenizer().encode(line).size());
  EXPECT_EQ(count_new(state), 0U);
}

TEST_F(SessionCacheState, AfterAnyEditsTheSpansAreThePromptTokenByToken) {
  for (const Layout layout : {Layout::kPlain, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    std::string text = kProgram;
    Session edited = session({layout});
    open(edited, text, text.size() / 2);
    for (int step = 0; step < 150; ++step) {
      const std::size_t place = random_.below(text.size() + 1);
      const std::size_t removed = random_.below(std::min<std::size_t>(text.size() - place, 9) + 1);
      change(edited, text, place, removed, random_.below(2) == 0 ? "" : "x = y\n");
      const std::uint32_t before = edited.encoded_tokens();
      if (random_.below(2) == 0) encode(edited);
      if (random_.below(3) == 0) {
        ASSERT_TRUE(edited.refresh_some(16));
      }

      const CacheState state = edited.cache_state(before);
      const auto any = [](const CacheSpan&) { return true; };
      ASSERT_EQ(count(state, any), edited.prompt().size());
      ASSERT_EQ(count(state, TokenState::kMissing), edited.prompt().missing());
      ASSERT_EQ(count(state, TokenState::kExact), edited.prompt().exact_until());
      ASSERT_LE(count_new(state), state.encoded - before);
      ASSERT_EQ(std::ranges::adjacent_find(state.spans,
                                           [](CacheSpan a, const CacheSpan& b) {
                                             a.tokens = b.tokens;
                                             return a == b;
                                           }),
                state.spans.end());
      ASSERT_EQ(count(state,
                      [](const CacheSpan& span) {
                        return span.state == TokenState::kExact && span.shift != 0;
                      }),
                0U);
    }
  }
}

}  // namespace
}  // namespace nextline::test
