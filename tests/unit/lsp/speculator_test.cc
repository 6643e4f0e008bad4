#include "lsp/completion/speculator.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/draft_tree.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/random.h"
#include "tests/support/sanitized.h"

namespace nextline::lsp {
namespace {

using nextline::test::Random;

class SpeculatorTest : public testing::Test {
 protected:
  static SharedText shared(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }
  static void take_all(Speculator& speculator, DocumentId document) {
    while (speculator.prepare(document)) {
    }
  }
  std::vector<TokenId> tokens(const std::string& text) const { return tokenizer_.encode(text); }
  /// What follows the end of a text by the most likely branch.
  std::string drafted(Speculator& speculator, const std::string& text) {
    const std::vector<TokenId> context = tokens(text);
    std::vector<DraftToken> tree = {{context.back(), std::nullopt}};
    speculator.drafter(kC, {}, {}).draft(context, 16, tree);
    return tokenizer_.decode(nextline::test::first_branch(tree));
  }
  /// Whether both find the same in what they know.
  void expect_same(const Speculator& a, const Speculator& b, const std::string& text,
                   Random& random) {
    EXPECT_EQ(a.tree().size(), b.tree().size());
    const std::vector<TokenId> all = tokens(text);
    for (int i = 0; i < 100 && !all.empty(); ++i) {
      const auto context = std::span(all).first(1 + random.below(all.size()));
      const ContextMatch here = a.tree().longest_suffix(context);
      const ContextMatch there = b.tree().longest_suffix(context);
      ASSERT_EQ(here.length, there.length);
      ASSERT_EQ(here.count, there.count);
    }
  }

  nextline::test::TestModel model_{nextline::test::every_type("qwen2")};
  const Tokenizer& tokenizer_ = model_->tokenizer();
  static constexpr DocumentId kA{1};
  static constexpr DocumentId kB{2};
  static constexpr DocumentId kC{3};
};

TEST_F(SpeculatorTest, DraftsWhatAnotherDocumentSays) {
  Speculator speculator(tokenizer_, {});
  speculator.open(kA, shared("for item in basket: weigh(item)\n"));
  EXPECT_EQ(drafted(speculator, "for item in bas"), "");  // It has not been taken in.
  take_all(speculator, kA);
  EXPECT_TRUE(std::string("ket: weigh(item)\n").starts_with(drafted(speculator, "item in bas")));
  EXPECT_FALSE(drafted(speculator, "item in bas").empty());
  speculator.close(kA);
  EXPECT_EQ(drafted(speculator, "item in bas"), "");
  EXPECT_EQ(speculator.tree().size(), 0U);
}

TEST_F(SpeculatorTest, AfterAnyEditsItKnowsTheTokensOfTheText) {
  Random random(1);
  const std::vector<std::string> parts = {"def ", "x", "    ", "\n", "return x\n", "αβ", "() "};
  for (int round = 0; round < (nextline::test::kIsSanitized ? 6 : 30); ++round) {
    Speculator followed(tokenizer_, {});
    std::string text;
    for (std::size_t i = random.below(3000); i > 0; --i) text += parts[random.below(parts.size())];
    followed.open(kA, shared(text));
    for (int edit = 0; edit < 20; ++edit) {
      if (random.below(3) == 0) followed.prepare(kA);
      Replacements replacements;
      for (std::size_t i = 1 + random.below(3); i > 0; --i) {
        const std::size_t offset = random.below(text.size() + 1);
        const std::size_t removed =
            random.below(std::min<std::size_t>(8, text.size() - offset) + 1);
        const std::string& inserted = parts[random.below(parts.size())];
        text.replace(offset, removed, inserted);
        replacements.add(offset, removed, inserted.size());
      }
      followed.change(kA, shared(text), replacements.list());
    }
    take_all(followed, kA);
    Speculator fresh(tokenizer_, {});
    fresh.open(kA, shared(text));
    take_all(fresh, kA);
    expect_same(followed, fresh, text, random);
    EXPECT_TRUE(followed.tree().invariants_hold());
  }
}

TEST_F(SpeculatorTest, LeavesOutADocumentThatIsOrGrowsTooLarge) {
  Speculator speculator(tokenizer_, {});
  speculator.open(kA, shared(std::string(Speculator::kMostBytes + 1, 'a')));
  EXPECT_FALSE(speculator.prepare(kA));
  EXPECT_EQ(speculator.tree().size(), 0U);

  speculator.open(kB, shared("some text"));
  take_all(speculator, kB);
  EXPECT_GT(speculator.tree().size(), 0U);
  const std::string large(Speculator::kMostBytes + 1, 'b');
  Replacements replacements;
  replacements.add(0, 9, large.size());
  speculator.change(kB, shared(large), replacements.list());
  EXPECT_FALSE(speculator.prepare(kB));
  EXPECT_EQ(speculator.tree().size(), 0U);
}

TEST_F(SpeculatorTest, RemembersWhatWasGeneratedUnlessItWasDrafted) {
  Speculator speculator(tokenizer_, {});
  Completion completion;
  completion.token_ids = tokens("weigh(basket)\n");
  completion.tokens.generated = static_cast<std::uint32_t>(completion.token_ids.size());
  speculator.take_generated(tokens("if full: "), completion);
  EXPECT_FALSE(drafted(speculator, "if full: we").empty());
  const std::size_t known = speculator.tree().size();

  completion.tokens.accepted = completion.tokens.generated - 1;
  speculator.take_generated(tokens("if full: "), completion);
  EXPECT_EQ(speculator.tree().size(), known);
}

/// A user accepts one of two suggestions that a model made at the same place, the older one.
class AcceptedSuggestionTest : public SpeculatorTest {
 protected:
  void generate(const std::string& text) {
    Completion completion;
    completion.token_ids = tokens(text);
    completion.tokens.generated = static_cast<std::uint32_t>(completion.token_ids.size());
    speculator_.take_generated(tokens(kBefore), completion);
  }
  /// The document in which it was accepted.
  void open_with(const std::string& accepted) {
    text_ = kBefore + accepted + "\n";
    speculator_.open(kA, shared(text_));
    take_all(speculator_, kA);
  }
  std::string drafted_there() { return drafted(speculator_, kBefore); }

