#include "lsp/protocol/json_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <system_error>

#include "engine/tokenizer/utf8.h"
#include "lsp/protocol/wtf8.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

constexpr std::size_t kEscapeLength = 6;  // \uXXXX

// The code unit that an escape \uXXXX at the beginning of `text` stands for.
std::optional<char32_t> escaped_unit(std::string_view text) {
  if (text.size() < kEscapeLength || !text.starts_with("\\u")) return std::nullopt;
  unsigned unit = 0;
  const char* const end = text.data() + kEscapeLength;
  const auto [read_to, error] = std::from_chars(text.data() + 2, end, unit, 16);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return unit;
}

// The next escaped lone surrogate at or behind `position`, which must not lie within an escape.
std::size_t find_lone_surrogate(std::string_view text, std::size_t position) {
  while ((position = text.find('\\', position)) != std::string_view::npos) {
    const auto unit = escaped_unit(text.substr(position));
    if (!unit) {
      position += 2;  // Another escape, of which \\ must not be taken for the beginning of one.
    } else if (is_low_surrogate(*unit)) {
      return position;
    } else if (!is_high_surrogate(*unit)) {
      position += kEscapeLength;
    } else {
      const auto low = escaped_unit(text.substr(position + kEscapeLength));
      if (!low || !is_low_surrogate(*low)) return position;
      position += 2 * kEscapeLength;
    }
  }
  return position;
}

// Puts a question mark in the place of each byte that is no UTF-8.
std::string with_malformed_bytes_replaced(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t well_formed = well_formed_utf8_prefix(text);
    result += text.substr(0, well_formed);
    text.remove_prefix(well_formed);
    if (text.empty()) break;
    result += '?';
    text.remove_prefix(1);
  }
  return result;
}

// Spells escaped lone surrogates out in WTF-8.
std::string with_lone_surrogates_spelt_out(std::string_view text) {
  std::string result;
  std::size_t copied = 0;
  std::size_t lone = 0;
  while ((lone = find_lone_surrogate(text, lone)) != std::string_view::npos) {
    result += text.substr(copied, lone - copied);
    append_wtf8(result, *escaped_unit(text.substr(lone)));
    copied = lone += kEscapeLength;
  }
  return result.append(text.substr(copied));
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  std::string replaced;
  if (well_formed_utf8_prefix(text) != text.size()) {
    replaced = with_malformed_bytes_replaced(text);
    text = replaced;
  }
  std::string spelt_out;
  if (find_lone_surrogate(text, 0) != std::string_view::npos) {
    spelt_out = with_lone_surrogates_spelt_out(text);
    text = spelt_out;
  }
  json::parse_options options;
  options.max_depth = kMaximumJsonDepth;
  options.allow_invalid_utf8 = true;  // Checked above; what is invalid now are lone surrogates.
  std::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return failure("The message is not JSON that can be read.", error.message());
  return value;
}

std::string serialize_json(const json::value& value) {
  std::string text = json::serialize(value);
  if (well_formed_utf8_prefix(text) == text.size()) return text;

  std::string result;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t well_formed = well_formed_utf8_prefix(rest);
    result += rest.substr(0, well_formed);
    rest.remove_prefix(well_formed);
    if (rest.empty()) break;
    if (const char32_t surrogate = surrogate_at_begin(rest)) {
      char digits[4];  // All surrogates have four.
      std::to_chars(std::begin(digits), std::end(digits), std::uint32_t{surrogate}, 16);
      result.append("\\u").append(digits, sizeof digits);
      rest.remove_prefix(kSurrogateBytes);
    } else {
      append_wtf8(result, U'\uFFFD');
      rest.remove_prefix(first_utf8_sequence(rest).length);
    }
  }
  return result;
}

}  // namespace nextline::lsp
