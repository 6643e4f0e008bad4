#include "engine/session/session.h"

#include <algorithm>
#include <chrono>

#include "engine/tokenizer/streaming_detokenizer.h"

namespace nextline {
namespace {

class Stopwatch {
 public:
  /// Adds the milliseconds since construction or the last call to `stage`.
  void lap(double& stage) {
    const auto now = std::chrono::steady_clock::now();
    stage += std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// The token with the highest logit; of equals, the first.
TokenId most_likely(std::span<const float> logits) {
  return static_cast<TokenId>(std::ranges::max_element(logits) - logits.begin());
}

std::uint32_t common_prefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  return static_cast<std::uint32_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

/// Bytes of text that are tokenised per token of context. Code has three to four, long runs of
/// blanks more; a text of megabytes is not tokenised to keep its last few thousand tokens.
constexpr std::size_t kBytesPerToken = 32;

/// How much of the beginning is dropped where only `room` of `size` have a place: in steps of a
/// quarter of the room, so that a text that grows at its end keeps its beginning, and with it the
/// cache, for many keystrokes.
std::size_t beginning_to_drop(std::size_t size, std::size_t room) {
  if (size <= room) return 0;
  const std::size_t step = std::max<std::size_t>(room / 4, 1);
  return (size - room + step - 1) / step * step;
}

/// The end of `text` of at most `room` bytes, from the beginning of a line on where there is one,
/// else from that of a character.
std::string_view tail_of(std::string_view text, std::size_t room) {
  const std::size_t dropped = beginning_to_drop(text.size(), room);
  if (dropped == 0) return text;
  const std::string_view tail = text.substr(dropped);
  if (const std::size_t line_break = tail.find('\n'); line_break != std::string_view::npos) {
    return tail.substr(line_break + 1);
  }
  const auto character = std::find_if(tail.begin(), tail.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  });
  return tail.substr(static_cast<std::size_t>(character - tail.begin()));
}

/// Watches the generated text for the end that a stop rule sets.
class StopWatcher {
 public:
  explicit StopWatcher(StopRule rule) : rule_(rule) {}

  /// Appends what was generated to `text` as far as the rule allows; true if it ended there.
  bool append(std::string& text, std::string_view generated) {
    for (const char c : generated) {
      if (rule_ == StopRule::kEndOfLine && c == '\n' && line_has_text_) {
        if (text.ends_with('\r')) text.pop_back();
        return true;
      }
      line_has_text_ = line_has_text_ || (c != ' ' && c != '\t' && c != '\r' && c != '\n');
      text.push_back(c);
    }
    return false;
  }

