#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/session/completion.h"
#include "lsp/context/context_chooser.h"

namespace nextline::lsp {

/// A place in a text that is to be filled, and how.
struct GenerationRequest {
  std::string before = {};  ///< The text in front of the place …
  std::string behind = {};  ///< … and the one behind it, as much of both as is to be shown.
  std::vector<ContextSnippet> context = {};  ///< What other files say.
  std::uint32_t max_tokens = 64;
  /// Which of several different texts for one place is wanted; 0: the one that is said first.
  std::uint32_t variant = 0;
  /// It is not begun before: what comes meanwhile may make it superfluous.
  std::chrono::steady_clock::time_point not_before = {};
};

/// A token of a piece, and how likely it was.
struct PieceToken {
  std::size_t size = 0;       ///< Bytes of its text.
  float log_probability = 0;  ///< Natural logarithm.
  bool operator==(const PieceToken&) const = default;
};

/// Some more of a text that is being generated.
struct TextPiece {
  std::string_view text;
  std::span<const PieceToken> tokens;  ///< Empty where nobody says how likely they are.
};

/// Takes a text as it is generated. It is called on one thread, which is the generator's.
class TextSink {
 public:
  virtual ~TextSink() = default;

  /// It begins now: what it waited for is over.
  virtual void begin() {}
  /// Whether more is wanted. If not, nothing comes any more, `end` included.
  virtual bool take(const TextPiece& piece) = 0;
  /// Nothing more comes. Where that is a failure, what was taken before is the beginning of a text
  /// that broke off; it does not come again.
  virtual void end(const Result<FinishReason>& reason) = 0;
};

/// Something that is at work. To destroy it stops it; once that has returned its sink is not called
/// any more. Not in a call of the sink.
class Generation {
 public:
  virtual ~Generation() = default;
};

/// Fills places in texts, several at a time, without holding up who asks. Any thread may call it.
class TextGenerator {
 public:
  virtual ~TextGenerator() = default;

  /// Where the stop is requested, the generation stops at once, and its sink hears nothing more.
  virtual std::unique_ptr<Generation> generate(GenerationRequest request,
                                               std::shared_ptr<TextSink> sink,
                                               const std::stop_token& stop) = 0;
};

}  // namespace nextline::lsp
