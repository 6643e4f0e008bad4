#pragma once

#include <chrono>
#include <cstddef>

namespace nextline::server {

/// What one client may take of the process, so that none harms the others.
struct TransportLimits {
  /// Bytes of one message. A source file of this size is no source file.
  std::size_t message = std::size_t{16} << 20;
  /// Bytes of the messages of a client that has not been let in yet.
  std::size_t first_message = std::size_t{1} << 20;
  /// Bytes that a client may leave unread: far more than one that reads at all can leave.
  std::size_t unread = std::size_t{16} << 20;
  /// Within this time, a client says its first message and a browser its request.
  std::chrono::milliseconds hello{10'000};
  /// How long a client that is closed may take to read the last messages.
  std::chrono::milliseconds farewell{2'000};
};

}  // namespace nextline::server
