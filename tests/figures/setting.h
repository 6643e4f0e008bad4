#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/divergence.h"
#include "engine/session/session.h"
#include "tests/figures/source_text.h"

namespace nextline::figures {

/// What all sections are given.
struct Setting {
  Backend& backend;
  const std::vector<SourceText>& files;
};

// One function per section; each prints its table.
Result<void> print_keys(const Setting& setting);
Result<void> print_healing(const Setting& setting);
Result<void> print_jumps(const Setting& setting);
Result<void> print_edits(const Setting& setting);
Result<void> print_opening(const Setting& setting);
Result<void> print_reopening(const Setting& setting);

/// Rows per pass over a prompt.
inline constexpr std::uint32_t kRows = 256;

/// Milliseconds since it was made.
class Stopwatch {
 public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The smallest sample that `share` of the samples do not exceed; there is at least one.
double percentile(std::vector<double> samples, double share);
double median(std::vector<double> samples);
double mean(const std::vector<double>& samples);

/// A session's text with the cursor behind `before`.
struct Document {
  std::string before;
  std::string behind;
  std::string text() const { return before + behind; }
  Gap gap() const { return {before.size(), before.size()}; }
};

/// The tokens of what is awaited at the cursor: the bytes that were healed, then `line`.
std::vector<TokenId> awaited_tokens(const Backend& backend, const Session& session,
                                    std::string_view line);

/// Everything computed again; how many milliseconds that took.
Result<double> timed_recompute(Session& session);

}  // namespace nextline::figures
