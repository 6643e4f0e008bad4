#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <optional>
#include <string>

namespace nextline::server {

using HttpRequest = boost::beast::http::request<boost::beast::http::empty_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

/// What is to be had by HTTP, and by whom.
struct HttpSite {
  /// Texts, made when they are asked for. Where a function is missing, so is the page.
  std::function<std::string()> page;     ///< `/`: HTML.
  std::function<std::string()> health;   ///< `/health`: JSON.
  std::function<std::string()> metrics;  ///< `/metrics`: Prometheus' text format.
  std::optional<std::string> token;      ///< Without it, nobody gets anything.
  std::string listens_at;                ///< The host that it was told to listen at.
};

/// Where LSP is spoken over a WebSocket.
inline constexpr const char* kLspPath = "/lsp";

/// Answers a request that came at this address of the machine; nothing where it asks for the
/// WebSocket and may have it. Refused are, in this order: what is no proper request (400), another
/// server's `Host` and a foreign `Origin` (403), a token that is missing or wrong (401), paths and
/// methods that do not exist (404, 405). The answer to HEAD is GET's; only its header is to be
/// sent.
std::optional<HttpResponse> answer_to(const HttpRequest& request,
                                      const boost::asio::ip::address& connected_at,
                                      const HttpSite& site);

/// An answer that is one sentence.
HttpResponse http_sentence(boost::beast::http::status status, const std::string& sentence);

}  // namespace nextline::server
