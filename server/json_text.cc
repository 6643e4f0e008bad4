#include "server/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace nextline::server {
namespace {

namespace json = boost::json;

void append(std::string& text, const json::value& value);

void append_object(std::string& text, const json::object& object) {
  std::string_view separator = "{";
  for (const auto& member : object) {
    text += separator;
    separator = ", ";
    text += json::serialize(member.key());
    text += ": ";
    append(text, member.value());
  }
  text += object.empty() ? "{}" : "}";
}

void append_array(std::string& text, const json::array& array) {
  std::string_view separator = "[";
  for (const json::value& element : array) {
    text += separator;
    separator = ", ";
    append(text, element);
  }
  text += array.empty() ? "[]" : "]";
}

void append(std::string& text, const json::value& value) {
  if (const auto* object = value.if_object()) {
    append_object(text, *object);
  } else if (const auto* array = value.if_array()) {
    append_array(text, *array);
  } else if (const auto* number = value.if_double()) {
    text += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

std::string to_json_text(const boost::json::value& value) {
  std::string text;
  append(text, value);
  return text;
}

}  // namespace nextline::server
