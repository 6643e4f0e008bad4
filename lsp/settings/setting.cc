#include "lsp/settings/setting.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <system_error>

namespace nextline::lsp {
namespace {

namespace json = boost::json;

// More than anybody writes; what has to be looked through for a file stays small.
constexpr std::size_t kMostEntries = 256;
constexpr std::size_t kMostEntryBytes = 256;
constexpr std::size_t kMostShownBytes = 80;

constexpr std::string_view kFlagType = "true or false";

const std::array kSettings = {
    Setting{"enabled", FlagSetting{&Settings::enabled},
            "Whether Nextline completes anything at all. Without, the model does no work."},
    Setting{
        "languages", FlagsSetting{&Settings::languages},
        "For which languages it does, by their names: \"python\", \"cpp\", \"typescriptreact\"; "
        "for others the file's ending. \"*\" is for all that are not named."},
    Setting{"automatic", FlagSetting{&Settings::automatic},
            "Whether suggestions come by themselves, while you type."},
    Setting{"suggestInComments", FlagSetting{&Settings::suggest_in_comments},
            "Whether they come by themselves in comments."},
    Setting{"suggestInStrings", FlagSetting{&Settings::suggest_in_strings},
            "Whether they come by themselves in strings."},
    Setting{
        "ignore", PatternsSetting{&Settings::ignore},
        "Files in which they do not come by themselves, in patterns like those of a .gitignore "
        "file, from a workspace folder on or, with a slash in front, of the whole machine. What "
        "git ignores, and what looks like a secret, is ignored anyway."},
    Setting{"maxTokens", CountSetting{&Settings::max_tokens, 1, 1024},
            "How many tokens a suggestion has at the most."},
    Setting{
        "extent",
        ChoiceSetting<CompletionExtent, 3>{&Settings::extent, {"line", "block", "automatic"}},
        "How much a suggestion is to be: a line, a block, or a block where the cursor opens one "
        "and else a line."},
    Setting{"openStatement",
            ChoiceSetting<OpenStatement, 2>{&Settings::open_statement, {"finish", "cut"}},
            "What becomes of a statement that a line leaves open: it is finished, or cut where the "
            "line ends."},
    Setting{"leastConfidence", ShareSetting{&Settings::least_confidence},
            "How sure the model must be of what it suggests by itself."},
    Setting{"candidates", CountSetting{&Settings::candidates, 1, 10},
            "How many suggestions there are at the most where you ask for them."},
    Setting{"lookAhead", FlagSetting{&Settings::look_ahead},
            "Whether the suggestion behind the one that is shown is prepared."},
    Setting{"context.enabled", FlagSetting{&Settings::context_enabled},
            "Whether the model sees what other files of the workspace define."},
    Setting{"context.tokens", CountSetting{&Settings::context_tokens, 0, 65'536},
            "How many tokens of that it sees at the most; 0: as many as this machine can take."},
};

/// The number behind a whole or any other number of JSON; nothing if it does not fit.
template <typename Number>
std::optional<Number> number_of(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  std::error_code not_exact;
  const auto number = value.to_number<Number>(not_exact);
  return not_exact ? std::nullopt : std::optional(number);
}

// What the kinds must be.

std::string type(const FlagSetting& /*flag*/) { return std::string(kFlagType); }

std::string type(const CountSetting& count) {
  return "a whole number from " + std::to_string(count.least) + " to " + std::to_string(count.most);
}

std::string type(const ShareSetting& /*share*/) { return "a number from 0 to 1"; }

template <typename Enum, std::size_t count>
std::string type(const ChoiceSetting<Enum, count>& choice) {
  std::string words;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) words += i + 1 == count ? " or " : ", ";
    words.append("\"").append(choice.words[i]).append("\"");
  }
  return words;
}

std::string type(const FlagsSetting& /*flags*/) {
  return "an object of at most " + std::to_string(kMostEntries) +
         " languages, each with true or false";
}

std::string type(const PatternsSetting& /*patterns*/) {
  return "a list of at most " + std::to_string(kMostEntries) + " patterns";
}

// What they are.

json::value value(const FlagSetting& flag, const Settings& settings) {
  return settings.*flag.member;
}

json::value value(const CountSetting& count, const Settings& settings) {
  return settings.*count.member;
}

json::value value(const ShareSetting& share, const Settings& settings) {
  return settings.*share.member;
}

template <typename Enum, std::size_t count>
json::value value(const ChoiceSetting<Enum, count>& choice, const Settings& settings) {
  return json::value(choice.words.at(static_cast<std::size_t>(settings.*choice.member)));
}

json::value value(const FlagsSetting& flags, const Settings& settings) {
  json::object object;
  for (const auto& [name, flag] : settings.*flags.member) object[name] = flag;
  return object;
}

json::value value(const PatternsSetting& patterns, const Settings& settings) {
  const std::vector<std::string>& lines = settings.*patterns.member;
  return json::array(lines.begin(), lines.end());
}

/// Reads the value of one setting.
struct Reader {
  std::string_view name;
  const json::value& value;
  Settings& settings;
  std::vector<SettingProblem>& problems;

