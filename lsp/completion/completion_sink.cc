#include "lsp/completion/completion_sink.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {
namespace {

double milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// Whether a line that is not blank has been ended.
bool has_whole_line(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text.find('\n', first) != std::string_view::npos;
}

}  // namespace

StopCondition& CompletionSink::stop_condition() {
  if (end_) return *end_;
  return end_of_first_line_;
}

bool CompletionSink::take(const TextPiece& piece) {
  if (!first_piece_) first_piece_ = Clock::now();
  completion_.text += piece.text;
  take_tokens(piece);
  const auto size = stop_condition().end_of(completion_.text);
  if (size) completion_.text.resize(*size);
  if (size || completion_.text.size() > kMostBytes) {
    finish(size ? FinishReason::kStopRule : FinishReason::kTokenLimit);
    return false;
  }
  return true;
}

void CompletionSink::take_tokens(const TextPiece& piece) {
  std::size_t text_size = completion_.text.size() - piece.text.size();
  for (const PieceToken& token : piece.tokens) {
    text_size = std::min(text_size + token.size, completion_.text.size());
    completion_.likelihoods.push_back(
        {.log_probability = token.log_probability, .text_size = text_size});
  }
  // Some tokens are no whole characters, and are told otherwise than they are spelled.
  if (!piece.tokens.empty()) completion_.likelihoods.back().text_size = completion_.text.size();
  completion_.tokens.generated += static_cast<std::uint32_t>(piece.tokens.size());
}

void CompletionSink::end(const Result<FinishReason>& reason) {
  if (reason) return finish(*reason);
  if (!has_whole_line(completion_.text)) return done_(tl::unexpected(reason.error()));
  finish(FinishReason::kCancelled);
}

void CompletionSink::finish(FinishReason reason) {
  const auto now = Clock::now();
  completion_.finish_reason = reason;
  completion_.timing.prefill_ms = milliseconds(first_piece_.value_or(now) - begun_);
  completion_.timing.decode_ms = milliseconds(now - first_piece_.value_or(now));
  completion_.timing.total_ms = milliseconds(now - begun_);
  if (end_) lsp::finish(*end_, completion_);
  done_(std::move(completion_));
}

}  // namespace nextline::lsp
