#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>

namespace nextline::server {

/// Whether an HTTP request's `Host` means this server: the host that it was told to listen at, the
/// address that was connected to, or, on loopback, any name of it. A page elsewhere whose name
/// somebody lets point here (DNS rebinding) names itself, and is refused. The port is not looked
/// at, since it tells nothing of who asks and differs behind a tunnel.
bool is_own_host(std::string_view host, const boost::asio::ip::address& connected_at,
                 const std::string& listens_at);

/// Whether a request comes from a page that came from here: its `Origin` is the `Host` that it was
/// sent to, scheme and port included.
bool is_own_origin(std::string_view origin, std::string_view host);

}  // namespace nextline::server
