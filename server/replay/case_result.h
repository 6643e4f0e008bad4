#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/replay/case_runner.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// What the variants of a replay made of one case.
struct CaseResult {
  std::string id;
  Language language = Language::kPython;
  EditKind kind = EditKind::kInsert;
  std::string variant;            ///< As in `EditCase`.
  std::vector<Outcome> outcomes;  ///< By variant of the replay.
  bool operator==(const CaseResult&) const = default;
};

boost::json::object to_json(const CaseResult& result);
/// Nothing if the object is not one that `to_json` makes with so many outcomes.
std::optional<CaseResult> case_result_from_json(const boost::json::value& value,
                                                std::size_t outcomes);

}  // namespace nextline::replay
