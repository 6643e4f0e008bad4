#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "lsp/completion/suggestion.h"
#include "lsp/syntax/cursor_syntax.h"

namespace nextline::lsp {

/// Where suggestions come without being asked for.
struct TriggerOptions {
  bool in_comments = false;
  bool in_strings = false;
};

/// Why a request that nobody made by hand, at a place of a file's text where `syntax` stands, is
/// not to be answered; nothing if it is. Any thread may call it.
std::optional<Unasked> reason_against(const std::filesystem::path& file, std::string_view text,
                                      std::size_t offset, const CursorSyntax& syntax,
                                      const TriggerOptions& options);

}  // namespace nextline::lsp
