#include "lsp/completion/context_budget.h"

#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

/// What comes of passes of 32 rows, each of which takes so long.
std::optional<std::uint32_t> found_with(double milliseconds, std::uint32_t context_length = 65536) {
  ContextBudget budget({}, context_length);
  for (int i = 0; i < 5; ++i) budget.learn(32, milliseconds);
  return budget.tokens();
}

TEST(ContextBudget, IsWhatTheMachineComputesInTwoSeconds) {
  EXPECT_EQ(found_with(100), 512U) << "640";
  EXPECT_EQ(found_with(64), 512U) << "1,000";
  EXPECT_EQ(found_with(62), 1024U) << "1,032";
}

TEST(ContextBudget, StaysWithinItsBounds) {
  EXPECT_EQ(found_with(10'000), ContextBudget::kFewest);
  EXPECT_EQ(found_with(0.1), ContextBudget::kMost);
  EXPECT_EQ(found_with(0.1, 4096), 1024U) << "A quarter of the context.";
  EXPECT_EQ(found_with(0.1, 100), 0U) << "The document needs all of it.";
}

TEST(ContextBudget, OnePassThatWasHeldUpSaysNothing) {
  ContextBudget budget({}, 65536);
  for (const double milliseconds : {100.0, 100.0, 5000.0, 100.0, 100.0}) {
    EXPECT_FALSE(budget.tokens());
    budget.learn(32, milliseconds);
  }
  EXPECT_EQ(budget.tokens(), 512U);
}

TEST(ContextBudget, NeitherDoesASmallPassOrNone) {
  ContextBudget budget({}, 65536);
  for (int i = 0; i < 20; ++i) {
    budget.learn(8, 1);
    budget.learn(0, 1);
    budget.learn(32, 0);
  }
  EXPECT_FALSE(budget.tokens());
}

TEST(ContextBudget, StaysOnceItIsFound) {
  ContextBudget budget({}, 65536);
  EXPECT_EQ(budget.tokens_for_now(), ContextBudget::kFewest);
  EXPECT_EQ(budget.most_tokens(), ContextBudget::kMost);
  for (int i = 0; i < 5; ++i) budget.learn(32, 100);
  for (int i = 0; i < 50; ++i) budget.learn(32, 1);
  EXPECT_EQ(budget.tokens(), 512U);
  EXPECT_EQ(budget.tokens_for_now(), 512U);
  EXPECT_EQ(budget.most_tokens(), 512U);
}

TEST(ContextBudget, CanBeSaid) {
  EXPECT_EQ(ContextBudget({.most_tokens = 77}, 4096).tokens(), 77U);
  EXPECT_EQ(ContextBudget({.most_tokens = 5000}, 4096).tokens(), 1024U);
}

}  // namespace
}  // namespace nextline::lsp
