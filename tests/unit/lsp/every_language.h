#pragma once

#include <array>

namespace nextline::lsp {

/// A file's name of each language that there is a grammar for.
inline constexpr std::array kEveryLanguage = {"a.py",  "a.java", "a.c",  "a.cc",  "a.js", "a.ts",
                                              "a.tsx", "a.go",   "a.rs", "a.lua", "a.sh"};

}  // namespace nextline::lsp
