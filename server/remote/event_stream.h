#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace nextline::remote {

/// Cuts the data of events out of a stream of server-sent events (WHATWG, "HTML Living Standard",
/// section 9.2.6), whatever pieces it comes in. Of an event only its data counts; comments and
/// other fields are passed over. Who sends is not trusted: a line and an event have so many bytes
/// at most.
///
/// For one stream. After an error it takes nothing more.
class EventStream {
 public:
  static constexpr std::size_t kLongestEvent = std::size_t{1} << 18;

  /// The data of an event; false: nothing more is wanted.
  using Take = std::function<bool(std::string_view data)>;

  explicit EventStream(Take take) : take_(std::move(take)) {}

  /// Whether more is wanted; fails where a line or an event is too long. An event that is not ended
  /// by a blank line never comes, as the standard has it.
  Result<bool> take(std::string_view bytes);

 private:
  /// Whether more is wanted.
  Result<bool> end_line();
  Result<void> take_field();

  Take take_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool is_first_line_ = true;
  bool follows_carriage_return_ = false;  // A line feed that comes now belongs to it.
};

}  // namespace nextline::remote
