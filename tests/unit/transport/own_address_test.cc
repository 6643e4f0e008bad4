#include "server/transport/own_address.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::server {
namespace {

using boost::asio::ip::make_address;

bool is_own_on_loopback(const std::string& host) {
  return is_own_host(host, make_address("127.0.0.1"), "127.0.0.1");
}

TEST(OwnHost, OnLoopbackIsAnyNameOfIt) {
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080",
                           "127.0.0.1:9" /* A tunnel's. */}) {
    EXPECT_TRUE(is_own_on_loopback(host)) << host;
  }
}

TEST(OwnHost, IsNoNameThatSomebodyLetsPointHere) {
  for (const char* host :
       {"", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
        "192.168.1.2:8080", "localhost@evil.example", "0.0.0.0:8080"}) {
    EXPECT_FALSE(is_own_on_loopback(host)) << host;
  }
}

TEST(OwnHost, ElsewhereIsTheAddressThatWasConnectedToOrTheNameThatWasGiven) {
  const auto address = make_address("192.168.1.2");
  EXPECT_TRUE(is_own_host("192.168.1.2:8080", address, "0.0.0.0"));
  EXPECT_TRUE(is_own_host("desk.example:8080", address, "desk.example"));
  EXPECT_FALSE(is_own_host("192.168.1.3:8080", address, "0.0.0.0"));
  EXPECT_FALSE(is_own_host("localhost:8080", address, "0.0.0.0"));
  EXPECT_FALSE(is_own_host("evil.example:8080", address, "0.0.0.0"));
}

TEST(OwnHost, IsTheSameWhereIpv4ComesThroughIpv6) {
  EXPECT_TRUE(is_own_host("localhost", make_address("::ffff:127.0.0.1"), "::"));
  EXPECT_TRUE(is_own_host("192.168.1.2", make_address("::ffff:192.168.1.2"), "::"));
}

TEST(OwnOrigin, IsTheHostThatIsAsked) {
  EXPECT_TRUE(is_own_origin("http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(is_own_origin("http://[::1]:8080", "[::1]:8080"));
  EXPECT_TRUE(is_own_origin("http://localhost", "localhost:80"));
}

TEST(OwnOrigin, IsNoOtherPageNorPortNorScheme) {
  for (const char* origin :
       {"", "null", "http://evil.example", "http://localhost", "http://localhost:8081",
        "http://127.0.0.1:8080", "https://localhost:8080", "http://localhost:8080/",
        "http://localhost:8080@evil.example", "file://"}) {
    EXPECT_FALSE(is_own_origin(origin, "localhost:8080")) << origin;
  }
}

}  // namespace
}  // namespace nextline::server
