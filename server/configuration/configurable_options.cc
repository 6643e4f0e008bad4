#include "server/configuration/configurable_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "lsp/settings/nearest_name.h"
#include "server/configuration/setting_options.h"

namespace nextline::server {
namespace {

/// The group of options that are in none.
constexpr std::string_view kNoGroup = "Options";

std::string with(std::string text, char old, char replacement) {
  std::ranges::replace(text, old, replacement);
  return text;
}

std::string table_of(const std::string& group) {
  return group == kNoGroup ? "" : CLI::detail::to_lower(with(group, ' ', '_'));
}

/// Null if the option "--max-tokens" is no setting.
const SettingOption* setting_of(const std::string& option) {
  const auto found = std::ranges::find(setting_options(), option, &SettingOption::option);
  return found == setting_options().end() ? nullptr : &*found;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

/// A value as the command line would have it; nothing if it is none for any option.
struct Spell {
  const CLI::Option& option;

  std::optional<std::string> operator()(bool value) const {
    const bool is_switch = option.get_type_name() == "on|off";
    if (is_switch) return value ? "on" : "off";
    return value ? "true" : "false";
  }
  std::optional<std::string> operator()(std::int64_t value) const { return std::to_string(value); }
  std::optional<std::string> operator()(double value) const {
    if (!std::isfinite(value)) return std::nullopt;
    return fmt::format("{}", value);
  }
  std::optional<std::string> operator()(const std::string& value) const { return value; }
  std::optional<std::string> operator()(const TomlArray& values) const {
    std::string list;
    for (const TomlValue& value : values) {
      const bool is_list = std::holds_alternative<TomlArray>(value.value);
      const auto text = is_list ? std::nullopt : std::visit(*this, value.value);
      if (!text) return std::nullopt;
      list.append(list.empty() ? "" : ",").append(*text);
    }
    return list;
  }
  std::optional<std::string> operator()(const TomlTable& /*table*/) const { return std::nullopt; }
};

/// Why the option cannot have this value; nothing if it has it now.
std::optional<std::string> set(const ConfigurableOption& configurable, const TomlValue& value) {
  CLI::Option& option = *configurable.option;
  if (is_flag(option) && !std::holds_alternative<bool>(value.value)) {
    return fmt::format("{} must be true or false.", configurable.key);
  }
  const auto text = std::visit(Spell{option}, value.value);
  if (!text) {
    return fmt::format("{} must be a text, a number, true or false, or a list of these.",
                       configurable.key);
  }
  std::optional<std::string> why;
  try {
    option.add_result(*text);
    option.run_callback();
  } catch (const CLI::ParseError& error) {
    why = CLI::detail::find_and_replace(error.what(), option.get_name(), configurable.key);
    if (!why->ends_with('.')) *why += '.';
  }
  // The value stays where it is; the command line's comes in its place.
  option.clear();
  return why;
}

}  // namespace

ConfigurableOptions::ConfigurableOptions(std::vector<CLI::App*> commands)
    : commands_(std::move(commands)) {
  for (CLI::App* const command : commands_) {
    for (CLI::Option* const option : command->get_options(nullptr)) {
      const bool has_name = !option->get_lnames().empty();
      if (!option->get_configurable() || !has_name || setting_of(option->get_name())) continue;
      options_.push_back(
          {table_of(option->get_group()), with(option->get_lnames().front(), '-', '_'), option});
    }
  }
}

bool ConfigurableOptions::is_table(std::string_view name) const {
  return name == kSettingsTable ||
         (!name.empty() &&
          std::ranges::find(options_, name, &ConfigurableOption::table) != options_.end());
}

const ConfigurableOption* ConfigurableOptions::find(std::string_view table,
                                                    std::string_view key) const {
  const auto found = std::ranges::find_if(options_, [&](const ConfigurableOption& option) {
    return option.table == table && option.key == key;
  });
  return found == options_.end() ? nullptr : &*found;
}

std::string ConfigurableOptions::why_none(const TomlEntry& entry) const {
  const auto elsewhere = std::ranges::find(options_, entry.key, &ConfigurableOption::key);
  if (elsewhere != options_.end()) {
    return fmt::format("The option {} belongs {}.", in_quotes(entry.key),
                       elsewhere->table.empty()
                           ? "to the top, before the first table"
                           : fmt::format("into the table [{}]", elsewhere->table));
  }
  const std::string option = "--" + with(entry.key, '_', '-');
  if (const SettingOption* const setting = setting_of(option)) {
    return fmt::format("{} is the setting '{}', in the table [{}].", in_quotes(entry.key),
                       setting->setting, kSettingsTable);
  }
  for (const CLI::App* const command : commands_) {
    if (command->get_option_no_throw(option) == nullptr) continue;
    return fmt::format("The option {} is for the command line alone.", in_quotes(entry.key));
  }
  const bool has_table = std::holds_alternative<TomlTable>(entry.value.value);
  std::vector<std::string_view> names = {kSettingsTable};
  if (!has_table) names.clear();
  for (const ConfigurableOption& known : options_) {
    const std::string& name = has_table ? known.table : known.key;
    if (!name.empty()) names.emplace_back(name);
  }
  return fmt::format("There is no {} {}.{}", has_table ? "table" : "option", in_quotes(entry.key),
                     lsp::did_you_mean(lsp::nearest_name(entry.key, names)));
}

void ConfigurableOptions::take(std::string_view table, const TomlEntry& entry, Taken& taken) const {
  const ConfigurableOption* const option = find(table, entry.key);
  if (!option) {
    taken.problems.push_back({entry.place, why_none(entry)});
  } else if (auto why = set(*option, entry.value)) {
    taken.problems.push_back({entry.value.place, std::move(*why)});
  } else {
    taken.said.push_back(option->option);
  }
}

ConfigurableOptions::Taken ConfigurableOptions::take(const TomlTable& file) const {
  Taken taken;
  for (const TomlEntry& entry : file) {
    const auto* const table = std::get_if<TomlTable>(&entry.value.value);
    const bool is_option =
        std::ranges::find(options_, entry.key, &ConfigurableOption::key) != options_.end();
    if (table && is_table(entry.key)) {
      if (entry.key == kSettingsTable) continue;
      for (const TomlEntry& within : *table) take(entry.key, within, taken);
    } else if (is_table(entry.key) && !is_option) {
      taken.problems.push_back(
          {entry.place, fmt::format("{} must be a table.", in_quotes(entry.key))});
    } else {
      take("", entry, taken);
    }
  }
  return taken;
}

}  // namespace nextline::server
