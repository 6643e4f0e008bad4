#include "server/transport/http_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nextline::server {
namespace {

namespace http = boost::beast::http;
using ::testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef";

class HttpAnswerTest : public ::testing::Test {
 protected:
  static HttpRequest request(http::verb method, const std::string& target) {
    HttpRequest result(method, target, 11);
    result.set(http::field::host, "localhost:8080");
    return result;
  }
  static HttpRequest upgrade(const std::string& target = "/lsp") {
    HttpRequest result = request(http::verb::get, target);
    result.set(http::field::upgrade, "websocket");
    result.set(http::field::connection, "upgrade");
    result.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    result.set(http::field::sec_websocket_version, "13");
    return result;
  }
  /// The status; 101 where the WebSocket is to be had.
  int status_of(const HttpRequest& asked) const {
    const auto answer = answer_to(asked, boost::asio::ip::make_address("127.0.0.1"), site_);
    return answer ? static_cast<int>(answer->result_int()) : 101;
  }
  HttpResponse answer(const HttpRequest& asked) const {
    return *answer_to(asked, boost::asio::ip::make_address("127.0.0.1"), site_);
  }

  HttpSite site_{[] { return "<!doctype html>"; }, [] { return "{}"; }, [] { return "x 1\n"; },
                 std::nullopt, "127.0.0.1"};
};

TEST_F(HttpAnswerTest, ThereAreThreePages) {
  EXPECT_EQ(answer(request(http::verb::get, "/")).body(), "<!doctype html>");
  EXPECT_EQ(answer(request(http::verb::get, "/health")).body(), "{}");
  EXPECT_EQ(answer(request(http::verb::get, "/metrics?a=b")).body(), "x 1\n");
  EXPECT_EQ(answer(request(http::verb::get, "/metrics"))[http::field::content_type],
            "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(HttpAnswerTest, NothingElseIsFoundNorWhatNobodyMakes) {
  site_.metrics = {};
  for (const char* target :
       {"/metrics", "/index.html", "/lsp/", "//", "", "*", "/%2f", "/HEALTH"}) {
    EXPECT_EQ(status_of(request(http::verb::get, target)), 404) << target;
  }
}

TEST_F(HttpAnswerTest, PagesAreReadOnly) {
  for (const http::verb method : {http::verb::post, http::verb::put, http::verb::delete_,
                                  http::verb::options, http::verb::trace}) {
    EXPECT_EQ(status_of(request(method, "/health")), 405);
  }
  EXPECT_EQ(answer(request(http::verb::post, "/"))[http::field::allow], "GET, HEAD");
}

TEST_F(HttpAnswerTest, HeadIsAnsweredAsGet) {
  const HttpResponse get = answer(request(http::verb::get, "/health"));
  const HttpResponse head = answer(request(http::verb::head, "/health"));
  EXPECT_EQ(head.result(), http::status::ok);
  EXPECT_EQ(head[http::field::content_length], get[http::field::content_length]);
}

TEST_F(HttpAnswerTest, LspIsSpokenOverAWebSocketAlone) {
  EXPECT_EQ(status_of(upgrade()), 101);
  EXPECT_EQ(status_of(request(http::verb::get, "/lsp")), 426);
  EXPECT_EQ(status_of(request(http::verb::post, "/lsp")), 405);
  EXPECT_EQ(status_of(upgrade("/health")), 200);
}

TEST_F(HttpAnswerTest, AnotherHostIsRefusedWhateverIsAskedFor) {
  HttpRequest asked = upgrade();
  asked.set(http::field::host, "evil.example:8080");
  EXPECT_EQ(status_of(asked), 403);
  asked.erase(http::field::host);
  EXPECT_EQ(status_of(asked), 400);
  asked.insert(http::field::host, "localhost:8080");
  asked.insert(http::field::host, "evil.example");
  EXPECT_EQ(status_of(asked), 400);
}

TEST_F(HttpAnswerTest, APageFromElsewhereIsRefusedWhateverItAsksFor) {
  for (HttpRequest asked : {upgrade(), request(http::verb::get, "/health")}) {
    asked.set(http::field::origin, "http://localhost:8080");
    EXPECT_NE(status_of(asked), 403);
    for (const char* origin : {"http://evil.example", "null", "http://localhost:9999"}) {
      asked.set(http::field::origin, origin);
      EXPECT_EQ(status_of(asked), 403) << origin;
    }
  }
}

TEST_F(HttpAnswerTest, WithATokenNobodyGetsAnythingWithout) {
  site_.token = kToken;
  for (const char* target : {"/", "/health", "/lsp", "/none", "/?token=wrong", "/?token="}) {
    const HttpResponse refused = answer(request(http::verb::get, target));
    EXPECT_EQ(refused.result(), http::status::unauthorized) << target;
    EXPECT_EQ(refused[http::field::www_authenticate], "Bearer");
  }
  HttpRequest asked = upgrade();
  EXPECT_EQ(status_of(asked), 401);
  asked.set(http::field::authorization, std::string("Bearer ") + kToken);
  EXPECT_EQ(status_of(asked), 101);
  EXPECT_EQ(status_of(upgrade(std::string("/lsp?token=") + kToken)), 101);
  EXPECT_EQ(status_of(request(http::verb::get, std::string("/?token=") + kToken)), 200);
}

TEST_F(HttpAnswerTest, WhatIsAnsweredIsKeptNowhereAndTakenForNothingElse) {
  for (const char* target : {"/", "/health", "/none"}) {
    const HttpResponse told = answer(request(http::verb::get, target));
    EXPECT_EQ(told[http::field::cache_control], "no-store");
    EXPECT_EQ(told["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(told["Referrer-Policy"], "no-referrer");
    EXPECT_THAT(std::string(told["Content-Security-Policy"]), HasSubstr("default-src 'none'"));
  }
}

}  // namespace
}  // namespace nextline::server
