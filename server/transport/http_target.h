#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nextline::server {

/// What is asked for in an HTTP request: `/lsp?token=…`.
struct HttpTarget {
  std::string path;                  ///< As it stands there, which is enough for the few there are.
  std::optional<std::string> token;  ///< The first of this name in the query, decoded.
  bool operator==(const HttpTarget&) const = default;
};

/// Understands any bytes: what is spelled wrong stays as it stands.
HttpTarget parse_target(std::string_view target);

/// The token in `Authorization: Bearer …`, or nothing.
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace nextline::server
