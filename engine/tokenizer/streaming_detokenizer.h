#pragma once

#include <string>
#include <string_view>

#include "engine/tokenizer/token.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// Turns generated tokens into text as they come. What it gives is well-formed UTF-8 at every step:
/// the bytes of an unfinished sequence wait for the next token, malformed ones become U+FFFD.
/// One stream belongs to one thread; the tokeniser must outlive it.
class StreamingDetokenizer {
 public:
  explicit StreamingDetokenizer(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  /// The text that this token completes; empty while a UTF-8 sequence is unfinished.
  std::string push(TokenId token);
  /// The text that these bytes complete: those of a token of which a part is not wanted.
  std::string push(std::string_view bytes);

  /// What is still held back: the bytes of an unfinished sequence become one U+FFFD.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  std::string pending_;  // The beginning of a sequence, at most three bytes.
};

}  // namespace nextline
