#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/replay/context_result.h"
#include "server/replay/estimate.h"

namespace nextline::replay {

/// What ordinary edits computed behind a context, per line.
struct EditingRow {
  std::uint32_t lines = 0;  ///< That were typed.
  double keys = 0;
  double typed = 0;        ///< Tokens that the completions behind its keys waited for.
  double line_above = 0;   ///< Tokens, behind an edit of the line above.
  double chosen_anew = 0;  ///< Tokens computed while nobody waits, for another context.
  double changes = 0;      ///< Percent of the lines behind which the context was another.
};

/// What contexts of one budget made of some lines.
struct ContextRow {
  std::uint32_t budget = 0;
  /// "all"; of a language; by whether something is used for the "first use" or a "later use"; by
  /// whether some context shows its name ("name shown", "name not shown"); lines that no context
  /// has ("line not shown").
  std::string_view group;
  std::uint32_t lines = 0;
  Estimate nats_per_token{};  ///< Of the awaited line, −log p: the mean over lines.
  Estimate nats_per_line{};
  Estimate exact_match{};      ///< Percent.
  Estimate edit_similarity{};  ///< 0 … 100
  /// By how much each is better than without context, line by line; nothing if that was not
  /// replayed.
  std::optional<Estimate> nats_per_token_gain;
  std::optional<Estimate> nats_per_line_gain;
  std::optional<Estimate> exact_match_gain;
  std::optional<Estimate> edit_similarity_gain;
  double names_shown = 0;     ///< Percent of the lines whose context shows what they use.
  double context_tokens = 0;  ///< Per line.
  double prompt_tokens = 0;
  std::optional<EditingRow> editing;  ///< If any of the lines were typed.
};

/// A row per group and budget. `results` have an outcome per budget. Groups that have no lines, or
/// all of them, are left out.
std::vector<ContextRow> summarise(std::span<const std::uint32_t> budgets,
                                  std::span<const ContextResult> results);

boost::json::object to_json(const ContextRow& row);
/// Aligned columns with a heading, for people.
std::string table_of(std::span<const ContextRow> rows);

}  // namespace nextline::replay
