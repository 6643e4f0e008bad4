#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lsp/settings/settings.h"

namespace nextline::lsp {

/// What a setting may be, and where it is kept.
struct FlagSetting {
  bool Settings::*member;
};
struct CountSetting {
  std::uint32_t Settings::*member;
  std::uint32_t least;
  std::uint32_t most;
};
/// From 0 to 1.
struct ShareSetting {
  double Settings::*member;
};
/// One of some words, in the order of the enumerators.
template <typename Enum, std::size_t count>
struct ChoiceSetting {
  Enum Settings::*member;
  std::array<std::string_view, count> words;
};
/// An object of names, each with a flag.
struct FlagsSetting {
  std::map<std::string, bool, std::less<>> Settings::*member;
};
struct PatternsSetting {
  std::vector<std::string> Settings::*member;
};

/// A setting, as users write it in JSON.
struct Setting {
  using Kind =
      std::variant<FlagSetting, CountSetting, ShareSetting, ChoiceSetting<CompletionExtent, 3>,
                   ChoiceSetting<OpenStatement, 2>, FlagsSetting, PatternsSetting>;
  /// With dots between the objects in which it stands: "context.tokens".
  std::string_view name;
  Kind kind;
  std::string_view description;  ///< Sentences for users.
};

/// All there are, in the order in which a reference tells them.
std::span<const Setting> all_settings();

/// What a value must be: "a whole number from 1 to 1024".
std::string type_of(const Setting& setting);

/// What it is in some settings.
boost::json::value value_of(const Setting& setting, const Settings& settings);

/// What is wrong with what is said of a setting.
struct SettingProblem {
  /// The setting's, or that of the part that is wrong: "languages.cpp", "ignore[1]".
  std::string name;
  std::string sentence;  ///< For users.
};

/// Reads a value that is not null into the settings. Where it is wrong, or a part of it is, that
/// stays as it was, or is left out, and a problem is added.
void read_setting(const Setting& setting, const boost::json::value& value, Settings& settings,
                  std::vector<SettingProblem>& problems);

/// "The setting 'nextline.…' must be ….".
SettingProblem setting_must_be(std::string_view name, std::string_view what);

/// A setting's name as messages show it: within quotes, and cut where it is too long.
std::string shown_setting(std::string_view name);

}  // namespace nextline::lsp
