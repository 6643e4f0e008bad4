#include "server/replay/case_result.h"

#include <cstdint>
#include <utility>

#include "server/replay/json_member.h"

namespace nextline::replay {
namespace {

namespace json = boost::json;

json::object to_json(const Outcome& outcome) {
  json::object object{{"line", outcome.line},
                      {"exact_match", outcome.exact_match},
                      {"edit_similarity", outcome.edit_similarity},
                      {"kl", outcome.kl},
                      {"ms", outcome.milliseconds},
                      {"encoded", outcome.encoded},
                      {"full", outcome.full}};
  if (outcome.key_error) object["key_error"] = *outcome.key_error;
  if (outcome.differing) object["differing"] = *outcome.differing;
  return object;
}

bool take_outcome(const json::value& value, Outcome& outcome) {
  const json::object* object = value.if_object();
  return object && take_member(*object, "line", outcome.line) &&
         take_member(*object, "exact_match", outcome.exact_match) &&
         take_member(*object, "edit_similarity", outcome.edit_similarity) &&
         take_member(*object, "kl", outcome.kl) &&
         take_member(*object, "ms", outcome.milliseconds) &&
         take_member(*object, "encoded", outcome.encoded) &&
         take_member(*object, "full", outcome.full) &&
         (!object->contains("key_error") ||
          take_member(*object, "key_error", outcome.key_error.emplace())) &&
         (!object->contains("differing") ||
          take_member(*object, "differing", outcome.differing.emplace()));
}

}  // namespace

json::object to_json(const CaseResult& result) {
  json::array outcomes;
  for (const Outcome& outcome : result.outcomes) outcomes.push_back(to_json(outcome));
  return {{"id", result.id},
          {"language", name_of(result.language)},
          {"edit", name_of(result.kind)},
          {"variant", result.variant},
          {"outcomes", std::move(outcomes)}};
}

std::optional<CaseResult> case_result_from_json(const json::value& value, std::size_t outcomes) {
  const json::object* object = value.if_object();
  CaseResult result;
  std::string language;
  std::string kind;
  if (!object || !take_member(*object, "id", result.id) ||
      !take_member(*object, "language", language) || !take_member(*object, "edit", kind) ||
      !take_member(*object, "variant", result.variant)) {
    return std::nullopt;
  }
  const auto known_language = language_from_name(language);
  const auto known_kind = edit_kind_from_name(kind);
  const json::value* list = object->if_contains("outcomes");
  if (!known_language || !known_kind || !list || !list->if_array() ||
      list->as_array().size() != outcomes) {
    return std::nullopt;
  }
  result.language = *known_language;
  result.kind = *known_kind;
  for (const json::value& entry : list->as_array()) {
    if (!take_outcome(entry, result.outcomes.emplace_back())) return std::nullopt;
  }
  return result;
}

}  // namespace nextline::replay
