#pragma once

#include <filesystem>
#include <string_view>

#include "lsp/completion/completer.h"
#include "lsp/completion/fitting.h"

namespace nextline::lsp {

/// What is said at a place of a file's text, as it fits there, behind a selected entry if there is
/// one. Any thread may call it.
Fitted fit_at(const std::filesystem::path& file, std::string_view text, const Place& place,
              std::string_view said);

/// The same, but left as it was said; only nothing but blanks does not fit.
Fitted as_said(std::string_view said);

}  // namespace nextline::lsp
