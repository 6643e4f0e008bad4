#pragma once

#include <filesystem>
#include <string_view>

#include "lsp/completion/document_completer.h"
#include "lsp/completion/fitting.h"
#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// What is said at a place of a file's text, as it fits there, behind a selected entry if there is
/// one. Any thread may call it.
Fitted fit_at(const std::filesystem::path& file, std::string_view text, const Place& place,
              std::string_view said);

/// The same, but left as it was said; only nothing but blanks does not fit.
Fitted as_said(std::string_view said);

/// What is suggested where a completion was made at a place of a file's text: fitted into it, or as
/// it was said. Any thread may call it.
Suggestion suggestion_at(const std::filesystem::path& file, std::string_view text,
                         const Place& place, bool fits, Completion completion);

}  // namespace nextline::lsp
