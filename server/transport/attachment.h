#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace nextline::server {

/// The method that a client may begin with, as a notification or, to be told whether it was let in,
/// as a request.
inline constexpr const char* kAttachMethod = "nextline/attach";
/// Raised when an older client and a newer server could misunderstand each other.
inline constexpr std::int64_t kAttachProtocol = 1;

/// What a client says of itself with `nextline/attach`, and a server answers.
struct Attachment {
  std::int64_t protocol = kAttachProtocol;
  std::string version;                 ///< Of Nextline, for sentences; may be empty.
  std::string token;                   ///< Empty where none is asked for.
  std::vector<std::string> arguments;  ///< What the client's own process was given.
  bool operator==(const Attachment&) const = default;
};

/// Reads `params`; the error is a sentence that names the field.
tl::expected<Attachment, std::string> read_attachment(const boost::json::value& params);

boost::json::value to_json(const Attachment& attachment);

/// Why the two cannot talk with each other: a sentence, or "" where they can.
std::string mismatch(const Attachment& client, const Attachment& server);

}  // namespace nextline::server