  const std::string kBefore = "def full(basket):\n    return ";
  Speculator speculator_{tokenizer_, {}};
  std::string text_;
};

TEST_F(AcceptedSuggestionTest, OfTwoThatWereMerelyGeneratedTheNewerOneIsDrafted) {
  generate("count(basket)\n");
  generate("weigh(basket)\n");
  EXPECT_EQ(drafted_there().substr(0, 5), "weigh");
}

TEST_F(AcceptedSuggestionTest, WhileItsDocumentIsOpenItIsDraftedFromThat) {
  generate("count(basket)\n");
  open_with("count(basket)");
  generate("weigh(basket)\n");
  EXPECT_EQ(drafted_there().substr(0, 5), "count");
  speculator_.close(kA);
  EXPECT_EQ(drafted_there().substr(0, 5), "weigh");
}

TEST_F(AcceptedSuggestionTest, OneThatWasKeptIsDraftedWhenItsDocumentIsClosed) {
  generate("count(basket)\n");
  open_with("count(basket)");
  generate("weigh(basket)\n");
  speculator_.take_kept(text_, kBefore.size(), kBefore.size() + 13);
  speculator_.close(kA);
  EXPECT_EQ(drafted_there().substr(0, 5), "count");
}

TEST_F(AcceptedSuggestionTest, WhatIsNoSuggestionIsNotTaken) {
  const std::string large(100'000, 'x');
  speculator_.take_kept(large, 0, large.size());
  speculator_.take_kept("short", 3, 3);
  speculator_.take_kept("short", 3, 6);
  EXPECT_EQ(speculator_.tree().size(), 0U);
}

}  // namespace
}  // namespace nextline::lsp
