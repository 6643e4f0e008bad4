#pragma once

#include <boost/json.hpp>
#include <string_view>
#include <utility>

namespace nextline::replay {

/// Takes a member of an object; false if it is not there or of another type.
template <typename T>
bool take_member(const boost::json::object& object, std::string_view name, T& value) {
  const boost::json::value* member = object.if_contains(name);
  if (!member) return false;
  auto converted = boost::json::try_value_to<T>(*member);
  if (!converted) return false;
  value = std::move(*converted);
  return true;
}

}  // namespace nextline::replay
