#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::lsp {

/// A place in a JSON value that is being decoded: a value, or that it is missing, and the way to it
/// for the sentence that says what is wrong ("params.position.line must be …"). The first such
/// sentence is kept in `problem`; what is read after it is default values, so that a decoder can be
/// written without looking at each step.
///
/// The JSON value and `problem` must outlive the field.
class Field {
 public:
  Field(const boost::json::value& value, std::string path, std::string& problem)
      : value_(&value), path_(std::move(path)), problem_(&problem) {}

  /// A member of an object. Where this is missing or is no object, so is the member.
  Field operator[](std::string_view name) const;

  /// Missing or null, which LSP's clients do not keep apart.
  bool is_left_out() const { return value_ == nullptr || value_->is_null(); }

  /// Each complains if the value is not what is asked for.
  std::string string() const;
  /// A string of at most so many bytes.
  std::string string(std::size_t most_bytes) const;
  bool boolean() const;
  std::int32_t integer() const;
  std::int64_t long_integer() const;
  /// LSP's `uinteger`. Clients mark "the end" by greater numbers; they become the greatest one.
  std::uint32_t unsigned_integer() const;
  /// An object's members are looked up with []; this complains if there is no object.
  const Field& object() const;
  std::vector<Field> elements() const;
  const boost::json::value* value() const { return value_; }

  /// Complains that the field "must be …" what is described.
  void complain(std::string_view what_it_must_be) const;

  /// Decodes the field unless it is left out.
  template <typename Decoder>
  auto optional(Decoder decoder) const -> std::optional<decltype(decoder(*this))> {
    if (is_left_out()) return std::nullopt;
    return decoder(*this);
  }

 private:
  Field(const boost::json::value* value, std::string path, std::string* problem)
      : value_(value), path_(std::move(path)), problem_(problem) {}

  const boost::json::value* value_;  // Null if missing.
  std::string path_;
  std::string* problem_;
};

}  // namespace nextline::lsp
