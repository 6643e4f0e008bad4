#include "engine/session/prompt_layout.h"

#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline {
namespace {

TEST(PromptLayout, NamesLeadBackToTheirLayouts) {
  for (const Layout layout :
       {Layout::kPlain, Layout::kPrefixSuffixMiddle, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    EXPECT_EQ(layout_from_name(name_of(layout)), layout);
  }
  EXPECT_FALSE(layout_from_name("middle"));
}

TEST(PromptLayout, MarkersAreThoseOfOneSpelling) {
  const test::TestModel model(test::every_type("qwen2"));
  const auto markers = fill_markers(model->tokenizer());
  ASSERT_TRUE(markers);
  EXPECT_EQ(markers->prefix, model->tokenizer().control_token("<|fim_prefix|>"));
  EXPECT_EQ(markers->suffix, model->tokenizer().control_token("<|fim_suffix|>"));
  EXPECT_EQ(markers->middle, model->tokenizer().control_token("<|fim_middle|>"));
}

TEST(PromptLayout, AModelWithoutMarkersHasNone) {
  const auto tokenizer = Tokenizer::create(test::HandMadeVocabulary());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_FALSE(fill_markers(*tokenizer));
}

}  // namespace
}  // namespace nextline
