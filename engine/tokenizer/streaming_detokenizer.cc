#include "engine/tokenizer/streaming_detokenizer.h"

#include <string_view>

#include "engine/tokenizer/utf8.h"

namespace nextline {
namespace {

constexpr std::string_view kReplacementCharacter = "\uFFFD";

}  // namespace

std::string StreamingDetokenizer::push(TokenId token) { return push(tokenizer_->bytes_of(token)); }

std::string StreamingDetokenizer::push(std::string_view bytes) {
  pending_ += bytes;
  std::string text;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(rest);
    if (sequence.kind == Utf8Sequence::Kind::kUnfinished) break;
    const bool well_formed = sequence.kind == Utf8Sequence::Kind::kWellFormed;
    text += well_formed ? rest.substr(0, sequence.length) : kReplacementCharacter;
    rest.remove_prefix(sequence.length);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return text;
}

std::string StreamingDetokenizer::finish() {
  if (pending_.empty()) return {};
  pending_.clear();
  return std::string(kReplacementCharacter);
}

}  // namespace nextline
