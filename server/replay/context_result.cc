#include "server/replay/context_result.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/replay/json_member.h"

namespace nextline::replay {
namespace {

namespace json = boost::json;

json::object to_json(const EditingCost& cost) {
  return {{"keys", cost.keys},
          {"typed", cost.typed},
          {"line_above", cost.line_above},
          {"chosen_anew", cost.chosen_anew}};
}

json::object to_json(const ContextOutcome& outcome) {
  json::object object{{"line", outcome.line},
                      {"exact_match", outcome.exact_match},
                      {"edit_similarity", outcome.edit_similarity},
                      {"nats", outcome.nats},
                      {"line_tokens", outcome.line_tokens},
                      {"context_tokens", outcome.context_tokens},
                      {"prompt_tokens", outcome.prompt_tokens},
                      {"has_name", outcome.has_name},
                      {"has_line", outcome.has_line}};
  if (outcome.editing) object["editing"] = to_json(*outcome.editing);
  return object;
}

bool take_cost(const json::value* value, EditingCost& cost) {
  const json::object* object = value->if_object();
  return object && take_member(*object, "keys", cost.keys) &&
         take_member(*object, "typed", cost.typed) &&
         take_member(*object, "line_above", cost.line_above) &&
         take_member(*object, "chosen_anew", cost.chosen_anew);
}

bool take_outcome(const json::value& value, ContextOutcome& outcome) {
  const json::object* object = value.if_object();
  return object && take_member(*object, "line", outcome.line) &&
         take_member(*object, "exact_match", outcome.exact_match) &&
         take_member(*object, "edit_similarity", outcome.edit_similarity) &&
         take_member(*object, "nats", outcome.nats) &&
         take_member(*object, "line_tokens", outcome.line_tokens) && outcome.line_tokens > 0 &&
         take_member(*object, "context_tokens", outcome.context_tokens) &&
         take_member(*object, "prompt_tokens", outcome.prompt_tokens) &&
         take_member(*object, "has_name", outcome.has_name) &&
         take_member(*object, "has_line", outcome.has_line) &&
         (!object->contains("editing") ||
          take_cost(object->if_contains("editing"), outcome.editing.emplace()));
}

std::optional<RowSetting> setting_from_name(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kRowSettings, [&](RowSetting setting) { return name_of(setting) == name; });
  if (found == kRowSettings.end()) return std::nullopt;
  return *found;
}

}  // namespace

json::object to_json(const ContextResult& result) {
  json::array outcomes;
  for (const ContextOutcome& outcome : result.outcomes) outcomes.push_back(to_json(outcome));
  return {{"id", result.id},
          {"language", name_of(result.language)},
          {"setting", name_of(result.setting)},
          {"outcomes", std::move(outcomes)}};
}

std::optional<ContextResult> context_result_from_json(const json::value& value,
                                                      std::size_t outcomes) {
  const json::object* object = value.if_object();
  ContextResult result;
  std::string language;
  std::string setting;
  if (!object || !take_member(*object, "id", result.id) ||
      !take_member(*object, "language", language) || !take_member(*object, "setting", setting)) {
    return std::nullopt;
  }
  const auto known_language = language_from_name(language);
  const auto known_setting = setting_from_name(setting);
  const json::value* list = object->if_contains("outcomes");
  if (!known_language || !known_setting || !list || !list->if_array() ||
      list->as_array().size() != outcomes) {
    return std::nullopt;
  }
  result.language = *known_language;
  result.setting = *known_setting;
  for (const json::value& entry : list->as_array()) {
    if (!take_outcome(entry, result.outcomes.emplace_back())) return std::nullopt;
  }
  return result;
}

}  // namespace nextline::replay
