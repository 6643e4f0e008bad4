#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "server/bench/model_work.h"

namespace nextline::bench {

/// One figure that a bench found. What does not apply is empty, and left out where it is printed.
struct BenchRow {
  std::string bench;                        ///< E.g. "decode".
  std::string subject;                      ///< What of it was measured: `case` in JSON.
  std::string model;                        ///< Its name in the catalogue, else its file's.
  std::string mode;                         ///< How an edit was treated, as `replay` calls it.
  std::optional<std::uint32_t> context;     ///< Tokens of the prompt.
  std::optional<std::uint32_t> batch_rows;  ///< Rows of a pass.
  double value = 0;                         ///< The median, in `unit`.
  std::string unit;
  std::optional<double> pass_ms;        ///< Milliseconds of a pass of `batch_rows`, the median.
  std::optional<double> single_row_ms;  ///< … of one row behind the same prompt, in turns with it.
  std::optional<double> of_limit;       ///< Share of what the machine can do at most.
  std::optional<double> of_full_prefill;  ///< Share of the time to compute the whole prompt.
  std::optional<std::uint32_t> tokens_encoded;
  std::optional<double> splice_us;  ///< Microseconds for the change of the piece table alone.

  /// What was computed, and how long it took: `of_limit` follows when the limits are known. Not
  /// printed.
  struct Computed {
    Rows rows;
    double seconds;
  };
  std::optional<Computed> computed;
};

boost::json::object to_json(const BenchRow& row);

/// Aligned columns with a heading, for people; columns that no row has are left out.
std::string table_of(std::span<const BenchRow> rows);

}  // namespace nextline::bench
