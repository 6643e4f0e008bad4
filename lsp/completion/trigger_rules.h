#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "lsp/completion/suggestion.h"
#include "lsp/syntax/cursor_syntax.h"
#include "lsp/workspace/ignore_patterns.h"

namespace nextline::lsp {

/// Where suggestions come without being asked for.
struct TriggerOptions {
  bool automatic = true;  ///< Anywhere at all.
  bool in_comments = false;
  bool in_strings = false;
  /// Files in which they do not come, beside those that git ignores.
  IgnorePatterns ignored = {};
};

/// Why no request that nobody made by hand is to be answered in a file, wherever the cursor is;
/// nothing if some are. Asks git, so it takes about a millisecond.
std::optional<Unasked> reason_against_file(const std::filesystem::path& file,
                                           const TriggerOptions& options);

/// Why a request that nobody made by hand, at a place of a file's text where `syntax` stands, is
/// not to be answered; nothing if it is. Any thread may call it.
std::optional<Unasked> reason_against(const std::filesystem::path& file, std::string_view text,
                                      std::size_t offset, const CursorSyntax& syntax,
                                      const TriggerOptions& options);

}  // namespace nextline::lsp
