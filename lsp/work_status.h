#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nextline::lsp {

/// How far a long piece of work is.
struct WorkStatus {
  std::string message;                      ///< What is being done, e.g. "loading the model".
  std::optional<std::uint32_t> percentage;  ///< 0 to 100; nothing if it cannot be told.
  bool finished = false;
};

}  // namespace nextline::lsp
