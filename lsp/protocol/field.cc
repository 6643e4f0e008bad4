#include "lsp/protocol/field.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <limits>
#include <system_error>

namespace nextline::lsp {
namespace {

namespace json = boost::json;

// A whole number, which a client without them may write as 1.0.
template <typename Integer>
std::optional<Integer> whole_number(const json::value* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  std::error_code not_exact;
  const auto number = value->to_number<Integer>(not_exact);
  if (not_exact) return std::nullopt;
  return number;
}

}  // namespace

Field Field::operator[](std::string_view name) const {
  const json::object* const object = value_ ? value_->if_object() : nullptr;
  const json::value* const member =
      object ? object->if_contains(json::string_view(name.data(), name.size())) : nullptr;
  return {member, path_ + "." + std::string(name), problem_};
}

std::string Field::string() const {
  const json::string* const text = value_ ? value_->if_string() : nullptr;
  if (!text) {
    complain("a string");
    return {};
  }
  return {text->begin(), text->end()};
}

std::string Field::string(std::size_t most_bytes) const {
  std::string text = string();
  if (text.size() <= most_bytes) return text;
  complain("a string of at most " + std::to_string(most_bytes) + " bytes");
  return {};
}

bool Field::boolean() const {
  if (!value_ || !value_->is_bool()) complain("true or false");
  return value_ && value_->is_bool() && value_->get_bool();
}

std::int32_t Field::integer() const {
  const auto number = whole_number<std::int32_t>(value_);
  if (!number) complain("a whole number of 32 bits");
  return number.value_or(0);
}

std::int64_t Field::long_integer() const {
  const auto number = whole_number<std::int64_t>(value_);
  if (!number) complain("a whole number");
  return number.value_or(0);
}

std::uint32_t Field::unsigned_integer() const {
  if (const auto number = whole_number<std::uint32_t>(value_)) return *number;
  constexpr auto kGreatest = std::numeric_limits<std::uint32_t>::max();
  if (value_ && value_->is_number()) {
    const bool is_greater = value_->is_double()  ? value_->get_double() > kGreatest
                            : value_->is_int64() ? value_->get_int64() > kGreatest
                                                 : true;
    if (is_greater) return kGreatest;
  }
  complain("a whole number of at least 0");
  return 0;
}

const Field& Field::object() const {
  if (!value_ || !value_->is_object()) complain("an object");
  return *this;
}

std::vector<Field> Field::elements() const {
  std::vector<Field> result;
  const json::array* const array = value_ ? value_->if_array() : nullptr;
  if (!array) {
    complain("an array");
    return result;
  }
  result.reserve(array->size());
  for (const json::value& element : *array) {
    result.push_back({&element, path_ + "[" + std::to_string(result.size()) + "]", problem_});
  }
  return result;
}

void Field::complain(std::string_view what_it_must_be) const {
  if (!problem_->empty()) return;
  *problem_ = path_ + (value_ ? " must be " : " is missing; it must be ");
  *problem_ += what_it_must_be;
  *problem_ += '.';
}

}  // namespace nextline::lsp
