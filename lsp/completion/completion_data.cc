#include "lsp/completion/completion_data.h"

#include <cmath>

namespace nextline::lsp {
namespace {

/// Milliseconds, rounded to what a clock can tell.
double to_microsecond(double milliseconds) { return std::round(milliseconds * 1000) / 1000; }

}  // namespace

boost::json::object to_json(const CompletionTiming& timing) {
  return {{"tokenize_ms", to_microsecond(timing.tokenize_ms)},
          {"edit_ms", to_microsecond(timing.edit_ms)},
          {"prefill_ms", to_microsecond(timing.prefill_ms)},
          {"decode_ms", to_microsecond(timing.decode_ms)},
          {"total_ms", to_microsecond(timing.total_ms)}};
}

boost::json::object to_json(const CompletionTokens& tokens) {
  return {{"prompt", tokens.prompt},   {"reused", tokens.reused},
          {"encoded", tokens.encoded}, {"generated", tokens.generated},
          {"drafted", tokens.drafted}, {"accepted", tokens.accepted},
          {"passes", tokens.passes}};
}

}  // namespace nextline::lsp
