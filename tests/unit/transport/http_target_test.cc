#include "server/transport/http_target.h"

#include <gtest/gtest.h>

namespace nextline::server {
namespace {

TEST(HttpTarget, IsAPathAndPerhapsAToken) {
  EXPECT_EQ(parse_target("/lsp"), (HttpTarget{"/lsp", std::nullopt}));
  EXPECT_EQ(parse_target("/?token=abc"), (HttpTarget{"/", "abc"}));
  EXPECT_EQ(parse_target("/lsp?a=b&token=abc&token=d"), (HttpTarget{"/lsp", "abc"}));
  EXPECT_EQ(parse_target("/lsp?mytoken=abc&token"), (HttpTarget{"/lsp", std::nullopt}));
  EXPECT_EQ(parse_target(""), (HttpTarget{"", std::nullopt}));
}

TEST(HttpTarget, ATokenIsDecodedWhereItIsSpelledRight) {
  EXPECT_EQ(parse_target("/?token=a%2Bb%3d").token, "a+b=");
  EXPECT_EQ(parse_target("/?token=%").token, "%");
  EXPECT_EQ(parse_target("/?token=%2").token, "%2");
  EXPECT_EQ(parse_target("/?token=%zz%2g").token, "%zz%2g");
}

TEST(BearerToken, FollowsItsScheme) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer   abc"), "abc");
  for (const char* other : {"", "Bearer", "Bearer ", "Basic abc", "abc"}) {
    EXPECT_EQ(bearer_token(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace nextline::server
