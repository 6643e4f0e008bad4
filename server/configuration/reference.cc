#include "server/configuration/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <limits>
#include <ranges>
#include <regex>
#include <string_view>
#include <utility>
#include <vector>

#include "lsp/settings/setting.h"
#include "server/configuration/setting_options.h"

namespace nextline::server {
namespace {

constexpr std::string_view kBeginning =
    "# Configuration reference\n\n"
    "Every option of the command line and every setting, as the program itself knows them: "
    "`nextline reference` writes\nthis page. [configuration.md](configuration.md) says what the "
    "configuration file is, and which of several holds.\n";

/// A text in a cell of a table.
std::string cell(std::string text) {
  return CLI::detail::find_and_replace(std::move(text), "|", "\\|");
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

/// An option's description, and the default that stands at its end.
std::pair<std::string, std::string> described(const CLI::Option& option) {
  static const std::regex kDefault(R"(^(.*) \(default:? ([^()]*)\)$)");
  std::smatch parts;
  const std::string& description = option.get_description();
  if (!std::regex_match(description, parts, kDefault)) return {description, ""};
  return {parts[1], parts[2]};
}

/// What may stand behind an option: its word and, of a number, from where to where.
std::string values_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  static const std::regex kRange(R"(^(.*):[A-Z]+ in \[(\S+) - (\S+)\]$)");
  static const std::string kEndless[] = {std::to_string(std::numeric_limits<std::uint32_t>::max()),
                                         std::to_string(1U << 30U)};
  std::smatch parts;
  const std::string type = CLI::detail::find_and_replace(option.get_type_name(), ":DIR", "");
  if (!std::regex_match(type, parts, kRange)) return code(type);
  const std::string word = code(parts[1]);
  if (std::ranges::find(kEndless, parts[3].str()) != std::end(kEndless)) {
    return fmt::format("{}, at least {}", word, parts[2].str());
  }
  return fmt::format("{}, {} to {}", word, parts[2].str(), parts[3].str());
}

/// What a configuration file calls an option; empty if it has none.
std::string key_of(const CLI::Option& option, const ConfigurableOptions& file_options) {
  for (const ConfigurableOption& one : file_options.all()) {
    if (one.option != &option) continue;
    return one.table.empty() ? one.key : one.table + "." + one.key;
  }
  return "";
}

std::string setting_key(const std::string& option) {
  const auto found = std::ranges::find(setting_options(), option, &SettingOption::option);
  if (found == setting_options().end()) return "";
  return fmt::format("{}.{}", kSettingsTable, found->setting);
}

bool is_shown(const CLI::Option& option) {
  return !option.get_group().empty() && !option.get_lnames().empty() &&
         option.get_lnames().front() != "help" && option.get_lnames().front() != "version";
}

std::string options_of(const CLI::App& command, const std::string& group,
                       const ConfigurableOptions& file_options, bool has_file) {
  std::string rows;
  for (const CLI::Option* const option : command.get_options({})) {
    if (!is_shown(*option) || option->get_group() != group) continue;
    const auto [description, usual] = described(*option);
    const std::string name = "--" + option->get_lnames().front();
    rows += fmt::format("| `{}` | {} | {} | {} |", name, cell(values_of(*option)),
                        cell(description), cell(usual));
    if (has_file) {
      std::string key = key_of(*option, file_options);
      if (key.empty()) key = setting_key(name);
      rows += fmt::format(" {} |", code(key));
    }
    rows += '\n';
  }
  if (rows.empty()) return "";
  return (has_file ? "\n| option | value | what it says | default | in the file |\n"
                     "|---|---|---|---|---|\n"
                   : "\n| option | value | what it says | default |\n|---|---|---|---|\n") +
         rows;
}

/// What is said without an option's name.
std::string words_of(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* const option : command.get_options({})) {
    if (!option->get_lnames().empty() || !option->get_snames().empty()) continue;
    words += fmt::format("\n`{}`: {}.\n", option->get_name(true), option->get_description());
  }
  return words;
}

std::string command_reference(const CLI::App& command, const std::string& name, int level,
                              const ConfigurableOptions& file_options) {
  const bool has_file = name == "nextline serve";
  std::string text =
      fmt::format("\n{} {}\n\n{}.\n", std::string(static_cast<std::size_t>(level), '#'), name,
                  command.get_description());
  text += words_of(command);
  for (const std::string& group : command.get_groups()) {
    const std::string table = options_of(command, group, file_options, has_file);
    if (!table.empty() && group != "Options") text += fmt::format("\n{}:\n", group);
    text += table;
  }
  for (const CLI::App* const action : command.get_subcommands({})) {
    if (action->get_group().empty()) continue;
    text += command_reference(*action, name + " " + action->get_name(), level + 1, file_options);
  }
  return text;
}

std::string settings_reference(const lsp::Settings& defaults) {
  std::string text =
      "\n## Settings\n\nThey are said by an editor, or in the table `[settings]` of the file "
      "([language-server.md](language-server.md#settings)).\n\n"
      "| setting | must be | what it says | default | option |\n|---|---|---|---|---|\n";
  for (const lsp::Setting& setting : lsp::all_settings()) {
    const auto option = std::ranges::find(setting_options(), setting.name, &SettingOption::setting);
    text += fmt::format("| `{}` | {} | {} | `{}` | {} |\n", setting.name,
                        cell(lsp::type_of(setting)), cell(std::string(setting.description)),
                        boost::json::serialize(lsp::value_of(setting, defaults)),
                        option == setting_options().end() ? "" : code(std::string(option->option)));
  }
  return text;
}

}  // namespace

std::string reference_of(const CLI::App& program, const ConfigurableOptions& file_options,
                         const lsp::Settings& defaults) {
  std::string text(kBeginning);
  text += "\n## Every command\n";
  text += options_of(program, "Options", file_options, true);
  for (const CLI::App* const command : program.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    text += command_reference(*command, "nextline " + command->get_name(), 2, file_options);
  }
  return text + settings_reference(defaults);
}

}  // namespace nextline::server
