#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/replay/edit_case.h"
#include "server/replay/journal.h"
#include "server/replay/row_maker.h"

namespace nextline::replay {

/// Prompt tokens that ordinary edits have computed.
struct EditingCost {
  std::uint32_t keys = 0;        ///< That the awaited line was typed with.
  std::uint32_t typed = 0;       ///< Before the completions behind each of these.
  std::uint32_t line_above = 0;  ///< Behind an edit of the line above.
  /// Stale behind these, if the server then chooses another context: what is computed while nobody
  /// waits. 0 where the choice is the same.
  std::uint32_t chosen_anew = 0;
  bool operator==(const EditingCost&) const = default;
};

/// What became of a line with one context.
struct ContextOutcome {
  std::string line;  ///< What was completed.
  bool exact_match = false;
  int edit_similarity = 0;                  ///< 0 … 100
  double nats = 0;                          ///< Of the awaited line: −log p, its tokens together.
  std::uint32_t line_tokens = 0;            ///< As many as that line has.
  std::uint32_t context_tokens = 0;         ///< Of the preamble.
  std::uint32_t prompt_tokens = 0;          ///< Of all the prompt.
  bool has_name = false;                    ///< See `ShownContext`.
  bool has_line = false;                    ///< Whether the awaited line stands in the context.
  std::optional<EditingCost> editing = {};  ///< If it was measured.
  bool operator==(const ContextOutcome&) const = default;
};

/// What the contexts of a replay made of one case.
struct ContextResult {
  std::string id;
  Language language = Language::kPython;
  RowSetting setting = RowSetting::kCrossFileFirst;
  std::vector<ContextOutcome> outcomes;  ///< By budget.
  bool operator==(const ContextResult&) const = default;
};

boost::json::object to_json(const ContextResult& result);
/// Nothing if the object is not one that `to_json` makes with so many outcomes.
std::optional<ContextResult> context_result_from_json(const boost::json::value& value,
                                                      std::size_t outcomes);

using ContextJournal = JournalOf<ContextResult, context_result_from_json>;

}  // namespace nextline::replay
