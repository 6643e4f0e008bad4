#include "server/configuration/setting_options.h"

#include <array>

namespace nextline::server {
namespace {

constexpr std::array kSettingOptions = {
    SettingOption{"--max-tokens", "maxTokens"},
    SettingOption{"--extent", "extent"},
    SettingOption{"--least-confidence", "leastConfidence"},
    SettingOption{"--candidates", "candidates"},
    SettingOption{"--no-look-ahead", "lookAhead"},
    SettingOption{"--no-context", "context.enabled"},
    SettingOption{"--context-tokens", "context.tokens"},
};

}  // namespace

std::span<const SettingOption> setting_options() { return kSettingOptions; }

lsp::PinnedSettings pinned_settings(const CLI::App& command) {
  lsp::PinnedSettings pinned;
  for (const auto& [option, setting] : kSettingOptions) {
    if (command.get_option(std::string(option))->count() > 0) pinned.emplace(setting, option);
  }
  return pinned;
}

}  // namespace nextline::server
