// Who watches a document is shown what becomes of its cache.

#include "lsp/completion/cache_watch.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lsp/completion/completer.h"
#include "tests/support/engine_fixture.h"

namespace nextline::lsp {
namespace {

class CacheWatchTest : public testing::Test {
 protected:
  static nextline::test::RandomModelOptions talkative() {
    nextline::test::RandomModelOptions options = nextline::test::every_type("qwen2");
    options.vocabulary_size = 284;
    return options;
  }

  void open(DocumentId document, const std::string& text) {
    completer_.open(document, std::make_shared<const std::string>(text));
  }
  void watch(DocumentId document) {
    completer_.watch(document,
                     {[this](CacheReport report) { shown_.push_back(std::move(report)); }, seen_});
  }
  void insert(DocumentId document, std::string& text, std::size_t place, const std::string& line) {
    Replacements replacements;
    replacements.add(place, 0, line.size());
    text.insert(place, line);
    completer_.change(document, std::make_shared<const std::string>(text), replacements);
  }
  Completion complete(DocumentId document, std::size_t place) {
    auto completion = completer_.complete(document, {place}, {});
    EXPECT_TRUE(completion) << completion.error().message;
    return std::move(*completion);
  }
  void prepare(DocumentId document) {
    while (*completer_.prepare(document, {})) {
    }
  }
  void refresh() {
    while (*engine_.refresh(32, 1, {})) {
    }
  }
  static std::uint32_t all(const CacheReport& report) {
    return report.opening.tokens + report.changes.tokens + report.refresh.tokens;
  }

  nextline::test::TestModel model_{talkative()};
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  std::shared_ptr<std::atomic<std::uint32_t>> seen_ =
      std::make_shared<std::atomic<std::uint32_t>>(0);
  std::vector<CacheReport> shown_;
  CompletionEngine engine_{*backend_, {}};
  Completer completer_{engine_, {.max_tokens = 4}};
  std::string text_ = std::string(200, 'x') + "\n" + std::string(100, 'y') + "\n";
  static constexpr DocumentId kA{1};
  static constexpr DocumentId kB{2};
};

TEST_F(CacheWatchTest, WhatIsReadForTheFirstTimeIsOpening) {
  open(kA, text_);
  watch(kA);
  EXPECT_TRUE(shown_.empty()) << "There is no cache yet.";
  prepare(kA);
  ASSERT_FALSE(shown_.empty());
  EXPECT_GE(shown_.back().opening.tokens, 300U);
  EXPECT_GT(shown_.back().opening.milliseconds, 0);
  EXPECT_EQ(shown_.back().changes.tokens, 0U);
}

TEST_F(CacheWatchTest, AnEditCostsWhatItsCompletionSaysThatItEncoded) {
  open(kA, text_);
  watch(kA);
  prepare(kA);
  complete(kA, text_.size());
  refresh();
  complete(kA, text_.size());
  const CacheReport before = shown_.back();

  insert(kA, text_, 20, "line\n");
  EXPECT_EQ(shown_.back().updates, before.updates + 1);
  prepare(kA);
  const Completion completion = complete(kA, text_.size());
  EXPECT_GT(completion.tokens.encoded, 0U);
  EXPECT_EQ(shown_.back().changes.tokens - before.changes.tokens, completion.tokens.encoded);
  EXPECT_EQ(shown_.back().refresh.tokens, before.refresh.tokens);
}

TEST_F(CacheWatchTest, WhatIsComputedInPausesCountsByItself) {
  open(kA, text_);
  watch(kA);
  prepare(kA);
  insert(kA, text_, 20, "line\n");
  prepare(kA);
  const CacheReport before = shown_.back();
  refresh();
  EXPECT_GT(shown_.back().refresh.tokens, 50U);
  EXPECT_EQ(shown_.back().changes.tokens, before.changes.tokens);
  for (const CacheSpan& span : shown_.back().state.spans) {
    EXPECT_EQ(span.state, TokenState::kExact);
  }
}

TEST_F(CacheWatchTest, WhatWasComputedSinceItWasSeenIsNew) {
  const auto count_new = [](const CacheReport& report) {
    std::uint32_t tokens = 0;
    for (const CacheSpan& span : report.state.spans) tokens += span.is_new ? span.tokens : 0;
    return tokens;
  };
  open(kA, text_);
  watch(kA);
  prepare(kA);
  EXPECT_GE(count_new(shown_.back()), 300U) << "Nothing of it has been seen.";
  *seen_ = shown_.back().state.encoded;
  insert(kA, text_, text_.size(), "z");
  EXPECT_EQ(count_new(shown_.back()), 0U);
  prepare(kA);
  EXPECT_EQ(count_new(shown_.back()), shown_.back().state.encoded - *seen_);
}

TEST_F(CacheWatchTest, WhoWatchesLateIsShownWhatIsThere) {
  open(kA, text_);
  prepare(kA);
  watch(kA);
  ASSERT_EQ(shown_.size(), 1U);
  EXPECT_EQ(shown_.back().state.encoded, all(shown_.back()));
}

TEST_F(CacheWatchTest, NothingIsShownOfOtherDocumentsNorOfOneThatIsClosed) {
  open(kA, text_);
  open(kB, text_);
  watch(kA);
  prepare(kB);
  EXPECT_TRUE(shown_.empty());
  completer_.close(kA);
  open(kA, text_);
  prepare(kA);
  EXPECT_TRUE(shown_.empty());
}

TEST_F(CacheWatchTest, AnotherSessionCountsFromItsBeginning) {
  open(kA, text_);
  watch(kA);
  prepare(kA);
  const CacheReport before = shown_.back();
  completer_.close(kA);
  open(kA, "abc\n");
  watch(kA);
  prepare(kA);
  EXPECT_LT(shown_.back().opening.tokens, before.opening.tokens);
}

TEST_F(CacheWatchTest, DraftsAreToldWhereSomebodyWatches) {
  open(kA, text_);
  EXPECT_TRUE(complete(kA, text_.size()).drafts.empty());
  watch(kA);
  EXPECT_FALSE(complete(kA, text_.size()).drafts.empty());
}

}  // namespace
}  // namespace nextline::lsp
