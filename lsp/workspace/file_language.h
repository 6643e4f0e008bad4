#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nextline::lsp {

/// The language of a file by its name, as editors call it ("python", "cpp", "typescriptreact"): to
/// tell which texts have the same. For endings that are not known, the ending; for names without
/// one, the name; both in small letters.
std::string language_of(std::string_view path);

/// A number for a language that is the same everywhere: two languages hardly ever share one.
std::uint16_t language_number(std::string_view language);

}  // namespace nextline::lsp
