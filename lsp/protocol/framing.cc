#include "lsp/protocol/framing.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace nextline::lsp {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result) letter = lower(letter);
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// What a log can show of bytes that came from elsewhere.
std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string result(text.substr(0, kLongest));
  for (char& letter : result) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  return result;
}

}  // namespace

void MessageReader::feed(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::kBroken) {
    if (state_ == State::kHeader) {
      take_header(bytes);
    } else {
      take_content(bytes);
    }
  }
}

std::optional<MessageReader::Outcome> MessageReader::next() {
  if (ready_.empty()) return std::nullopt;
  Outcome outcome = std::move(ready_.front());
  ready_.pop_front();
  return outcome;
}

std::optional<FramingError> MessageReader::end_of_stream() const {
  if (state_ == State::kBroken) return std::nullopt;  // This has been said.
  if (state_ == State::kHeader && header_size_ == 0) return std::nullopt;
  return FramingError{{"The stream ended in the middle of a message.",
                       state_ == State::kHeader ? "within a header"
                                                : std::to_string(missing_) + " bytes are missing"},
                      false};
}

void MessageReader::take_header(std::string_view& bytes) {
  const std::size_t line_feed = bytes.find('\n');
  const bool complete = line_feed != std::string_view::npos;
  const std::size_t taken = complete ? line_feed + 1 : bytes.size();
  if (taken > limits_.header - header_size_) {
    return break_stream("The header of a message is longer than " + std::to_string(limits_.header) +
                        " bytes.");
  }
  header_size_ += taken;
  line_ += bytes.substr(0, complete ? line_feed : taken);
  bytes.remove_prefix(taken);
  if (complete) end_header_line();
}

void MessageReader::end_header_line() {
  std::string line = std::exchange(line_, {});
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return end_header();

  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) {
    return break_stream("The header of a message has a line that is no field.", printable(line));
  }
  const std::string name = lower(trimmed(std::string_view(line).substr(0, colon)));
  const std::string_view value = trimmed(std::string_view(line).substr(colon + 1));
  if (name == "content-length") take_content_length(value);
  if (name == "content-type") take_content_type(value);
}

void MessageReader::take_content_length(std::string_view value) {
  std::size_t length = 0;
  const char* const end = value.data() + value.size();
  const auto [read_to, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc() || read_to != end) {
    return break_stream("The Content-Length of a message is no length.", printable(value));
  }
  if (content_length_ && *content_length_ != length) {
    return break_stream("The header of a message has two different Content-Lengths.");
  }
  content_length_ = length;
}

void MessageReader::take_content_type(std::string_view value) {
  const std::string type = lower(value);
  constexpr std::string_view kCharset = "charset=";
  const std::size_t parameter = type.find(kCharset);
  if (parameter == std::string::npos) return;
  std::string_view charset = std::string_view(type).substr(parameter + kCharset.size());
  charset = trimmed(charset.substr(0, charset.find(';')));
  if (charset.starts_with('"')) charset = charset.substr(1, charset.find('"', 1) - 1);
  // "utf8" is what earlier versions of the protocol wrote.
  if (charset != "utf-8" && charset != "utf8") foreign_charset_ = printable(charset);
}

void MessageReader::end_header() {
  if (!content_length_) return break_stream("The header of a message has no Content-Length.");
  missing_ = *std::exchange(content_length_, std::nullopt);
  header_size_ = 0;
  const std::string charset = std::exchange(foreign_charset_, {});
  if (missing_ > limits_.message) {
    lose_message("A message of " + std::to_string(missing_) + " bytes was skipped: at most " +
                 std::to_string(limits_.message) + " bytes are read.");
  } else if (!charset.empty()) {
    lose_message("A message in the charset '" + charset + "' was skipped: only UTF-8 is read.");
  } else {
    state_ = State::kContent;
  }
  if (missing_ == 0) {
    std::string_view nothing;
    take_content(nothing);
  }
}

void MessageReader::take_content(std::string_view& bytes) {
  const std::size_t taken = std::min(missing_, bytes.size());
  if (state_ == State::kContent) content_ += bytes.substr(0, taken);
  bytes.remove_prefix(taken);
  missing_ -= taken;
  if (missing_ > 0) return;
  if (state_ == State::kContent) ready_.emplace_back(std::exchange(content_, {}));
  state_ = State::kHeader;
}

void MessageReader::lose_message(std::string message) {
  ready_.emplace_back(tl::unexpect, FramingError{{std::move(message), {}}, true});
  state_ = State::kSkippedContent;
}

void MessageReader::break_stream(std::string message, std::string cause) {
  ready_.emplace_back(tl::unexpect, FramingError{{std::move(message), std::move(cause)}, false});
  state_ = State::kBroken;
}

std::string framed(std::string_view content) {
  std::string message = "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n";
  message += content;
  return message;
}

}  // namespace nextline::lsp
