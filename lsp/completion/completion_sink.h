#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "engine/error.h"
#include "engine/session/completion.h"
#include "engine/session/stop_condition.h"
#include "lsp/completion/completion_end.h"
#include "lsp/completion/text_generator.h"

namespace nextline::lsp {

/// Makes a completion of a text that is generated elsewhere: ends it where a `CompletionEnd` says,
/// or behind its first line if there is none, and finishes it as one that was made here.
///
/// A text that breaks off is what a limit would have left of it: its whole lines, or nothing if
/// there is none.
class CompletionSink final : public TextSink {
 public:
  /// Called once, on the generator's thread; fails where nothing has come of it.
  using Done = std::function<void(Result<Completion>)>;

  CompletionSink(std::optional<CompletionEnd> end, Done done)
      : end_(std::move(end)), done_(std::move(done)) {}

  void begin() override { begun_ = Clock::now(); }
  bool take(const TextPiece& piece) override;
  void end(const Result<FinishReason>& reason) override;

 private:
  using Clock = std::chrono::steady_clock;

  /// Nobody wants to read more in one suggestion; a server that is asked for less may send it.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 16;

  StopCondition& stop_condition();
  void take_tokens(const TextPiece& piece);
  void finish(FinishReason reason);

  std::optional<CompletionEnd> end_;
  EndOfFirstLine end_of_first_line_;
  Done done_;
  Completion completion_;
  Clock::time_point begun_ = Clock::now();
  std::optional<Clock::time_point> first_piece_;
};

}  // namespace nextline::lsp
