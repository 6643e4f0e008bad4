#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/session/completion.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline::lsp {

/// What a pass computed of a draft (`DraftedPass`), as it can be shown.
struct DraftedText {
  struct Token {
    std::string text;  ///< UTF-8; bytes that are none by themselves are U+FFFD.
    std::optional<std::uint32_t> parent;
    bool is_said = false;  ///< By the model, too.
  };
  std::vector<Token> tokens;
  double milliseconds = 0;
};

std::vector<DraftedText> spelled(const Tokenizer& tokenizer, std::span<const DraftedPass> passes);

boost::json::array to_json(std::span<const DraftedText> passes);

}  // namespace nextline::lsp
