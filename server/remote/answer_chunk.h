#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/session/completion.h"
#include "lsp/completion/text_generator.h"
#include "server/remote/remote_options.h"

namespace nextline::remote {

/// What an event of an answer says, or a whole answer that was not streamed.
struct AnswerChunk {
  std::string text;
  std::vector<lsp::PieceToken> tokens;  ///< Empty if it does not say how likely they are.
  std::optional<FinishReason> end;      ///< Once the text has ended.
  bool operator==(const AnswerChunk&) const = default;
};

/// Reads one. Fails where it is not what the protocol has, or says itself that something failed.
/// Who sends is not trusted.
Result<AnswerChunk> read_chunk(Protocol protocol, std::string_view json);

/// What an answer that is an error says of it, for people: one line, without control characters and
/// not long; empty if it says nothing.
std::string error_sentence(std::string_view json);

}  // namespace nextline::remote
