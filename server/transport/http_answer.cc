#include "server/transport/http_answer.h"

#include <array>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <string_view>
#include <utility>

#include "server/transport/http_target.h"
#include "server/transport/own_address.h"
#include "server/transport/token.h"

namespace nextline::server {
namespace {

namespace http = boost::beast::http;

/// The page is one file, with its script and its style in it; it talks with nobody else.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse response(http::status status, std::string_view type, std::string body) {
  HttpResponse result(status, 11, std::move(body));
  result.set(http::field::content_type, type);
  result.set(http::field::cache_control, "no-store");
  result.set("X-Content-Type-Options", "nosniff");
  result.set("Content-Security-Policy", kContentSecurityPolicy);
  result.set("Cross-Origin-Resource-Policy", "same-origin");
  result.set("Referrer-Policy", "no-referrer");  // The page's address may hold the token.
  result.keep_alive(false);
  result.prepare_payload();
  return result;
}

bool is_proper(const HttpRequest& request) {
  constexpr std::array kSingle = {http::field::origin, http::field::authorization};
  for (const http::field name : kSingle) {
    if (request.count(name) > 1) return false;
  }
  return request.count(http::field::host) == 1;
}

bool has_token(const HttpRequest& request, const HttpTarget& target, const std::string& token) {
  const auto bearer = bearer_token(view(request[http::field::authorization]));
  if (bearer && are_equal_tokens(*bearer, token)) return true;
  return target.token && are_equal_tokens(*target.token, token);
}

/// Why whoever asks may not; nothing where he may.
std::optional<HttpResponse> refusal_of(const HttpRequest& request, const HttpTarget& target,
                                       const boost::asio::ip::address& connected_at,
                                       const HttpSite& site) {
  if (!is_proper(request)) {
    return http_sentence(http::status::bad_request, "The request must have one Host.");
  }
  const std::string_view host = view(request[http::field::host]);
  if (!is_own_host(host, connected_at, site.listens_at)) {
    return http_sentence(http::status::forbidden,
                         "This server is not the Host that was asked for.");
  }
  if (request.count(http::field::origin) == 1 &&
      !is_own_origin(view(request[http::field::origin]), host)) {
    return http_sentence(http::status::forbidden, "Pages from elsewhere are not served.");
  }
  if (site.token && !has_token(request, target, *site.token)) {
    HttpResponse refused =
        http_sentence(http::status::unauthorized, "The token is missing or wrong.");
    refused.set(http::field::www_authenticate, "Bearer");
    return refused;
  }
  return std::nullopt;
}

struct Page {
  std::string_view path;
  std::string_view type;
  std::function<std::string()> HttpSite::*text;
};

constexpr std::array kPages = {
    Page{"/", "text/html; charset=utf-8", &HttpSite::page},
    Page{"/health", "application/json", &HttpSite::health},
    Page{"/metrics", "text/plain; version=0.0.4; charset=utf-8", &HttpSite::metrics},
};

HttpResponse method_not_allowed(std::string_view allowed) {
  HttpResponse refused =
      http_sentence(http::status::method_not_allowed, "This is not to be had by this method.");
  refused.set(http::field::allow, allowed);
  return refused;
}

HttpResponse page_for(const HttpRequest& request, const std::string& path, const HttpSite& site) {
  for (const Page& page : kPages) {
    const auto& text = site.*page.text;
    if (page.path != path || !text) continue;
    const bool is_read =
        request.method() == http::verb::get || request.method() == http::verb::head;
    return is_read ? response(http::status::ok, page.type, text())
                   : method_not_allowed("GET, HEAD");
  }
  return http_sentence(http::status::not_found, "There is no such page.");
}

}  // namespace

std::optional<HttpResponse> answer_to(const HttpRequest& request,
                                      const boost::asio::ip::address& connected_at,
                                      const HttpSite& site) {
  const HttpTarget target = parse_target(view(request.target()));
  if (auto refusal = refusal_of(request, target, connected_at, site)) return refusal;
  if (target.path != kLspPath) return page_for(request, target.path, site);
  if (request.method() != http::verb::get) return method_not_allowed("GET");
  if (boost::beast::websocket::is_upgrade(request)) return std::nullopt;
  HttpResponse refused =
      http_sentence(http::status::upgrade_required, "LSP is spoken over a WebSocket here.");
  refused.set(http::field::upgrade, "websocket");
  return refused;
}

HttpResponse http_sentence(http::status status, const std::string& sentence) {
  return response(status, "text/plain; charset=utf-8", sentence + "\n");
}

}  // namespace nextline::server
