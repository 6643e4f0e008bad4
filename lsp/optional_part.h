#pragma once

#include <spdlog/spdlog.h>

#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace nextline::lsp {

/// Makes a part that has a thread of its own and that the rest can do without. Where the system
/// starts no thread there is none, and the log says what that means.
template <typename Part, typename... Arguments>
void emplace_if_possible(std::optional<Part>& part, std::string_view without,
                         Arguments&&... arguments) {
  try {
    part.emplace(std::forward<Arguments>(arguments)...);
  } catch (const std::system_error& error) {
    spdlog::warn("{}: the system does not start a thread for that ({}).", without,
                 error.code().message());
  }
}

}  // namespace nextline::lsp
