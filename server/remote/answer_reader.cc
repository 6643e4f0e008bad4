#include "server/remote/answer_reader.h"

#include <utility>

namespace nextline::remote {
namespace {

/// What OpenAI's API sends behind the last chunk.
constexpr std::string_view kDone = "[DONE]";

}  // namespace

AnswerReader::AnswerReader(Protocol protocol, bool is_stream, Take take)
    : protocol_(protocol),
      is_stream_(is_stream),
      take_(std::move(take)),
      events_([this](std::string_view data) { return take_chunk(data); }) {}

Result<bool> AnswerReader::take(std::string_view bytes) {
  seen_ += bytes.size();
  if (seen_ > kLongestAnswer) return failure("The answer is too long.");
  if (!is_stream_) {
    whole_ += bytes;
    return true;
  }
  const auto goes_on = events_.take(bytes);
  if (problem_) return tl::unexpected(*problem_);
  return goes_on;
}

bool AnswerReader::take_chunk(std::string_view json) {
  if (json == kDone) {
    if (!reason_) reason_ = FinishReason::kEndOfText;
    return false;
  }
  const auto chunk = read_chunk(protocol_, json);
  if (!chunk) {
    problem_ = chunk.error();
    return false;
  }
  if (chunk->end) reason_ = chunk->end;
  const bool wants_more = chunk->text.empty() || take_(*chunk);
  return wants_more && !reason_;
}

Result<FinishReason> AnswerReader::end() {
  if (!is_stream_ && !problem_) {
    take_chunk(whole_);
    if (problem_) return tl::unexpected(*problem_);
    if (!reason_) reason_ = FinishReason::kEndOfText;
  }
  if (!reason_) return failure("The answer broke off.");
  return *reason_;
}

}  // namespace nextline::remote
