#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// Which documents are completed.
struct DocumentSwitches {
  bool on = true;
  /// By what `language_of` calls a language; "*" is any that has no entry of its own.
  std::map<std::string, bool, std::less<>> languages = {};
};

/// Why a document is not completed, whoever asks; nothing if it is. Without a file, a document has
/// no language, and is any.
std::optional<SwitchedOff> why_off(const DocumentSwitches& switches,
                                   const std::filesystem::path& file);

}  // namespace nextline::lsp
