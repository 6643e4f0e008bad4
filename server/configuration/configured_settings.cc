#include "server/configuration/configured_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "lsp/settings/read_settings.h"

namespace nextline::server {
namespace {

namespace json = boost::json;

/// The same value in JSON.
struct ToJson {
  json::value operator()(const TomlArray& values) const {
    json::array array;
    for (const TomlValue& value : values) array.push_back(std::visit(*this, value.value));
    return array;
  }
  json::value operator()(const TomlTable& table) const {
    json::object object;
    for (const TomlEntry& entry : table) object[entry.key] = std::visit(*this, entry.value.value);
    return object;
  }
  template <typename Scalar>
  json::value operator()(const Scalar& value) const {
    return json::value(value);
  }
};

/// Where the part of a value begins that is called so behind the value's name: ".cpp" in a table,
/// "[1]" in a list. Else where the value begins.
FilePlace place_of(std::string_view part, const TomlValue& value) {
  if (const auto* const table = std::get_if<TomlTable>(&value.value)) {
    for (const TomlEntry& entry : *table) {
      if (part.starts_with('.') && part.substr(1) == entry.key) return entry.value.place;
    }
  }
  if (const auto* const list = std::get_if<TomlArray>(&value.value)) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (part == fmt::format("[{}]", i)) return (*list)[i].place;
    }
  }
  return value.place;
}

bool is_setting(std::string_view name) {
  return std::ranges::find(lsp::all_settings(), name, &lsp::Setting::name) !=
         lsp::all_settings().end();
}

/// Whether settings stand in a table of this name.
bool is_group(std::string_view name) {
  return std::ranges::any_of(lsp::all_settings(), [&](const lsp::Setting& setting) {
    return setting.name.starts_with(std::string(name) + ".");
  });
}

/// Goes no deeper than settings' names do.
void take_group(const TomlTable& table, const std::string& group, lsp::Settings& settings,
                std::vector<FileProblem>& problems) {
  for (const TomlEntry& entry : table) {
    const std::string name = group + entry.key;
    const auto* const within = std::get_if<TomlTable>(&entry.value.value);
    if (within && is_group(name)) {
      take_group(*within, name + ".", settings, problems);
      continue;
    }
    // Each by itself, so that what is wrong with it has its place.
    json::object said;
    said[name] = std::visit(ToJson(), entry.value.value);
    const lsp::ReadSettings read = lsp::read_settings(said, settings);
    settings = read.settings;
    for (const lsp::SettingProblem& problem : read.problems) {
      const bool is_within = problem.name.size() > name.size();
      const FilePlace place =
          is_within ? place_of(std::string_view(problem.name).substr(name.size()), entry.value)
                    : entry.value.place;
      const bool is_known = is_setting(name) || is_group(name);
      problems.push_back({is_known ? place : entry.place, problem.sentence});
    }
  }
}

}  // namespace

void take_settings(const TomlTable& table, lsp::Settings& settings,
                   std::vector<FileProblem>& problems) {
  take_group(table, "", settings, problems);
}

}  // namespace nextline::server