 private:
  StopRule rule_;
  bool line_has_text_ = false;
};

}  // namespace

std::string_view name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStopRule:
      return "stop";
    case FinishReason::kEndOfText:
      return "end_of_text";
    case FinishReason::kTokenLimit:
      return "token_limit";
    case FinishReason::kContextFull:
      return "context_full";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "";
}

Session::Session(Backend& backend, const Options& options, std::unique_ptr<KvStorage> storage)
    : backend_(&backend),
      options_(options),
      storage_(std::move(storage)),
      pool_(std::make_unique<SlotPool>(storage_->slot_count())),
      sequence_(std::make_unique<KvSequence>(*pool_)) {}

Result<Session> Session::create(Backend& backend, Options options) {
  const std::uint32_t trained = backend.model().hyperparameters().context_length;
  options.context_length =
      options.context_length == 0 ? trained : std::min(options.context_length, trained);
  options.prefill_rows = std::max(options.prefill_rows, 1U);
  if (options.context_length < 2) return failure("The context must hold two tokens at the least.");
  // A pass that computes a whole prompt again needs scratch slots beside the sequence.
  auto storage = backend.create_storage(options.context_length + options.prefill_rows);
  if (!storage) return tl::unexpected(storage.error());
  return Session(backend, options, std::move(*storage));
}

Result<Completion> Session::complete(std::string_view prefix, const CompletionOptions& options,
                                     std::stop_token stop) {
  Completion completion;
  Stopwatch total;
  Stopwatch watch;
  const std::vector<TokenId> prompt = prompt_for(prefix, options.max_tokens);
  completion.tokens.prompt = static_cast<std::uint32_t>(prompt.size());
  watch.lap(completion.timing.tokenize_ms);

  auto outcome = encode(prompt, completion, stop);
  if (!outcome) return tl::unexpected(outcome.error());
  if (*outcome == PassOutcome::kCancelled) {
    completion.finish_reason = FinishReason::kCancelled;
    total.lap(completion.timing.total_ms);
    return completion;
  }

  watch = Stopwatch();
  auto reason = generate(options, completion, stop);
  if (!reason) return tl::unexpected(reason.error());
  completion.finish_reason = *reason;
  watch.lap(completion.timing.decode_ms);
  total.lap(completion.timing.total_ms);
  return completion;
}

std::vector<TokenId> Session::prompt_for(std::string_view prefix, std::uint32_t max_tokens) const {
  // Room for the sink and the completion; the rest of the context is the text's.
  const std::uint32_t reserved = std::min(max_tokens, options_.context_length / 2) + 1;
  const std::size_t room = options_.context_length - reserved;
  const Tokenizer& tokenizer = backend_->model().tokenizer();
  std::vector<TokenId> prompt = tokenizer.encode(tail_of(prefix, room * kBytesPerToken));
  prompt.erase(prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(
                                                    beginning_to_drop(prompt.size(), room)));
  prompt.insert(prompt.begin(), backend_->model().sink());
  return prompt;
}

Result<PassOutcome> Session::encode(std::span<const TokenId> prompt, Completion& completion,
                                    std::stop_token stop) {
  Stopwatch watch;
  // The last token is computed in any case: its logits begin the completion.
  const auto last = static_cast<std::uint32_t>(prompt.size()) - 1;
  std::uint32_t next = std::min(common_prefix(sequence_->tokens(), prompt), last);
  completion.tokens.reused = next;
  sequence_->erase(next, sequence_->length() - next);
  watch.lap(completion.timing.edit_ms);

  while (next <= last) {
    const std::uint32_t end = std::min(next + options_.prefill_rows, last + 1);
    std::vector<PlannedToken> planned;
    for (std::uint32_t i = next; i < end; ++i) {
      planned.push_back({prompt[i], PlannedToken::Place::kInsert, next, i == last});
    }
    auto outcome = run(planned, completion, stop);
    if (!outcome || *outcome == PassOutcome::kCancelled) return outcome;
    completion.tokens.encoded += end - next;
    next = end;
  }
  watch.lap(completion.timing.prefill_ms);
  return PassOutcome::kFinished;
}

Result<FinishReason> Session::generate(const CompletionOptions& options, Completion& completion,
                                       std::stop_token stop) {
  const Tokenizer& tokenizer = backend_->model().tokenizer();
  StreamingDetokenizer detokenizer(tokenizer);
  StopWatcher watcher(options.stop);
  while (completion.tokens.generated < options.max_tokens) {
    const TokenId token = most_likely(logits_.row(0));
    ++completion.tokens.generated;
    if (tokenizer.ends_generation(token)) {
      watcher.append(completion.text, detokenizer.finish());
      return FinishReason::kEndOfText;
    }
    if (watcher.append(completion.text, detokenizer.push(token))) return FinishReason::kStopRule;
    if (completion.tokens.generated == options.max_tokens) break;
    if (sequence_->length() == options_.context_length) return FinishReason::kContextFull;
    const PlannedToken planned{token, PlannedToken::Place::kInsert, sequence_->length(), true};
    auto outcome = run(std::span(&planned, 1), completion, stop);
    if (!outcome) return tl::unexpected(outcome.error());
    if (*outcome == PassOutcome::kCancelled) return FinishReason::kCancelled;
  }
  return FinishReason::kTokenLimit;
}

Result<PassOutcome> Session::run(std::span<const PlannedToken> planned, Completion& completion,
                                 std::stop_token stop) {
  auto pass = sequence_->plan(planned);
  if (!pass) return tl::unexpected(pass.error());
  ++completion.tokens.passes;
  const PassOutcome outcome = backend_->forward(*storage_, pass->batch(), logits_, stop);
  if (outcome == PassOutcome::kFinished) sequence_->commit(std::move(*pass));
  return outcome;
}

}  // namespace nextline
