#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/error.h"

namespace nextline::lsp {

/// Why a message could not be taken from the stream.
struct FramingError {
  Error error;
  /// True: only this message is lost, those behind it will be read. False: where the next message
  /// begins is unknown, and nothing more will be read.
  bool stream_goes_on;
};

/// Takes messages out of a stream of bytes framed as in the base protocol of LSP: header fields, an
/// empty line, then as many bytes as `Content-Length` says. Bytes come in any chunks.
///
/// Field names may have any case and lines may end in a bare line feed. `Content-Type` may name a
/// charset, which must be UTF-8; other fields are ignored. A message that is too long or has
/// another charset is skipped without being kept in memory.
///
/// Belongs to one thread.
class MessageReader {
 public:
  struct Limits {
    /// In bytes, of the content. A source file of this size is no source file.
    std::size_t message = std::size_t{64} << 20;
    /// In bytes, of all header fields of one message.
    std::size_t header = std::size_t{8} << 10;
  };
  using Outcome = tl::expected<std::string, FramingError>;

  MessageReader() = default;
  explicit MessageReader(Limits limits) : limits_(limits) {}

  /// Longer messages are skipped from the next one on.
  void limit_messages(std::size_t bytes) { limits_.message = bytes; }

  /// Takes bytes from the stream. Nothing is done with bytes behind an error that ends it.
  void feed(std::string_view bytes);

  /// The content of the next message, or why there is none; nothing while it is incomplete.
  std::optional<Outcome> next();

  /// To be called when the stream has ended: an error if it ended within a message.
  std::optional<FramingError> end_of_stream() const;

 private:
  enum class State : unsigned char { kHeader, kContent, kSkippedContent, kBroken };

  /// Each takes what it needs from the beginning of `bytes`.
  void take_header(std::string_view& bytes);
  void take_content(std::string_view& bytes);

  void end_header_line();
  void end_header();
  /// The fields of the header as they come.
  void take_content_length(std::string_view value);
  void take_content_type(std::string_view value);

  void lose_message(std::string message);
  void break_stream(std::string message, std::string cause = {});

  Limits limits_;
  State state_ = State::kHeader;
  std::deque<Outcome> ready_;

  std::string line_;  // The header line so far.
  std::size_t header_size_ = 0;
  std::optional<std::size_t> content_length_;
  std::string foreign_charset_;

  std::string content_;
  std::size_t missing_ = 0;  // Bytes of the content still to come.
};

/// The content with its header in front, as it goes to the stream.
std::string framed(std::string_view content);

}  // namespace nextline::lsp
