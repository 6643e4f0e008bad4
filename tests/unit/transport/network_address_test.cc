#include "server/transport/network_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

namespace nextline::server {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;

TEST(HostAndPort, IsANameOrAnAddressPerhapsWithAPort) {
  EXPECT_EQ(parse_host_and_port("localhost:8080"), (HostAndPort{"localhost", 8080}));
  EXPECT_EQ(parse_host_and_port("127.0.0.1:0"), (HostAndPort{"127.0.0.1", 0}));
  EXPECT_EQ(parse_host_and_port("[::1]:65535"), (HostAndPort{"::1", 65535}));
  EXPECT_EQ(parse_host_and_port("Example.ORG"), (HostAndPort{"example.org", std::nullopt}));
}

TEST(HostAndPort, IsNothingElse) {
  for (const std::string text :
       {"", ":80", "::1:80", "[::1", "[]:80", "[localhost]:80", "[::1]80", "a:", "a:b", "a:65536",
        "a:-1", "a: 80", "a b:80", "a/b:80", "a@b:80", "a:80:80", "\xff:80"}) {
    EXPECT_EQ(parse_host_and_port(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_host_and_port(std::string(1'000'000, 'a')), std::nullopt);
}

TEST(HostAndPort, HasNothingBehindANull) {
  EXPECT_EQ(parse_host_and_port(std::string_view("[::1\0x]:80", 10)), std::nullopt);
  EXPECT_EQ(parse_host_and_port("[fe80::1%eth0]:80"), (HostAndPort{"fe80::1%eth0", 80}));
}

TEST(ListenAt, Port0IsAnyThatIsFree) {
  asio::io_context context;
  const auto first = listen_at(context, {"127.0.0.1", 0});
  const auto second = listen_at(context, {"localhost", 0});
  ASSERT_TRUE(first && second);
  EXPECT_THAT(spell(first->local_endpoint()), HasSubstr("127.0.0.1:"));
  EXPECT_NE(first->local_endpoint().port(), 0);
  EXPECT_NE(first->local_endpoint().port(), second->local_endpoint().port());
  EXPECT_TRUE(second->local_endpoint().address().is_loopback());
}

TEST(ListenAt, APortThatIsTakenIsNamed) {
  asio::io_context context;
  const auto first = listen_at(context, {"127.0.0.1", 0});
  ASSERT_TRUE(first);
  const auto port = first->local_endpoint().port();
  const auto second = listen_at(context, {"127.0.0.1", port});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "Nobody can be served at 127.0.0.1:" + std::to_string(port) +
                                        ": Address already in use.");
}

TEST(ListenAt, SpellsAddressesOfIpv6WithBrackets) {
  EXPECT_EQ(spell({asio::ip::make_address("::1"), 80}), "[::1]:80");
}

}  // namespace
}  // namespace nextline::server
