#include "server/transport/http_target.h"

namespace nextline::server {
namespace {

std::optional<unsigned> digit_of(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return std::nullopt;
}

/// "a%2Bb" → "a+b".
std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && text.size() - i > 2;
    const auto high = is_escape ? digit_of(text[i + 1]) : std::nullopt;
    const auto low = high ? digit_of(text[i + 2]) : std::nullopt;
    if (low) {
      result += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace

HttpTarget parse_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  HttpTarget result{std::string(target.substr(0, mark)), std::nullopt};
  std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!query.empty() && !result.token) {
    const std::size_t end = query.find('&');
    const std::string_view field = query.substr(0, end);
    constexpr std::string_view kToken = "token=";
    if (field.starts_with(kToken)) result.token = percent_decoded(field.substr(kToken.size()));
    query = end == std::string_view::npos ? "" : query.substr(end + 1);
  }
  return result;
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    // Letters differ from capitals in one bit, and the blank has it.
    if ((authorization[i] | 0x20) != kScheme[i]) return std::nullopt;
  }
  authorization.remove_prefix(kScheme.size());
  const std::size_t first = authorization.find_first_not_of(' ');
  return first == std::string_view::npos ? std::nullopt
                                         : std::optional(authorization.substr(first));
}

}  // namespace nextline::server