  template <typename Kind>
  void complain(const Kind& kind) const {
    problems.push_back(setting_must_be(name, type(kind)));
  }

  void operator()(const FlagSetting& flag) const {
    if (!value.is_bool()) return complain(flag);
    settings.*flag.member = value.get_bool();
  }

  void operator()(const CountSetting& count) const {
    const auto number = number_of<std::uint32_t>(value);
    if (!number || *number < count.least || *number > count.most) return complain(count);
    settings.*count.member = *number;
  }

  void operator()(const ShareSetting& share) const {
    const auto number = number_of<double>(value);
    if (!number || !(*number >= 0 && *number <= 1)) return complain(share);
    settings.*share.member = *number;
  }

  template <typename Enum, std::size_t count>
  void operator()(const ChoiceSetting<Enum, count>& choice) const {
    const json::string* const text = value.if_string();
    const auto word = text ? std::find(choice.words.begin(), choice.words.end(),
                                       std::string_view(text->data(), text->size()))
                           : choice.words.end();
    if (word == choice.words.end()) return complain(choice);
    settings.*choice.member = static_cast<Enum>(word - choice.words.begin());
  }

  void operator()(const FlagsSetting& flags) const {
    const json::object* const object = value.if_object();
    if (!object || object->size() > kMostEntries) return complain(flags);
    auto& read = settings.*flags.member;
    read.clear();
    for (const auto& [key, flag] : *object) {
      const std::string_view language(key.data(), key.size());
      if (flag.is_bool()) {
        read[std::string(language)] = flag.get_bool();
      } else if (!flag.is_null()) {
        const std::string part = std::string(name) + "." + std::string(language);
        problems.push_back(setting_must_be(part, kFlagType));
      }
    }
  }

  void operator()(const PatternsSetting& patterns) const {
    const json::array* const array = value.if_array();
    if (!array || array->size() > kMostEntries) return complain(patterns);
    auto& read = settings.*patterns.member;
    read.clear();
    for (std::size_t i = 0; i < array->size(); ++i) {
      const json::string* const pattern = (*array)[i].if_string();
      if (pattern && pattern->size() <= kMostEntryBytes) {
        read.emplace_back(pattern->data(), pattern->size());
      } else {
        problems.push_back(
            setting_must_be(std::string(name) + "[" + std::to_string(i) + "]",
                            "a string of at most " + std::to_string(kMostEntryBytes) + " bytes"));
      }
    }
  }
};

}  // namespace

std::span<const Setting> all_settings() { return kSettings; }

std::string type_of(const Setting& setting) {
  return std::visit([](const auto& kind) { return type(kind); }, setting.kind);
}

json::value value_of(const Setting& setting, const Settings& settings) {
  return std::visit([&](const auto& kind) { return value(kind, settings); }, setting.kind);
}

void read_setting(const Setting& setting, const json::value& value, Settings& settings,
                  std::vector<SettingProblem>& problems) {
  std::visit(Reader{setting.name, value, settings, problems}, setting.kind);
}

SettingProblem setting_must_be(std::string_view name, std::string_view what) {
  return {std::string(name),
          "The setting " + shown_setting(name) + " must be " + std::string(what) + "."};
}

std::string shown_setting(std::string_view name) {
  const std::string_view rest = name.size() > kMostShownBytes ? "…" : "";
  return "'nextline." + std::string(name.substr(0, kMostShownBytes)) + std::string(rest) + "'";
}

}  // namespace nextline::lsp
