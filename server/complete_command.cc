#include "server/complete_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "engine/session/session.h"
#include "server/loaded_engine.h"
#include "server/source_file.h"

namespace nextline::server {
namespace {

/// Bytes of text that are handed over per token of context. Code takes three to four, long runs of
/// blanks more; what is too much is cut by tokens later, but a text of megabytes is not tokenised
/// to keep its last few thousand tokens.
constexpr std::size_t kBytesPerToken = 32;

/// The end of `prefix` that a context of this many tokens can hold, from the beginning of a line on
/// where there is one.
std::string_view tail_for_context(std::string_view prefix, std::uint32_t context_length) {
  const std::size_t limit = std::size_t{context_length} * kBytesPerToken;
  if (prefix.size() <= limit) return prefix;
  const std::string_view tail = prefix.substr(prefix.size() - limit);
  if (const std::size_t line_break = tail.find('\n'); line_break != std::string_view::npos) {
    return tail.substr(line_break + 1);
  }
  const auto character = std::find_if(tail.begin(), tail.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  });
  return tail.substr(static_cast<std::size_t>(character - tail.begin()));
}

/// Milliseconds, rounded to what a clock can tell.
double to_microsecond(double milliseconds) { return std::round(milliseconds * 1000) / 1000; }

boost::json::object to_json(const Completion& completion) {
  const CompletionTiming& timing = completion.timing;
  const CompletionTokens& tokens = completion.tokens;
  return {{"text", completion.text},
          {"finish_reason", name_of(completion.finish_reason)},
          {"timing",
           {{"tokenize_ms", to_microsecond(timing.tokenize_ms)},
            {"edit_ms", to_microsecond(timing.edit_ms)},
            {"prefill_ms", to_microsecond(timing.prefill_ms)},
            {"decode_ms", to_microsecond(timing.decode_ms)},
            {"total_ms", to_microsecond(timing.total_ms)}}},
          {"tokens",
           {{"prompt", tokens.prompt},
            {"reused", tokens.reused},
            {"encoded", tokens.encoded},
            {"generated", tokens.generated},
            {"drafted", tokens.drafted},
            {"accepted", tokens.accepted},
            {"passes", tokens.passes}}}};
}

std::string describe(const Completion& completion) {
  const CompletionTiming& timing = completion.timing;
  const CompletionTokens& tokens = completion.tokens;
  return fmt::format(
      "{}: {} tokens after a prompt of {} in {:.0f} ms (prefill {:.0f} ms, decode {:.0f} ms)\n",
      name_of(completion.finish_reason), tokens.generated, tokens.prompt, timing.total_ms,
      timing.prefill_ms, timing.decode_ms);
}

}  // namespace

Result<Answer> complete(const CompleteArguments& arguments, const GlobalOptions& options,
                        std::stop_token stop) {
  const auto file = SourceFile::read(arguments.file);
  if (!file) return tl::unexpected(file.error());
  const auto offset = file->offset_of(arguments.line, arguments.column);
  if (!offset) return tl::unexpected(offset.error());

  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  spdlog::debug("{}, {}", choice->path.string(), engine->backend->description());

  const std::uint32_t context_length =
      std::min(arguments.context_length, engine->model->hyperparameters().context_length);
  auto session = Session::create(*engine->backend, {.context_length = context_length});
  if (!session) return tl::unexpected(session.error());
  const std::string_view prefix = std::string_view(file->text()).substr(0, *offset);
  const auto completion = session->complete(tail_for_context(prefix, context_length),
                                            {.max_tokens = arguments.max_tokens}, stop);
  if (!completion) return tl::unexpected(completion.error());

  Answer answer{to_json(*completion), completion->text, describe(*completion)};
  if (!answer.text.ends_with('\n')) answer.text += '\n';
  answer.success = completion->finish_reason != FinishReason::kCancelled;
  return answer;
}

}  // namespace nextline::server
