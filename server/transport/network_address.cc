#include "server/transport/network_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

namespace nextline::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kLongestHost = 253;

bool is_in_names(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
         letter == '.' || letter == '_';
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return port;
}

std::string in_lower_case(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

/// Not all that Boost reads: it looks no further than to a null.
bool is_address_v6(const std::string& host) {
  const auto is_in_addresses = [](char letter) {
    return is_in_names(letter) || letter == ':' || letter == '%';  // Behind which is the zone.
  };
  error_code error;
  asio::ip::make_address_v6(host, error);
  return !error && std::all_of(host.begin(), host.end(), is_in_addresses);
}

/// Takes the host off the beginning of `text`; an address of IPv6 loses its brackets.
std::optional<std::string> take_host(std::string_view& text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    std::string host = in_lower_case(text.substr(1, end - 1));
    if (!is_address_v6(host)) return std::nullopt;
    text.remove_prefix(end + 1);
    return host;
  }
  std::string host = in_lower_case(text.substr(0, text.find(':')));
  if (host.empty() || host.size() > kLongestHost) return std::nullopt;
  if (!std::all_of(host.begin(), host.end(), is_in_names)) return std::nullopt;
  text.remove_prefix(host.size());
  return host;
}

Result<tcp::acceptor> open_acceptor(asio::io_context& context, const tcp::endpoint& endpoint) {
  tcp::acceptor acceptor(context);
  error_code error;
  const auto done = [&error] { return !error; };
  acceptor.open(endpoint.protocol(), error);
  if (done()) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (done()) acceptor.bind(endpoint, error);
  if (done()) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!done()) {
    return failure(fmt::format("Nobody can be served at {}: {}.", spell(endpoint), error.message()),
                   error.message());
  }
  return acceptor;
}

}  // namespace

std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
  auto host = take_host(text);
  if (!host) return std::nullopt;
  if (text.empty()) return HostAndPort{std::move(*host), std::nullopt};
  if (!text.starts_with(':')) return std::nullopt;
  const auto port = port_of(text.substr(1));
  if (!port) return std::nullopt;
  return HostAndPort{std::move(*host), port};
}

std::string spell(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) return fmt::format("[{}]:{}", address, endpoint.port());
  return fmt::format("{}:{}", address, endpoint.port());
}

Result<tcp::acceptor> listen_at(asio::io_context& context, const HostAndPort& address) {
  tcp::resolver resolver(context);
  error_code error;
  const auto found = resolver.resolve(address.host, std::to_string(address.port.value_or(0)),
                                      tcp::resolver::passive, error);
  if (error || found.empty()) {
    return failure(fmt::format("There is no host '{}'.", address.host), error.message());
  }
  Result<tcp::acceptor> acceptor = failure("");
  for (const auto& entry : found) {
    acceptor = open_acceptor(context, entry.endpoint());
    if (acceptor) break;
  }
  return acceptor;
}

}  // namespace nextline::server
