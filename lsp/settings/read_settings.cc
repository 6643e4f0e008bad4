#include "lsp/settings/read_settings.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string_view>

#include "lsp/settings/nearest_name.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

/// More of them nobody reads.
constexpr std::size_t kMostProblems = 8;

/// In each server's section, Visual Studio Code's client keeps a setting of its own,
/// "trace.server".
constexpr std::string_view kOfTheClient = "trace";

/// Whether there are settings in an object of this name.
bool is_group(std::string_view name) {
  return std::ranges::any_of(all_settings(), [&](const Setting& setting) {
    return setting.name.size() > name.size() && setting.name.starts_with(name) &&
           setting.name[name.size()] == '.';
  });
}

SettingProblem no_such_setting(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Setting& setting : all_settings()) names.push_back(setting.name);
  return {name, "There is no setting " + shown_setting(name) + "." +
                    did_you_mean(nearest_name(name, names))};
}

/// What is said of a setting that the command line says, too: only whether it is something else.
void look_at_pinned(const Setting& setting, const std::string& option, const json::value& value,
                    ReadSettings& read) {
  Settings said = read.settings;
  read_setting(setting, value, said, read.problems);
  if (said == read.settings) return;
  read.problems.push_back(
      {std::string(setting.name), "The setting " + shown_setting(setting.name) +
                                      " changes nothing, since the server was started with " +
                                      option + "."});
}

/// Goes no deeper than settings' names do.
void read_object(const json::object& object, const std::string& group, const PinnedSettings& pinned,
                 ReadSettings& read) {
  for (const auto& [key, value] : object) {
    const std::string name = group + std::string(key);
    if (value.is_null() || name == kOfTheClient) continue;
    const auto setting = std::ranges::find(all_settings(), name, &Setting::name);
    const auto pin = pinned.find(name);
    if (setting != all_settings().end() && pin != pinned.end()) {
      look_at_pinned(*setting, pin->second, value, read);
    } else if (setting != all_settings().end()) {
      read_setting(*setting, value, read.settings, read.problems);
    } else if (!is_group(name)) {
      read.problems.push_back(no_such_setting(name));
    } else if (const json::object* const within = value.if_object()) {
      read_object(*within, name + ".", pinned, read);
    } else {
      read.problems.push_back(setting_must_be(name, "an object"));
    }
  }
}

}  // namespace

std::vector<std::string> ReadSettings::sentences() const {
  std::vector<std::string> sentences;
  for (const SettingProblem& problem : problems) sentences.push_back(problem.sentence);
  return sentences;
}

ReadSettings read_settings(const json::value& value, const Settings& base,
                           const PinnedSettings& pinned) {
  ReadSettings read{base};
  if (const json::object* const object = value.if_object()) {
    read_object(*object, "", pinned, read);
  } else if (!value.is_null()) {
    read.problems.push_back({"", "The settings of Nextline must be an object."});
  }
  read.problems.resize(std::min(read.problems.size(), kMostProblems));
  return read;
}

}  // namespace nextline::lsp
