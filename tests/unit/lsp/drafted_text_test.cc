#include "lsp/completion/drafted_text.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace nextline::lsp {
namespace {

class DraftedTextTest : public testing::Test {
 protected:
  /// A known token, and one behind the other what may follow it.
  DraftedPass chain(std::string_view text, std::vector<std::uint32_t> followed) const {
    DraftedPass pass{{}, std::move(followed)};
    for (const TokenId token : model_->tokenizer().encode(text)) {
      const auto row = static_cast<std::uint32_t>(pass.tokens.size());
      pass.tokens.push_back({token, row == 0 ? std::nullopt : std::optional(row - 1)});
    }
    return pass;
  }
  std::string json_of(const DraftedPass& pass) const {
    return boost::json::serialize(to_json(spelled(model_->tokenizer(), std::span(&pass, 1))));
  }

  nextline::test::TestModel model_{nextline::test::every_type("qwen2")};
};

TEST_F(DraftedTextTest, TokensAreSpelledAndTellWhetherTheyWereSaid) {
  const auto passes = spelled(model_->tokenizer(), std::vector{chain("a+b", {0, 1})});
  ASSERT_EQ(passes.size(), 1U);
  ASSERT_EQ(passes[0].tokens.size(), 3U);
  EXPECT_EQ(passes[0].tokens[1].text, "+");
  EXPECT_EQ(passes[0].tokens[1].parent, 0U);
  EXPECT_TRUE(passes[0].tokens[1].is_said);
  EXPECT_FALSE(passes[0].tokens[2].is_said);
}

TEST_F(DraftedTextTest, HalvesOfACharacterAreShownAsSuch) {
  const auto passes = spelled(model_->tokenizer(), std::vector{chain("\xC3\xA9", {0})});
  ASSERT_EQ(passes[0].tokens.size(), 2U) << "The vocabulary has bytes only.";
  for (const auto& token : passes[0].tokens) EXPECT_EQ(token.text, "\xEF\xBF\xBD");
}

TEST_F(DraftedTextTest, IsAPassWithATreeOfTokens) {
  EXPECT_EQ(json_of(chain("ab", {0})), R"([{"ms":0E0,"tokens":[{"text":"a","said":true},)"
                                       R"({"text":"b","said":false,"parent":0}]}])");
}

}  // namespace
}  // namespace nextline::lsp
