#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/session/completion.h"
#include "lsp/completion/repetition.h"
#include "lsp/syntax/parsed_completion.h"

namespace nextline::lsp {

/// How much a completion is to be.
enum class CompletionExtent : std::uint8_t {
  kLine,   ///< One line.
  kBlock,  ///< The block that the cursor opens; where it opens none, the rest of the one around.
  kAutomatic,  ///< The block where the cursor opens one, else a line.
};

/// "line", "block", "automatic".
std::optional<CompletionExtent> extent_from_name(std::string_view name);

/// What becomes of a statement that a line leaves open: a call, a list, a string over several
/// lines.
enum class OpenStatement : std::uint8_t {
  kFinish,  ///< It goes on for a few lines, until it is complete.
  kCut,     ///< It ends with the line.
};

struct CompletionEndOptions {
  CompletionExtent extent = CompletionExtent::kAutomatic;
  OpenStatement open_statement = OpenStatement::kFinish;
  /// Lines that are not blank of a block, at the most.
  std::uint32_t most_lines = 64;
};

/// What a completion has of the text that was generated.
struct FinishedCompletion {
  std::size_t size = 0;
  /// Whether it leaves more errors than there would be without it. Of a line that is half typed
  /// that is normal.
  bool breaks_syntax = false;
  bool operator==(const FinishedCompletion&) const = default;
};

/// Ends a completion where its line, its statement or its block does, and before it repeats itself.
/// For one completion; belongs to the thread that generates it.
class CompletionEnd final : public StopCondition {
 public:
  CompletionEnd(ParsedCompletion completion, const CompletionEndOptions& options);

  std::optional<std::size_t> end_of(std::string_view text) override;

  /// What is left of `text`, the whole of what was generated, whatever ended it. Of several lines,
  /// those that would make unparsable what can be parsed with the ones before them are cut; where
  /// macros and the like make the text around unparsable, nothing is. Where a limit cut the text
  /// off, its last line may be half of one, and goes if there are others. Nothing is to be
  /// generated behind it.
  FinishedCompletion finish(std::string_view text, bool is_cut_off = false);

 private:
  /// A line that is not blank.
  struct Line {
    std::size_t end;  // In the text, before its break.
    SyntaxErrors errors;
  };

  bool is_first_line() const { return lines_.empty(); }
  /// Where the completion ended before the present line.
  std::size_t end_before() const { return lines_.empty() ? 0 : lines_.back().end; }

  std::optional<std::size_t> take(std::string_view text, std::size_t place);
  /// At the first byte of a line that is not blank.
  std::optional<std::size_t> begin_line(std::string_view text, std::size_t place);
  std::optional<std::size_t> end_line(std::string_view text, std::size_t place);
  std::optional<std::size_t> end_of_statement() const;
  std::optional<std::size_t> end_of_block(std::string_view text);

  /// Whether a line that is indented so far, and begins with this byte, is no part of the block.
  bool leaves_block(std::size_t columns, char first) const;
  /// Where the completion ends if it is not to have the brace that closes the block.
  std::size_t end_before_brace(std::string_view text, std::size_t brace) const;
  /// Where it ends if it has the brace: behind it, or behind what closes more in its line.
  std::size_t end_behind_brace(std::string_view text, std::size_t brace);
  /// Whether such a line may be the one that closes the block and is part of it.
  bool may_close_block(std::size_t columns) const;
  /// The end of the line that may close the block, if it does; else of the one before it.
  std::size_t end_of_closing_line() const;
  /// The end of an unfinished statement's text that is worth keeping.
  std::size_t end_of_open_statement() const;
  std::size_t end_with_fewest_errors(std::size_t size) const;

  ParsedCompletion completion_;
  CompletionEndOptions options_;
  std::optional<OpenedBlock> block_;  // Nothing if a line is wanted.
  std::size_t least_columns_ = 0;     // What a line of the block is indented at the least.
  bool block_has_line_ = false;       // Beside what stands in the header's line.
  bool may_close_block_ = false;      // The present line may.
  std::vector<Line> lines_;
  std::optional<std::size_t> statement_end_;  // Where brackets were closed first, but not all well.
  LineRepetition repeated_lines_;
  PieceRepetition repeated_pieces_;
  std::size_t seen_ = 0;        // Bytes of the text.
  std::size_t line_first_ = 0;  // Where the present line begins.
  std::size_t blank_lines_ = 0;
  bool line_has_text_ = false;
  bool has_ended_ = false;
};

/// Leaves of a completion that `end` was the stop condition of what it has once it is finished.
void finish(CompletionEnd& end, Completion& completion);

}  // namespace nextline::lsp
