#include "lsp/completion/drafted_text.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "engine/tokenizer/utf8.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

std::string shown(std::string_view bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  while (!bytes.empty()) {
    const Utf8Sequence first = first_utf8_sequence(bytes);
    const bool is_text = first.kind == Utf8Sequence::Kind::kWellFormed;
    text += is_text ? bytes.substr(0, first.length) : kReplacement;
    bytes.remove_prefix(first.length);
  }
  return text;
}

json::object token_to_json(const DraftedText::Token& token) {
  json::object object = {{"text", token.text}, {"said", token.is_said}};
  if (token.parent) object["parent"] = *token.parent;
  return object;
}

}  // namespace

std::vector<DraftedText> spelled(const Tokenizer& tokenizer, std::span<const DraftedPass> passes) {
  std::vector<DraftedText> texts;
  for (const DraftedPass& pass : passes) {
    DraftedText text{{}, pass.milliseconds};
    for (const DraftToken& token : pass.tokens) {
      text.tokens.push_back({shown(tokenizer.bytes_of(token.token)), token.parent});
    }
    for (const std::uint32_t row : pass.followed) text.tokens[row].is_said = true;
    texts.push_back(std::move(text));
  }
  return texts;
}

json::array to_json(std::span<const DraftedText> passes) {
  json::array array;
  for (const DraftedText& pass : passes) {
    json::array tokens;
    for (const DraftedText::Token& token : pass.tokens) tokens.push_back(token_to_json(token));
    array.push_back(
        {{"ms", std::round(pass.milliseconds * 1000) / 1000}, {"tokens", std::move(tokens)}});
  }
  return array;
}

}  // namespace nextline::lsp
