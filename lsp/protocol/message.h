#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

namespace nextline::lsp {

/// Of JSON-RPC 2.0 (section 5.1) and of LSP (`ErrorCodes`, `LSPErrorCodes`).
enum class ErrorCode : std::int32_t {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kServerNotInitialized = -32002,
  kRequestFailed = -32803,
  kContentModified = -32801,
  kRequestCancelled = -32800,
};

/// What a response answers; std::monostate is JSON's null. Ordered, so that it can be a key.
using RequestId = std::variant<std::monostate, std::int64_t, std::string>;

struct ResponseError {
  ErrorCode code;  ///< Of the other side it may be any number.
  /// One sentence.
  std::string message;
  std::optional<boost::json::value> data = std::nullopt;
  bool operator==(const ResponseError&) const = default;
};

struct Request {
  RequestId id;
  std::string method;
  boost::json::value params = nullptr;  ///< An object, an array, or null if there are none.
  bool operator==(const Request&) const = default;
};

struct Notification {
  std::string method;
  boost::json::value params = nullptr;  ///< As in a request.
  bool operator==(const Notification&) const = default;
};

struct Response {
  RequestId id;
  tl::expected<boost::json::value, ResponseError> outcome;
  bool operator==(const Response&) const = default;
};

using Message = std::variant<Request, Notification, Response>;

/// Reads one message. If it is none, the error is the response to send: ParseError if the content
/// is no JSON, InvalidRequest if it is no message, with the id of the request where it can be read
/// and null otherwise. Batches, which LSP does not have, are refused. `"params": null` and
/// `"error": null` count as left out.
tl::expected<Message, Response> parse_message(std::string_view content);

/// The content that spells a message; `framed` makes it ready to send.
std::string serialize_message(const Message& message);

/// Shorthand for a response that says why there is no result.
inline Response error_response(RequestId id, ErrorCode code, std::string message) {
  return {std::move(id), tl::unexpected(ResponseError{code, std::move(message)})};
}

/// The id as JSON, and from JSON: nothing if it is neither a string nor a whole number nor null.
boost::json::value to_json(const RequestId& id);
std::optional<RequestId> request_id_from_json(const boost::json::value& value);

}  // namespace nextline::lsp
