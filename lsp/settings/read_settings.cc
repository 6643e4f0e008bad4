#include "lsp/settings/read_settings.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string_view>

#include "lsp/settings/setting.h"

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

/// Goes no deeper than settings' names do.
void read_object(const json::object& object, const std::string& group, ReadSettings& read) {
  for (const auto& [key, value] : object) {
    const std::string name = group + std::string(key);
    if (value.is_null() || name == kOfTheClient) continue;
    const auto setting = std::ranges::find(all_settings(), name, &Setting::name);
    if (setting != all_settings().end()) {
      read_setting(*setting, value, read.settings, read.problems);
    } else if (!is_group(name)) {
      read.problems.push_back("There is no setting " + shown_setting(name) + ".");
    } else if (const json::object* const within = value.if_object()) {
      read_object(*within, name + ".", read);
    } else {
      read.problems.push_back(setting_must_be(name, "an object"));
    }
  }
}

}  // namespace

ReadSettings read_settings(const json::value& value, const Settings& base) {
  ReadSettings read{base};
  if (const json::object* const object = value.if_object()) {
    read_object(*object, "", read);
  } else if (!value.is_null()) {
    read.problems.emplace_back("The settings of Nextline must be an object.");
  }
  read.problems.resize(std::min(read.problems.size(), kMostProblems));
  return read;
}

}  // namespace nextline::lsp
