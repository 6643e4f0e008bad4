#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"

namespace nextline::server {

/// How a server answered who wants to attach.
struct HelloOutcome {
  bool is_attached = false;
  bool has_ended = false;    ///< It closed the connection: it was about to end, or is full.
  std::string refusal = {};  ///< Else why it refused: a sentence.
};

/// Says `nextline/attach` over a connected local socket and waits for the answer. The server says
/// nothing more before its client does, so that all that comes next is the client's.
HelloOutcome say_hello(int socket, const std::string& version,
                       const std::vector<std::string>& arguments,
                       std::chrono::milliseconds patience, const std::stop_token& stop);

}  // namespace nextline::server
