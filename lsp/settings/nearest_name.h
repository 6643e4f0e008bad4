#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nextline::lsp {

/// Which of some names somebody meant who wrote another one: that which the fewest changes of a
/// letter lead to, one in three letters at the most, or two that stand side by side changing
/// places. Nothing if none is so near.
std::optional<std::string_view> nearest_name(std::string_view written,
                                             std::span<const std::string_view> names);

/// " Did you mean 'cache_memory'?", or nothing if that is no name.
std::string did_you_mean(std::optional<std::string_view> name);

}  // namespace nextline::lsp
