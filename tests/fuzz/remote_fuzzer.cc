// Feeds the reader of a remote engine's answers. The first byte says which protocol, and whether
// the answer is streamed; the second how it is cut into pieces. What is read must not depend on the
// cuts.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/remote/answer_reader.h"
#include "server/remote/retry_rules.h"

namespace {

using namespace nextline;
using namespace nextline::remote;

/// All that is read of an answer that comes in pieces of so many bytes.
std::string read(Protocol protocol, bool is_stream, std::string_view answer, std::size_t piece) {
  std::string text;
  AnswerReader reader(protocol, is_stream, [&](const AnswerChunk& chunk) {
    std::size_t bytes = 0;
    for (const lsp::PieceToken& token : chunk.tokens) {
      if (!(token.log_probability <= 0)) std::abort();
      bytes += token.size;
    }
    text += chunk.text + "\x1e" + std::to_string(bytes);
    return true;
  });
  while (!answer.empty()) {
    const auto goes_on = reader.take(answer.substr(0, piece));
    if (!goes_on) return text + "\x1f" + goes_on.error().message;
    if (!*goes_on) break;
    answer.remove_prefix(std::min(piece, answer.size()));
  }
  const auto end = reader.end();
  return text + "\x1f" + (end ? std::string(name_of(*end)) : end.error().message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Protocol protocol = (data[0] & 1U) != 0 ? Protocol::kInfill : Protocol::kOpenAi;
  const bool is_stream = (data[0] & 2U) != 0;
  const std::string_view answer(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = read(protocol, is_stream, answer, answer.size() + 1);
  if (read(protocol, is_stream, answer, 1U + data[1] % 16U) != whole) std::abort();
  const std::string said = error_sentence(answer);
  if (said.find_first_of("\r\n") != said.npos) std::abort();
  read_retry_after(answer);
  return 0;
}
