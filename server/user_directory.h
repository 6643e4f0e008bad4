#pragma once

#include <cstdlib>
#include <filesystem>

namespace nextline {

/// A user's folder as the XDG Base Directory Specification has it: what the variable names, or the
/// folder within the home. Empty if there is neither. Paths that are not absolute are ignored, as
/// the specification wants it.
inline std::filesystem::path user_directory(const char* variable, const char* within_home) {
  const auto named_by = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value == '/' ? std::filesystem::path(value)
                                             : std::filesystem::path();
  };
  if (auto named = named_by(variable); !named.empty()) return named;
  const auto home = named_by("HOME");
  return home.empty() ? home : home / within_home;
}

}  // namespace nextline
