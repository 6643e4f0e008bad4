// What strangers say before they are let in: the fields of an HTTP request that are looked at, and
// `nextline/attach`. The first byte says which of them the rest is.

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/field.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lsp/protocol/json_text.h"
#include "server/transport/attachment.h"
#include "server/transport/http_answer.h"
#include "server/transport/http_target.h"
#include "server/transport/network_address.h"

namespace {

using namespace nextline::server;
namespace http = boost::beast::http;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr const char* kToken = "0123456789abcdef";
constexpr std::string_view kNames = "abcdefghijklmnopqrstuvwxyz0123456789-._:";

/// What is understood of an address is nothing but one.
void read_address(std::string_view text) {
  const auto address = parse_host_and_port(text);
  if (!address) return;
  require(!address->host.empty());
  require(address->host.find_first_not_of(kNames) == std::string::npos ||
          address->host.find('%') != std::string::npos);  // The zone of an IPv6 address.
  require(parse_host_and_port(address->host.find(':') == std::string::npos
                                  ? address->host
                                  : "[" + address->host + "]")
              .has_value());
}

/// Nobody gets in whose request lacks the token, or comes from another page.
void ask(http::field field, std::string_view value) {
  HttpSite site{[] { return "page"; }, {}, {}, kToken, "127.0.0.1"};
  HttpRequest request(http::verb::get, "/", 11);
  if (field == http::field::unknown) {
    request.target({value.data(), value.size()});
  } else {
    request.set(http::field::host, "localhost:1");
    request.set(field, {value.data(), value.size()});
  }
  if (field == http::field::unknown) request.set(http::field::host, "localhost:1");
  const auto answer = answer_to(request, boost::asio::ip::make_address("127.0.0.1"), site);
  require(answer.has_value());
  const bool holds_token = value.find("0123456789abcdef") != std::string_view::npos ||
                           value.find('%') != std::string_view::npos;
  require(answer->result() != http::status::ok || holds_token);
}

void attach(std::string_view text) {
  const auto params = nextline::lsp::parse_json(text);
  if (!params) return;
  const auto attachment = read_attachment(*params);
  if (!attachment) return require(!attachment.error().empty());
  require(read_attachment(to_json(*attachment)) == *attachment);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      read_address(text);
      break;
    case 1:
      ask(http::field::unknown, text);  // The target.
      break;
    case 2:
      ask(http::field::host, text);
      break;
    case 3:
      ask(http::field::origin, text);
      break;
    case 4:
      ask(http::field::authorization, text);
      break;
    default:
      attach(text);
  }
  return 0;
}
