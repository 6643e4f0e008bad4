#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>

#include "server/transport/network_address.h"
#include "server/transport/transport_limits.h"

namespace nextline::server {

/// How clients reach the process that serves them.
struct TransportArguments {
  bool stdio = false;              ///< One client at standard input and output.
  std::optional<HostAndPort> tcp;  ///< With a port, which may be 0.
  std::optional<HostAndPort> http;
  std::filesystem::path token_file;  ///< Empty: none.
  TransportLimits limits;
  std::size_t connections = 256;  ///< By TCP and HTTP together; and by the local socket.
  /// Whether a process is looked for that serves others with the same options, and whether others
  /// may find this one.
  bool is_shared = true;
  /// For how long a process in the background stays when its last client has gone.
  std::chrono::seconds stays{60};
  bool is_in_background = false;  ///< It finds its socket as kInheritedSocket.

  /// Whether there is one client, by whose end the process ends.
  bool is_for_one_client() const { return stdio && !tcp && !http && !is_in_background; }
};

}  // namespace nextline::server
