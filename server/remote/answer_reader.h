#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/session/completion.h"
#include "server/remote/answer_chunk.h"
#include "server/remote/event_stream.h"

namespace nextline::remote {

/// Reads the body of an answer: events of chunks as they come, or one JSON object where a server
/// does not stream. Who sends is not trusted: a whole answer has so many bytes at most.
///
/// For one answer.
class AnswerReader {
 public:
  static constexpr std::size_t kLongestAnswer = std::size_t{1} << 23;

  /// Whether more is wanted.
  using Take = std::function<bool(const AnswerChunk&)>;

  AnswerReader(Protocol protocol, bool is_stream, Take take);

  /// Whether more is wanted: not behind the text's end, nor where nobody wants it.
  Result<bool> take(std::string_view bytes);
  /// There are no more bytes: how the text ended. Fails where it had not.
  Result<FinishReason> end();

 private:
  bool take_chunk(std::string_view json);

  Protocol protocol_;
  bool is_stream_;
  Take take_;
  EventStream events_;
  std::size_t seen_ = 0;
  std::string whole_;  // Of an answer that is no stream.
  std::optional<FinishReason> reason_;
  std::optional<Error> problem_;
};

}  // namespace nextline::remote
