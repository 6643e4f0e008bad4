#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"
#include "server/replay/edit_case.h"
#include "server/replay/row_maker.h"

namespace nextline::replay {

/// What a model is shown of other files, in front of a document.
struct ShownContext {
  std::string text;         ///< Where the line is awaited.
  std::string text_behind;  ///< Where it has been written, if the server then chooses anew.
  bool has_name = false;    ///< Whether `text` shows what the line uses.
};

/// A line that uses something of another file, and what is shown of other files before it.
struct ContextCase {
  std::string id;                      ///< As `MadeRow`'s.
  RowSetting setting;                  ///< One of the two of other files.
  Document document;                   ///< What surrounds the line, as much as fits.
  std::vector<ShownContext> contexts;  ///< By budget.
};

struct ContextCaseOptions {
  /// Tokens of context at the most; 0: none is shown.
  std::vector<std::uint32_t> budgets;
  std::uint64_t seed = 1;
  std::optional<std::uint32_t> limit =
      {};                       ///< Two of three in Python, if both languages are there.
  std::uint32_t tokens = 1200;  ///< Of a document at the most.
};

/// Makes cases of a folder of sources, or of a folder of such folders, one of each in turns: a line
/// of each of its files in random order, then another of each. What is shown is chosen as the
/// server does, with the whole file in view and the other files as they are on disk; copies of the
/// file are hidden (`NearCopies`). Same source and options, same cases.
Result<std::vector<ContextCase>> context_cases_of(const std::filesystem::path& source,
                                                  const ContextCaseOptions& options,
                                                  const Tokenizer& tokenizer);

}  // namespace nextline::replay
