#include "server/remote/event_stream.h"

#include <algorithm>
#include <utility>

namespace nextline::remote {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

tl::unexpected<Error> too_long() { return failure("The answer has an event that is too long."); }

}  // namespace

Result<bool> EventStream::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(follows_carriage_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (line_.size() + end > kLongestEvent) return too_long();
    line_.append(bytes.substr(0, end));
    if (end == bytes.size()) break;
    follows_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    const auto goes_on = end_line();
    if (!goes_on || !*goes_on) return goes_on;
  }
  return true;
}

Result<bool> EventStream::end_line() {
  if (std::exchange(is_first_line_, false) && line_.starts_with(kByteOrderMark)) {
    line_.erase(0, kByteOrderMark.size());
  }
  if (!line_.empty()) {
    const auto taken = take_field();
    line_.clear();
    if (!taken) return tl::unexpected(taken.error());
    return true;
  }
  if (!std::exchange(has_data_, false)) return true;
  return take_(std::exchange(data_, {}));
}

Result<void> EventStream::take_field() {
  std::string_view value = line_;
  const std::string_view name = value.substr(0, value.find(':'));
  if (name != "data") return {};
  value.remove_prefix(std::min(name.size() + 1, value.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (data_.size() + value.size() + 1 > kLongestEvent) return too_long();
  if (std::exchange(has_data_, true)) data_ += '\n';
  data_ += value;
  return {};
}

}  // namespace nextline::remote
