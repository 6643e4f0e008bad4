#include "lsp/client_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ClientSettings, AreTheDefaultsUnlessTheClientSaysOtherwise) {
  ClientSettings client({.max_tokens = 8, .candidates = 2});
  EXPECT_THAT(client.begin({{"candidates", 4}}), IsEmpty());
  EXPECT_THAT(client.change({{"maxTokens", 16}}), IsEmpty());
  EXPECT_EQ(client.settings(), (Settings{.max_tokens = 16, .candidates = 4}));
  EXPECT_THAT(client.change(boost::json::object()), IsEmpty());
  EXPECT_EQ(client.settings(), (Settings{.max_tokens = 8, .candidates = 4}));
}

TEST(ClientSettings, ThatArePinnedStayAndTheClientIsToldOnce) {
  ClientSettings client({.max_tokens = 8}, {{"maxTokens", "--max-tokens"}});
  EXPECT_THAT(client.begin({{"maxTokens", 16}, {"candidates", 2}}),
              ElementsAre(HasSubstr("since the server was started with --max-tokens")));
  EXPECT_THAT(client.change({{"maxTokens", 32}, {"candidates", 3}}), IsEmpty());
  EXPECT_EQ(client.settings(), (Settings{.max_tokens = 8, .candidates = 3}));
}

}  // namespace
}  // namespace nextline::lsp
