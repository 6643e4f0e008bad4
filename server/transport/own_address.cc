#include "server/transport/own_address.h"

#include "server/transport/network_address.h"

namespace nextline::server {

namespace ip = boost::asio::ip;

namespace {

/// Of IPv4, where a socket of IPv6 was reached by it.
ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

}  // namespace

bool is_own_host(std::string_view host, const ip::address& connected_at,
                 const std::string& listens_at) {
  const ip::address reached_at = unmapped(connected_at);
  const auto named = parse_host_and_port(host);
  if (!named) return false;
  if (named->host == listens_at) return true;
  boost::system::error_code no_address;
  const ip::address address = ip::make_address(named->host, no_address);
  if (reached_at.is_loopback()) {
    return no_address ? named->host == "localhost" : address.is_loopback();
  }
  return !no_address && address == reached_at;
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  constexpr std::string_view kScheme = "http://";
  if (!origin.starts_with(kScheme)) return false;
  const auto from = parse_host_and_port(origin.substr(kScheme.size()));
  const auto to = parse_host_and_port(host);
  constexpr std::uint16_t kUsualPort = 80;
  return from && to && from->host == to->host &&
         from->port.value_or(kUsualPort) == to->port.value_or(kUsualPort);
}

}  // namespace nextline::server
