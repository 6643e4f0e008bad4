#include "lsp/settings/settings_options.h"

namespace nextline::lsp {

Settings settings_of(const Completer::Options& options) {
  Settings settings;
  settings.enabled = options.switches.on;
  settings.languages = options.switches.languages;
  settings.automatic = options.triggers.automatic;
  settings.suggest_in_comments = options.triggers.in_comments;
  settings.suggest_in_strings = options.triggers.in_strings;
  settings.ignore = options.triggers.ignored.lines();
  settings.max_tokens = options.max_tokens;
  settings.least_confidence = options.least_confidence;
  settings.candidates = static_cast<std::uint32_t>(options.candidates);
  settings.look_ahead = options.looks_ahead;
  settings.extent = options.end.extent;
  settings.open_statement = options.end.open_statement;
  settings.context_enabled = options.context.enabled;
  settings.context_tokens = options.context.most_tokens;
  return settings;
}

void apply(const Settings& settings, const std::vector<std::filesystem::path>& folders,
           Completer::Options& options) {
  options.switches = {settings.enabled, settings.languages};
  options.triggers.automatic = settings.automatic;
  options.triggers.in_comments = settings.suggest_in_comments;
  options.triggers.in_strings = settings.suggest_in_strings;
  options.triggers.ignored = IgnorePatterns(settings.ignore, folders);
  options.max_tokens = settings.max_tokens;
  options.least_confidence = settings.least_confidence;
  options.candidates = settings.candidates;
  options.looks_ahead = settings.look_ahead;
  options.end.extent = settings.extent;
  options.end.open_statement = settings.open_statement;
  options.context.enabled = settings.context_enabled;
  options.context.most_tokens = settings.context_tokens;
}

}  // namespace nextline::lsp
