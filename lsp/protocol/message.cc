#include "lsp/protocol/message.h"

#include <boost/json/object.hpp>
#include <utility>

#include "lsp/protocol/json_text.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

using Parsed = tl::expected<Message, Response>;

Parsed invalid(RequestId id, std::string message) {
  return tl::unexpected(
      error_response(std::move(id), ErrorCode::kInvalidRequest, std::move(message)));
}

// A member of the object; null if it has none of this name.
json::value* find(json::object& object, std::string_view name) {
  return object.if_contains(json::string_view(name.data(), name.size()));
}

// Of a request that waits, the id is kept; editors number their requests.
constexpr std::size_t kLongestId = 256;

bool is_left_out(const json::value* value) { return value == nullptr || value->is_null(); }

Parsed parse_call(json::object& object, json::value& method, const json::value* id_value,
                  RequestId id) {
  if (!method.is_string()) return invalid(std::move(id), "A message's method must be a string.");
  std::string name(method.get_string().begin(), method.get_string().end());
  json::value params = nullptr;
  if (json::value* given = find(object, "params")) params = std::move(*given);
  if (!params.is_structured() && !params.is_null()) {
    return invalid(std::move(id), "A message's params must be an object or an array.");
  }
  if (id_value == nullptr) return Notification{std::move(name), std::move(params)};
  return Request{std::move(id), std::move(name), std::move(params)};
}

Parsed parse_error_response(RequestId id, json::value& error) {
  json::object* const object = error.if_object();
  const json::value* const code = object ? find(*object, "code") : nullptr;
  const json::value* const message = object ? find(*object, "message") : nullptr;
  std::error_code no_number;
  const auto number = code ? code->to_number<std::int32_t>(no_number) : 0;
  if (!code || no_number || !message || !message->is_string()) {
    return invalid(std::move(id), "A response's error must have a whole code and a message.");
  }
  ResponseError read{static_cast<ErrorCode>(number),
                     {message->get_string().begin(), message->get_string().end()}};
  if (json::value* data = find(*object, "data")) read.data = std::move(*data);
  return Response{std::move(id), tl::unexpected(std::move(read))};
}

Parsed parse_response(json::object& object, RequestId id) {
  json::value* const result = find(object, "result");
  json::value* const error = find(object, "error");
  if (is_left_out(error)) {
    if (!result)
      return invalid(std::move(id), "A message must have a method, a result or an error.");
    return Response{std::move(id), std::move(*result)};
  }
  if (!is_left_out(result)) {
    return invalid(std::move(id), "A response must not have both a result and an error.");
  }
  return parse_error_response(std::move(id), *error);
}

json::object message_object() { return {{"jsonrpc", "2.0"}}; }

json::object call_object(const std::string& method, const json::value& params) {
  json::object object = message_object();
  object["method"] = method;
  if (!params.is_null()) object["params"] = params;
  return object;
}

json::object to_object(const Request& request) {
  json::object object = call_object(request.method, request.params);
  object["id"] = to_json(request.id);
  return object;
}

json::object to_object(const Notification& notification) {
  return call_object(notification.method, notification.params);
}

json::object to_object(const Response& response) {
  json::object object = message_object();
  object["id"] = to_json(response.id);
  if (response.outcome) {
    object["result"] = *response.outcome;
    return object;
  }
  const ResponseError& error = response.outcome.error();
  json::object error_object = {{"code", static_cast<std::int32_t>(error.code)},
                               {"message", error.message}};
  if (error.data) error_object["data"] = *error.data;
  object["error"] = std::move(error_object);
  return object;
}

}  // namespace

Parsed parse_message(std::string_view content) {
  auto value = parse_json(content);
  if (!value) {
    std::string message = value.error().message;
    if (!value.error().cause.empty()) message += " (" + value.error().cause + ")";
    return tl::unexpected(error_response({}, ErrorCode::kParseError, std::move(message)));
  }
  if (value->is_array()) return invalid({}, "Batches of messages are not part of LSP.");
  json::object* const object = value->if_object();
  if (!object) return invalid({}, "A message must be a JSON object.");

  const json::value* const id_value = find(*object, "id");
  auto id = request_id_from_json(id_value ? *id_value : json::value(nullptr));
  if (!id)
    return invalid({}, "A message's id must be a whole number or a string of at most " +
                           std::to_string(kLongestId) + " bytes.");
  const json::value* const version = find(*object, "jsonrpc");
  if (!version || *version != "2.0") {
    return invalid(std::move(*id), "A message's jsonrpc must be \"2.0\".");
  }
  if (json::value* method = find(*object, "method")) {
    return parse_call(*object, *method, id_value, std::move(*id));
  }
  if (!id_value) return invalid({}, "A message without a method must have an id.");
  return parse_response(*object, std::move(*id));
}

std::string serialize_message(const Message& message) {
  return serialize_json(std::visit([](const auto& kind) { return to_object(kind); }, message));
}

json::value to_json(const RequestId& id) {
  if (const auto* number = std::get_if<std::int64_t>(&id)) return *number;
  if (const auto* text = std::get_if<std::string>(&id)) return json::value(*text);
  return nullptr;
}

std::optional<RequestId> request_id_from_json(const json::value& value) {
  std::optional<RequestId> id;
  if (value.is_null()) id.emplace();
  if (const json::string* text = value.if_string()) {
    if (text->size() > kLongestId) return id;
    id.emplace(std::in_place_type<std::string>, text->begin(), text->end());
  }
  if (!value.is_number()) return id;
  // A client without whole numbers may write 1.0.
  std::error_code no_whole_number;
  const auto number = value.to_number<std::int64_t>(no_whole_number);
  if (!no_whole_number) id.emplace(number);
  return id;
}

}  // namespace nextline::lsp
