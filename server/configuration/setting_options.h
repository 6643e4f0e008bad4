#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string_view>

#include "lsp/settings/pinned_settings.h"

namespace nextline::server {

/// An option of the command line that says what is a setting elsewhere.
struct SettingOption {
  std::string_view option;   ///< "--max-tokens"
  std::string_view setting;  ///< "maxTokens"
};

/// All there are. In a file, they are said as settings.
std::span<const SettingOption> setting_options();

/// The settings that the command line has said.
lsp::PinnedSettings pinned_settings(const CLI::App& command);

}  // namespace nextline::server
