#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace nextline::server {

/// A host and perhaps a port, as in `localhost:8080`, `127.0.0.1` and `[::1]:8080`.
struct HostAndPort {
  std::string host;  ///< In lower case, without brackets.
  std::optional<std::uint16_t> port;
  bool operator==(const HostAndPort&) const = default;
};

/// Nothing where it is no such thing: a host of other characters than names and addresses have, a
/// port that is no number, an address of IPv6 without brackets.
std::optional<HostAndPort> parse_host_and_port(std::string_view text);

/// The host and port with brackets where they are needed.
std::string spell(const boost::asio::ip::tcp::endpoint& endpoint);

/// An acceptor that listens at HOST:PORT; port 0: at one that is free. Waits for the resolver where
/// the host is a name.
Result<boost::asio::ip::tcp::acceptor> listen_at(boost::asio::io_context& context,
                                                 const HostAndPort& address);

}  // namespace nextline::server
