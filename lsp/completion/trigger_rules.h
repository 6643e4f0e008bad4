#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// Why a request that nobody made by hand, at a place of a file's text, is not to be answered;
/// nothing if it is. Costs next to nothing, whatever the text. Any thread may call it.
std::optional<Unasked> reason_against(const std::filesystem::path& file, std::string_view text,
                                      std::size_t offset);

}  // namespace nextline::lsp
