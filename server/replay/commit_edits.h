#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "server/replay/changed_file.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

struct CommitEditOptions {
  std::uint64_t seed = 1;
  std::size_t most_tokens = 1200;  ///< Of the document, before the edits and behind them.
  std::size_t cases_per_file = 1;  ///< At the most.
};

/// Cases of the kind `kCommits`: somebody makes a change once more, hunk by hunk from top to
/// bottom, each hunk a step, and in the last step stands where the awaited line is to be typed.
/// What stands above the cursor is then as the change left it. Below it, all is as it was before
/// the change: the hunks there are not made yet, nor is the rest of the hunk that has the awaited
/// line. So the awaited line is the published one, but not all of the text is.
///
/// The document is what surrounds the cursor, as `cut_to_window` has it. Hunks above the cursor
/// that it does not hold whole are taken as made before.
///
/// The awaited line is a line of code that the change wrote below another hunk, some unchanged
/// lines between the two. Lines that refer to what a hunk above defines anew come first; where the
/// change wrote no line that fits, it may be an unchanged line that does so.
///
/// What is drawn depends on the seed, the change's name and the file's path. None if the file has
/// no such line, is of no known language, or its hunks do not fit into the window. Any thread may
/// call this.
std::vector<EditCase> commit_edits(const ChangedFile& file, const Tokenizer& tokenizer,
                                   const CommitEditOptions& options = {});

}  // namespace nextline::replay
